"""Follower: from the files that are there to pushes, each from where its source was left.

Where the follower ends at any moment, the next one goes on: what is durable is known by the marks
of the server, and which file it is of by the records (`followed`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bailee import errors
from bailee.limits import PUSH_BYTES
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.follow.finding import FileId, FoundFile, Stamp, found_files
from bailee.run.follow.followed import Followed, FollowedFiles, new_source
from bailee.run.follow.likeness import (
    PASSED_BYTES,
    alike,
    is_beginning,
    is_related,
    lengths_of,
    measured,
)
from bailee.run.follow.opened import READ_BYTES, OpenedFile

QUIET_S: Final = 5.0
"""How long nothing is written to a rotated file until nothing more is awaited."""
MISSING_S: Final = 3_600.0
"""How long a file's bytes lie nowhere until it is forgotten."""
OPEN_FILES: Final = 500
"""Held open at once, of the 1,024 that a process has as a rule; of more, those at rest are let go.

A file that is held is read to its end even when it is deleted meanwhile.
"""
AGAIN_S: Final = 1.0
"""How often a file is looked at that is not understood yet, and did not change."""
_TAIL_BYTES: Final = 256
"""Compared before each reading on: a file that was truncated and written anew has others there."""

Push = Callable[[PushLines, list[bytes]], LinesPushed]
"""Sends lines, and returns once they are durable."""
_OWN: Final = (errors.UsageError, errors.Damaged, errors.Conflict, errors.PartlyDone)
"""What is wrong with one push; all else is wrong for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRule:
    """Follow rule: what is followed, and how it is asked for."""

    paths: Sequence[str]
    request: PushLines
    host: str
    quiet_s: float = QUIET_S


class Follower:
    """Follower: one process that reads on and pushes; `look` and `step` in turn."""

    def __init__(
        self,
        rule: FollowRule,
        files: FollowedFiles,
        push: Push,
        *,
        monotonic_s: Callable[[], float],
        note: Callable[[str, errors.BaileeError], None],
    ) -> None:
        """Take what is done with lines, and what is said of a file that is left out."""
        self._rule = rule
        self._files = files
        self._push = push
        self._monotonic_s = monotonic_s
        self._note = note
        # Files that are not understood yet: as they were, and when they are looked at again.
        self._waiting: dict[FileId, tuple[Stamp, float]] = {}
        self._noted: set[FileId] = set()
        self._changed = False

    # --- which file is which -----------------------------------------------------------------

    def look(self) -> None:
        """Find out which files are there, and which of them are which."""
        records = self._files.records
        found = found_files(self._rule.paths, [one.path for one in records])
        by_id = {one.id: one for one in records if one.id is not None}
        unknown = []
        for file in found.values():
            record = by_id.get(file.id)
            if record is None or not self._is_still(record, file):
                unknown.append(file)
            else:
                record.path, record.live = file.path, file.live
        for id_, record in by_id.items():
            if id_ not in found and record.id == id_:
                record.live = False
                if record.file is None:
                    self._lose(record)
        # What was rotated before what is live, older before newer: a record whose file is gone goes
        # on where its bytes lie now, before something else could be taken for them.
        for file in sorted(unknown, key=lambda one: (one.live, one.stamp[1])):
            self._examine(file)
        if not self._files.begun >= set(self._rule.paths):
            self._files.begun.update(self._rule.paths)
            self._files.save()
        self._forget()
        self._spare()

    def _is_still(self, record: Followed, found: FoundFile) -> bool:
        """Tell whether what lies at an inode is what lay there; a record that lost it is marked."""
        if record.file is None:
            if record.stamp == found.stamp:
                return True
            file = self._opened(found)
            if file is None:
                return True  # it cannot be told now
            record.file = file
            if record.passed or record.digest is None or file.packed:
                same = self._recognise(record, file)
            else:
                same = _has_tail(record, file)
            if same and record.passed:
                record.stamp = found.stamp
                self._let_go(record)
        else:
            same = _has_tail(record, record.file)
        if not same:
            self._lose(record)
        return same

    def _recognise(self, record: Followed, file: OpenedFile) -> bool:
        try:
            found = measured(file, lengths_of([record]))
        except errors.PartlyDone:
            return False
        if record.marks and not found.has(*record.marks[-1]):
            return False
        if not record.passed:
            _stand(record, record.offset, found.digests[record.offset])
        return True

    def _examine(self, found: FoundFile) -> None:
        """Find out what a file is that lies at an inode of which nothing is known."""
        now_s = self._monotonic_s()
        stamp, due_s = self._waiting.get(found.id, (None, 0.0))
        copied = any(one.copies.get(found.id) == found.stamp for one in self._files.records)
        if not found.stamp[0] or copied or (stamp == found.stamp and now_s < due_s):
            return
        file = self._opened(found)
        if file is None:
            return
        kept = False
        try:
            kept = self._settle(found, file)
        except errors.PartlyDone as error:  # packed, and perhaps not to its end yet
            if stamp == found.stamp:
                self._say(found, error)
            self._wait(found, now_s)
        finally:
            if not kept:
                file.close()

    def _settle(self, found: FoundFile, file: OpenedFile) -> bool:
        """Decide what a file is; tell whether it is read on."""
        records = self._files.records
        beginnings = measured(file, lengths_of(records))
        size = beginnings.size
        for like in alike(found, beginnings, records):
            record, whole = like.record, like.length == like.record.length
            if record.passed:
                copy = like.length in (PASSED_BYTES, size)
            elif record.id is None:
                if whole:
                    self._adopt(record, found, file, beginnings.digests[record.offset])
                    return True
                copy = size < record.length  # made before the last was read of what it is a copy of
            else:
                copy = size == like.length or self._begins(file, size, record)
            if copy:
                record.copies[found.id] = found.stamp
                self._changed = True
                return False
        # A copy that is being made: nothing can be said of it before its original is gone.
        others = [one for one in records if one.id not in (None, found.id) and not one.passed]
        if any(is_related(found, one) and self._begins(file, size, one) for one in others):
            self._wait(found, self._monotonic_s())
            return False
        return self._begin(found, file)

    def _begins(self, file: OpenedFile, size: int, record: Followed) -> bool:
        if record.file is not None:
            return is_beginning(file, size, record.file)
        try:
            other = OpenedFile(record.path)
        except errors.PartlyDone:
            return False
        try:
            return other.id == record.id and is_beginning(file, size, other)
        finally:
            other.close()

    def _adopt(self, record: Followed, found: FoundFile, file: OpenedFile, digest: Any) -> None:  # noqa: ANN401  # hashlib has no public type
        record.id, record.path, record.live = found.id, found.path, found.live
        record.file, record.missing_s = file, None
        record.grown_s = self._monotonic_s()
        _stand(record, record.offset, digest)

    def _begin(self, found: FoundFile, file: OpenedFile) -> bool:
        passed = not found.named and found.given not in ("", *self._files.begun)
        record = Followed(
            source=new_source(self._rule.host, found.path),
            path=found.path,
            id=found.id,
            passed=passed,
            live=found.live,
            grown_s=self._monotonic_s(),
        )
        self._files.records.append(record)
        if not passed:
            record.file = file
            return True
        whole = measured(file, [PASSED_BYTES])
        length = PASSED_BYTES if PASSED_BYTES in whole.digests else whole.size
        record.ahead(length, measured(file, [length]).digests[length].hexdigest())
        record.stamp = found.stamp
        return False

    def _opened(self, found: FoundFile) -> OpenedFile | None:
        """Open what was found; None when it cannot be read, or another lies there by now."""
        try:
            file = OpenedFile(found.path)
        except errors.PartlyDone as error:
            if error.reason != "errors_sources.absent":
                self._say(found, error)
                self._wait(found, self._monotonic_s())
            return None
        if file.id == found.id:
            return file
        file.close()
        return None

    def _say(self, found: FoundFile, error: errors.BaileeError) -> None:
        if found.id not in self._noted:
            self._noted.add(found.id)
            self._note(found.path, error)

    def _wait(self, found: FoundFile, begun_s: float) -> None:
        # Not too often either where looking took long, as at something large that is packed.
        now_s = self._monotonic_s()
        self._waiting[found.id] = found.stamp, now_s + max(AGAIN_S, 20 * (now_s - begun_s))

    def _lose(self, record: Followed) -> None:
        """Note that a file's bytes lie there no more; they may lie elsewhere."""
        self._let_go(record)
        record.id = record.stamp = None
        record.missing_s = self._monotonic_s()
        # What is a copy of it may be all there is now.
        record.copies.clear()
        self._waiting.clear()
        if not record.marks:  # nothing of it was pushed
            self._files.records.remove(record)

    def _let_go(self, record: Followed) -> None:
        if record.file is not None:
            record.file.close()
            record.file = None

    def _spare(self) -> None:
        """Let go of files that did not grow for the longest, once too many are open."""
        held = [(one, one.file) for one in self._files.records if one.file is not None]
        for one, file in sorted(held, key=lambda pair: pair[0].grown_s)[: -OPEN_FILES or None]:
            stamp = file.stamp
            if not file.packed and stamp[0] == one.offset:
                one.stamp = stamp
                self._let_go(one)

    def _forget(self) -> None:
        now_s = self._monotonic_s()
        for one in list(self._files.records):
            if one.id is None and one.missing_s is None:  # since before this began
                one.missing_s = now_s
            if one.missing_s is not None and now_s - one.missing_s > MISSING_S:
                self._files.records.remove(one)

    # --- what is in them ---------------------------------------------------------------------

    def step(self) -> bool:
        """Push what is there, a bounded amount; tell whether there may be more.

        BaileeError when the server did not take it; what it took is known.
        """
        pieces, left = [], PUSH_BYTES
        for record in list(self._files.records):
            piece = self._gathered(record) if left > 0 else b""
            if piece:
                digest = record.digest.copy()
                digest.update(piece)
                record.ahead(record.offset + len(piece), digest.hexdigest())
                pieces.append((record, piece, digest))
                left -= len(piece)
        if pieces or self._changed:
            # Before anything is pushed: whatever becomes durable must be known again.
            self._files.save()
            self._changed = False
        failed: errors.BaileeError | None = None
        for record, piece, digest in pieces:
            try:
                self._send(record, piece, digest)
            except _OWN as error:
                failed = failed or error
            self._changed = True
        # Others have their turn first: one that has much would keep them waiting.
        pushed = {record for record, _, _ in pieces}
        self._files.records.sort(key=lambda one: one in pushed)
        if failed is not None:
            raise failed
        return bool(pieces)

    def _gathered(self, record: Followed) -> bytes:
        """Read whole lines from where a file was left; at its end what no newline ends too."""
        file = record.file
        if file is None or record.digest is None:
            return b""
        tail = b"" if file.packed else record.tail
        try:
            data = file.read(record.offset - len(tail), len(tail) + READ_BYTES)
        except errors.PartlyDone:
            return b""
        if not data.startswith(tail):  # truncated since: `look` finds out
            return b""
        data = data[len(tail) :]
        now_s = self._monotonic_s()
        if record.offset + len(data) != record.size:
            record.size, record.grown_s = record.offset + len(data), now_s
        whole = data.rfind(b"\n") + 1
        if whole:
            return data[:whole]
        quiet = file.packed or now_s - record.grown_s >= self._rule.quiet_s
        # A line that does not end is pushed in pieces rather than held without a bound.
        if len(data) >= READ_BYTES or (data and quiet and not record.live):
            return data
        if not data and quiet and not record.live:
            self._finish(record, file)
        return b""

    def _finish(self, record: Followed, file: OpenedFile) -> None:
        """Let go of a file that nobody writes to, all of which is durable."""
        stamp = file.stamp
        if not file.packed and stamp[0] != record.offset:
            return
        deleted = file.is_deleted
        record.stamp = stamp
        self._let_go(record)
        self._changed = True
        if deleted:
            self._lose(record)

    def _send(self, record: Followed, piece: bytes, digest: Any) -> None:  # noqa: ANN401  # as above
        end = record.offset + len(piece)
        request = replace(
            self._rule.request, source=record.source, start=record.offset, position=end
        )
        try:
            self._push(request, [piece])
        except errors.Conflict as error:
            if error.reason != "errors_push.elsewhere":
                raise
            self._resume(record)
            return
        record.offset, record.digest = end, digest
        record.tail = (record.tail + piece)[-_TAIL_BYTES:]

    def _resume(self, record: Followed) -> None:
        """Go on at the mark of the server, where that is a length of this very file."""
        request = replace(self._rule.request, source=record.source, start=None, position=None)
        mark = self._push(request, []).position or 0
        file = record.file
        if file is None:
            return
        found = measured(file, [mark])
        if mark in found.digests and self._is_of(record, mark, found.digests[mark].hexdigest()):
            _stand(record, mark, found.digests[mark])
            return
        # The mark is of other bytes: these are of a source of their own, from the first on.
        self._let_go(record)
        self._files.records.remove(record)

    def _is_of(self, record: Followed, mark: int, digest: str) -> bool:
        # A lower one is of a custody that was restored from before: its beginning is ours.
        return mark < record.offset or (mark, digest) in record.marks


def _has_tail(record: Followed, file: OpenedFile) -> bool:
    """Tell whether a file still has what was read of it, as far as its last bytes tell."""
    if file.packed:
        return True
    if file.stamp[0] < record.length:
        return False
    try:
        return file.read(record.offset - len(record.tail), len(record.tail)) == record.tail
    except errors.PartlyDone:
        return False


def _stand(record: Followed, offset: int, digest: Any) -> None:  # noqa: ANN401  # as above
    """Go on at an offset."""
    record.offset, record.digest, record.tail = offset, digest, b""
    if record.file is not None and not record.file.packed:
        start = max(0, offset - _TAIL_BYTES)
        record.tail = record.file.read(start, offset - start)
