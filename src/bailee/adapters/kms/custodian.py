"""Custodian of the turn secret: a directory outside the home that keeps no history.

Its marker says whose it is.  Without the marker the directory may be an empty mount point, so what
is "absent" from it proves nothing and the answer is `unknown` (spec/invariants.md I16).  `founding`
instead of `custodian` marks what an interrupted `init` left, which holds nothing that was ever
used.  spec/keys.md, "A custodian"
"""

import base64
import hashlib
import os
import re
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from bailee import errors
from bailee.adapters.kms.disk import (
    append_whole,
    exposure,
    make_folder,
    private,
    read_private,
    shred,
    sync_folder,
    write_whole,
)
from bailee.failpoint import durable
from bailee.ids import InstallId
from bailee.keyring.destroy.due import NOTE_BYTES
from bailee.keyring.model import NamedKey, NamedKeys
from bailee.limits import DUE_FILE_BYTES
from bailee.seal.kdf import KEY_BYTES

KID_BYTES = 16
# A crash in writing one leaves `turn-G.new`: it may hold the whole secret, so it counts as one.
_TURN = re.compile(r"turn-([0-9]{1,18})(?:\.new)?")
# `pending-G` is what homes from before notes have: ids alone.
_PENDING = re.compile(r"(?:pending|due)-([0-9]{1,18})")
_PHASE = re.compile(rb"bailee phase 1\ngeneration ([0-9]{1,18})\nstep ([0-9])\n")
RECORD_BYTES = KID_BYTES + NOTE_BYTES
RACY_NS = 2_000_000_000
"""Times of files are no finer than a tick of the kernel, and of some file systems 2 seconds."""


class Custodian:
    """Reads, writes and destroys turn secrets in one directory."""

    def __init__(self, folder: Path, ident: str, install: InstallId) -> None:
        self.folder = folder
        self._place = str(folder)
        self.id = ident
        self._install = install
        # What was read of the lists of deleted keys, and of what size each was then.
        # One thread at a time takes them in, for it reads from where the last one ended; held while
        # a file is read, never across a wait.
        self._taking = threading.RLock()
        self._era = 0
        self._keys: list[NamedKey] = []
        self._read: dict[str, tuple[int, int]] = {}
        self._seen: object = None

    # --- whose it is -----------------------------------------------------------------------

    def _marker(self) -> bytes:
        return f"bailee custodian 1\ninstall {self._install}\nid {self.id}\n".encode()

    def found(self) -> None:
        """Make the directory and mark it as being founded; Conflict when it is in use."""
        make_folder(self.folder, "kms.custodian-folder")
        status = self.folder.stat()
        if not private(status):
            raise errors.UsageError(exposure(status))
        names = {entry.name for entry in self.folder.iterdir()}
        if names and not names & {"founding", "founding.new"}:
            raise errors.Conflict("errors_kms.custodian-in-use")
        # `turn-1` before `founding`: a crash in between leaves a marked directory, never a turn
        # secret in one that nobody recognises.
        for name in sorted(names, reverse=True):
            shred(self.folder / name, "kms.custodian-clear")
        write_whole(self.folder / "founding", self._marker(), "kms.custodian-found")

    def settle(self) -> None:
        """Mark as in use, once the keyring file that names it is durable; may be done again."""
        founding = self.folder / "founding"
        with suppress(FileNotFoundError, NotADirectoryError):
            if read_private(founding) == self._marker():
                # A crash before it leaves `founding`, which counts as well; the next start does
                # this.
                with durable("kms.custodian-settle"):
                    founding.rename(self.folder / "custodian")
                    sync_folder(self.folder)

    def require(self) -> None:
        """Raise Sealed unless the directory is reached, is ours, and nobody else can read it."""
        try:
            status = self.folder.stat()
            if not private(status):
                raise errors.Sealed(exposure(status))
            found = read_private(self.folder / "custodian")
            founding = read_private(self.folder / "founding")
        except OSError:
            raise errors.Sealed("errors_kms.custodian-missing") from None
        if self._marker() not in (found, founding):
            raise errors.Sealed("errors_kms.custodian-missing")

    def answers(self) -> bool:
        """Return whether it can be used now."""
        try:
            self.require()
        except errors.Sealed:
            return False
        return True

    # --- turn secrets ----------------------------------------------------------------------

    def generations(self) -> tuple[int, ...]:
        """Return the generations whose turn secret lies here, unfinished writes included."""
        return tuple(sorted({gen for gen, _ in self._turn_files()}))

    def _turn_files(self) -> list[tuple[int, Path]]:
        found = [(_TURN.fullmatch(entry.name), entry) for entry in self.folder.iterdir()]
        return [(int(match[1]), entry) for match, entry in found if match is not None]

    def _turn_path(self, generation: int) -> Path:
        return self.folder / f"turn-{generation}"

    def _turn_text(self, generation: int, secret: bytes) -> bytes:
        body = (
            f"bailee turn 1\ninstall {self._install}\ngeneration {generation}\n"
            f"secret {base64.b64encode(secret).decode()}\n"
        ).encode()
        return body + f"check {hashlib.sha256(body).hexdigest()[:16]}\n".encode()

    def read_turn(self, generation: int) -> bytes | None:
        """Return a turn secret; None when absent, Damaged unless it is as it was written."""
        data = read_private(self._turn_path(generation))
        if data is None:
            return None
        try:
            secret = base64.b64decode(data.split(b"\n")[3].removeprefix(b"secret "))
        except (ValueError, IndexError):
            secret = b""
        # Compared whole, with its check line: a copy with one bit flipped would give another KEK,
        # under which nothing opens, and a turn would wrap everything anew under it.
        if len(secret) != KEY_BYTES or data != self._turn_text(generation, secret):
            raise errors.Damaged("errors_kms.turn-secret")
        return secret

    def write_turn(self, generation: int, secret: bytes) -> None:
        """Make a turn secret durable here; what a crash left of one was destroyed before."""
        text = self._turn_text(generation, secret)
        write_whole(self._turn_path(generation), text, "kms.turn-write")

    def drop_turns(self, after: int) -> None:
        """Destroy the turn secrets of generations after this one."""
        self.require()
        for gen, path in self._turn_files():
            if gen > after:
                shred(path, "kms.turn-drop")

    def destroy(self, generation: int) -> Literal["absent", "unknown"]:
        """Destroy the turn secrets up to a generation, and read back that they are gone."""
        try:
            self.require()
            for gen, path in self._turn_files():
                if gen <= generation:
                    shred(path, "kms.turn-destroy")
            # Once more: a disk that was unmounted meanwhile shows an empty directory, and "absent"
            # there would be said of a secret that is still on it.
            self.require()
            left = [gen for gen in self.generations() if gen <= generation]
        except (OSError, errors.Sealed):
            return "unknown"
        return "unknown" if left else "absent"

    # --- how far turns have come -----------------------------------------------------------

    def mark(self, generation: int, step: int) -> None:
        """Keep how far a turn has come; durable, and left alone where it is so already."""
        if self.marked() == (generation, step):
            return
        write_whole(self.folder / "phase", _phase_text(generation, step), "kms.phase-write")

    def marked(self) -> tuple[int, int]:
        """Return (generation, step); (0, 0) when nothing was left here, or it was damaged."""
        # Passed over when damaged, as a damaged turn secret is: another custodian has it too.
        data = read_private(self.folder / "phase") or b""
        found = _PHASE.match(data)
        if found is None or data != _phase_text(int(found[1]), int(found[2])):
            return (0, 0)
        return int(found[1]), int(found[2])

    # --- deleted keys ----------------------------------------------------------------------

    def push(self, keys: Sequence[NamedKey]) -> None:
        """Keep keys that were deleted while a generation was written; durable."""
        # Known ones are left out: every start announces again what is pending.  One that is known
        # without its note is of a home from before notes, and gets it now.
        held = self.named().keys
        known, noted = {key.kid for key in held}, {key.kid for key in held if key.note}
        new = [key for key in keys if key.kid not in (noted if key.note else known)]
        for gen in sorted({key.generation for key in new}):
            data = b"".join(
                key.kid + key.note.ljust(NOTE_BYTES, b"\0") for key in new if key.generation == gen
            )
            append_whole(self.folder / f"due-{gen}", data, RECORD_BYTES, "kms.pending-write")

    def named(self) -> NamedKeys:
        """Return what this custodian was left with, also when it has gone away since."""
        self.look()
        return self.taken()

    def taken(self) -> NamedKeys:
        """Return what was taken in when it was last looked at."""
        with self._taking:
            return NamedKeys(era=self._era, keys=self._keys)

    def look(self) -> bool:
        """Take in what was left here since; False when it does not answer."""
        with self._taking:
            try:
                seen = self._stamp()
                if seen is not None and seen == self._seen:
                    return True
                if not self.answers():
                    return False
                self._take()
                # Of before it was read: what came in between is read once more.
                self._seen = seen
            except OSError:
                self._seen = None
                return False
            return True

    def _stamp(self) -> object:
        """Return what changes with the lists: the folder's time, and the size of each."""
        try:
            status = os.stat(self._place)  # noqa: PTH116  # a third of the time, at each opening
            lists = tuple(_sized(f"{self._place}/{name}") for name in self._read)
            # Of a folder that was changed just now a second change may bear the same time, so its
            # names count as well until that time is past: a journal of anchors that was made anew
            # changes it every few seconds.
            settled = time.time_ns() - status.st_mtime_ns > RACY_NS
            names = frozenset() if settled else self._names()
        except FileNotFoundError:  # dropped by another process, after the turn
            return None
        return status.st_ino, status.st_mtime_ns, lists, names

    def _names(self) -> frozenset[tuple[str, int]]:
        """Return each name in the folder with its inode, which a file in its place changes."""
        with os.scandir(self._place) as entries:
            return frozenset((entry.name, entry.inode()) for entry in entries)

    def _take(self) -> None:
        """Read what lists have grown by; all of them anew when one was dropped or replaced."""
        found = {path.name: (gen, path) for gen, path in self._listed()}
        sizes = {name: _sized(path) for name, (_, path) in found.items()}
        for name, (inode, read) in self._read.items():
            if name not in found or sizes[name][0] != inode or sizes[name][1] < read:
                self._era, self._keys, self._read = self._era + 1, [], {}
                break
        for name, (gen, path) in sorted(found.items()):
            inode, at = self._read.get(name, (sizes[name][0], 0))
            length = RECORD_BYTES if name.startswith("due-") else KID_BYTES
            data = read_private(path, at=at, most=DUE_FILE_BYTES) or b""
            # A torn record at the end is none: its deletion was never durable.
            whole = len(data) - len(data) % length
            for start in range(0, whole, length):
                kid = data[start : start + KID_BYTES]
                note = data[start + KID_BYTES : start + length]
                self._keys.append(NamedKey(gen, kid, note if any(note) else b""))
            self._read[name] = (inode, at + whole)

    def pending(self) -> frozenset[bytes]:
        """Return the ids of the deleted keys left here."""
        return frozenset(key.kid for key in self.named().keys)

    def _listed(self) -> list[tuple[int, Path]]:
        found = [(_PENDING.fullmatch(entry.name), entry) for entry in self.folder.iterdir()]
        return [(int(match[1]), entry) for match, entry in found if match is not None]

    def forget(self, generation: int) -> None:
        """Delete the ids that no copy can bring back any more."""
        # After the turn's entry, never before: while an older copy opens, only these ids keep rows
        # of before from reviving what was deleted, and the entry counts them.
        for gen, path in self._listed():
            if gen <= generation:
                with durable("kms.pending-drop"):
                    path.unlink()
                    sync_folder(self.folder)


def _phase_text(generation: int, step: int) -> bytes:
    body = f"bailee phase 1\ngeneration {generation}\nstep {step}\n".encode()
    # One flipped bit could name a generation to come, and have every turn refused.
    return body + f"check {hashlib.sha256(body).hexdigest()[:16]}\n".encode()


def _sized(path: Path | str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116  # as above
    return status.st_ino, status.st_size
