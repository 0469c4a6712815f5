"""Anchoring: compares the rows of ledgers with what custodians know of them, and tells them more.

The order of each act: compared, committed, anchored, and only then granted.  So rows ahead of an
anchor are what a crash between commit and anchor leaves, and are anchored next; rows behind it are
never a crash but a copy of before, and refused.  spec/keys.md, "What custodians know of a ledger"
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple

from bailee import errors
from bailee.ids import ClientId, LedgerId
from bailee.keyring.port import Macs
from bailee.ledger.anchor import Anchor, LogWindow, newest
from bailee.ledger.model import LedgerExtent
from bailee.ledger.port import Anchors, EntryRows, Files
from bailee.ledger.tiles import tile_reader
from bailee.proof.malformed import Malformed
from bailee.proof.tree.growing import Tree
from bailee.work import Tx, Work

REVISIONS_PER_RESTORE: Final = 1 << 32
"""By so many changes of its rows a home that was restored is ahead of the one that was lost."""


class _Known(NamedTuple):
    """What this process saw last of a ledger: its rows, and the anchors that they fit."""

    window: LogWindow
    anchor: Anchor | None
    flying: tuple[Anchor, ...] = ()
    """Of this process's own commits, which no custodian was seen to have yet."""

    def fits(self, extent: LedgerExtent, anchor: Anchor | None) -> bool:
        """Return whether nothing moved but by this process."""
        ours = anchor == self.anchor or anchor in self.flying
        return ours and self.window.reaches(extent)

    def seen(self, anchor: Anchor | None) -> "_Known":
        """Return it with the anchor that custodians have now."""
        if anchor is None or anchor == self.anchor:
            return self
        return _Known(self.window, anchor, tuple(one for one in self.flying if one > anchor))


class Anchoring:
    """The anchors of all logs of an installation."""

    def __init__(
        self,
        *,
        work: Work,
        rows: EntryRows,
        files: Files,
        anchors: Anchors,
        macs: Macs,
        restoring: bool = False,
    ) -> None:
        """Take the parts; `restoring`: compare and tell nothing until `renew`."""
        self._work = work
        self._rows = rows
        self._files = files
        self._anchors = anchors
        self._macs = macs
        self._restoring = restoring
        # Used by who leads a commit alone, so no lock: at most one thread does at a time.
        self._known: dict[bytes, _Known] = {}
        # What was committed and custodians do not know yet; the lock is held to hand it on
        # alone, by who leads a commit to who tells of it.
        self._handing = threading.Lock()
        self._untold: dict[bytes, Anchor] = {}
        # Held while custodians' lists are taken in, which may read their files; never across a wait
        # for another lock or a write.
        self._taking = threading.Lock()
        # By custodian: era, and how many of its records were taken in.
        self._taken: list[tuple[int, int]] = []
        self._each: list[dict[bytes, Anchor]] = []
        self._newest: dict[bytes, Anchor] = {}
        self.revisions: Mapping[bytes, int] = {}
        """By log, the revision of its client's sets that custodians were last seen to know.

        Replaced and never changed, so who began to read rows keeps what was known before them.
        """
        self._restores = 0
        self._away = 0
        # The last record that this process made of each ledger: not decoded again when it comes
        # back.
        self._made: dict[bytes, tuple[bytes, Anchor]] = {}

    # --- comparing ---------------------------------------------------------------------------

    def require(self, tx: Tx, extent: LedgerExtent, *, again: bool) -> None:
        """Raise Damaged unless rows that are about to be written to are the newest.

        Within a transaction that writes: no other can move a ledger before this one is durable, so
        custodians are not asked `again` in it.
        """
        if self._restoring:
            return
        log = extent.log.raw
        newest = self._newest if again else self._look()
        anchor, known = newest.get(log), self._known.get(log)
        if known is not None and known.fits(extent, anchor):
            self._known[log] = known.seen(anchor)
            return
        window = self._compared(tx, extent, anchor, known and known.window)
        self._known[log] = _Known(window, anchor)

    def compare(self, tx: Tx, client: ClientId, *, again: bool) -> None:
        """Compare as `require` does, before sets of a client change without an entry."""
        with suppress(errors.NotFound):  # a client that has no ledger yet has no anchor
            self.require(tx, self._rows.extent(tx, client), again=again)

    def last(self, log: LedgerId) -> Anchor | None:
        """Return the newest anchor of a ledger, to be asked before its rows are read."""
        return None if self._restoring else self._look().get(log.raw)

    def require_after(self, tx: Tx, extent: LedgerExtent, anchor: Anchor | None) -> None:
        """Raise Damaged unless rows that were read after an anchor are not of before it."""
        self._compared(tx, extent, anchor, None)

    def require_all(self) -> Callable[[Tx], object]:
        """Raise Damaged unless all ledgers are the newest; so does what is returned, of a copy.

        That is of a copy of the rows which is made after this.
        """
        if self._restoring:
            return lambda _: None
        known = self._all_known()
        self._work.read(partial(self._windows, known))
        return partial(self._windows, known)

    def beyond(self) -> int:
        """Count the entries that custodians know of and these rows lack, as those of a backup do.

        Where a restore took back leaves from bundles, after that: those are there.
        """
        known = self._all_known()

        def fn(tx: Tx) -> int:
            held = {extent.log.raw: extent.length for extent in self._rows.extents(tx)}
            # A ledger that the rows lack altogether is of a client that came later.
            return sum(max(0, one.length - held.get(log, 0)) for log, one in known.items())

        return self._work.read(fn)

    def _all(self) -> Mapping[bytes, LogWindow]:
        # Before the rows are read: what others commit and anchor meanwhile would else look as if it
        # were missing from them.
        known = self._all_known()
        return self._work.read(partial(self._windows, known))

    def _all_known(self) -> Mapping[bytes, Anchor]:
        with self._taking:
            return dict(self._take_in())

    def _windows(self, known: Mapping[bytes, Anchor], tx: Tx) -> Mapping[bytes, LogWindow]:
        extents = {extent.log.raw: extent for extent in self._rows.extents(tx)}
        # No ledger ever goes: one that only custodians know is of a client that came later.
        if known.keys() - extents.keys():
            raise self._older(tx)
        return {
            ledger: self._compared(tx, extent, known.get(ledger), None)
            for ledger, extent in extents.items()
        }

    def _compared(
        self, tx: Tx, extent: LedgerExtent, anchor: Anchor | None, known: LogWindow | None
    ) -> LogWindow:
        """Return the window of a ledger's rows; Damaged where its anchor tells of more or other."""
        window = self._leaves_compared(tx, extent, anchor, known)
        if anchor is not None:
            self._require_revision(tx, extent, anchor)
        least = 0 if anchor is None else anchor.revision
        return window._replace(revision=least if extent.revision is None else extent.revision)

    def _require_revision(self, tx: Tx, extent: LedgerExtent, anchor: Anchor) -> None:
        # A head that does not open is no rows of before: whoever compares the sets refuses it, and
        # check has to begin to name it.
        if extent.revision is not None and extent.revision < anchor.revision:
            raise self._older(tx)

    def _older(self, tx: Tx) -> errors.Damaged:
        """Make the error of rows of before: of before a restore, or older than their own home."""
        revisions = [extent.revision for extent in self._rows.extents(tx)]
        # A restore raises every ledger's; one that was opened since counts from nothing.
        counted = max((one for one in revisions if one is not None), default=None)
        if counted is not None and counted < self._restores * REVISIONS_PER_RESTORE:
            return errors.Damaged("errors_ledger.restored-since")
        return errors.Damaged("errors_ledger.older-rows")

    def _leaves_compared(
        self, tx: Tx, extent: LedgerExtent, anchor: Anchor | None, known: LogWindow | None
    ) -> LogWindow:
        start = LogWindow.at(extent.origin, extent.size, extent.root)
        if anchor is None:  # a new log, or one of a home from before anchors
            return self._over(tx, extent, start, extent.length)
        if anchor.length > extent.length or anchor.size > extent.size:
            raise self._older(tx)
        anchored = start
        if anchor.size < extent.size:
            # Signed since: a crash came before the new head was anchored.
            root = self._root(extent, anchor.size, known)
            anchored = LogWindow.at(extent.origin, anchor.size, root)
        if known is not None and known[:2] == anchored[:2] and known.length <= anchor.length:
            anchored = known
        anchored = self._over(tx, extent, anchored, anchor.length)
        if anchored.digest != anchor.digest:
            raise self._older(tx)
        return self._over(
            tx, extent, anchored if anchor.size == extent.size else start, extent.length
        )

    def _over(self, tx: Tx, extent: LedgerExtent, window: LogWindow, stop: int) -> LogWindow:
        if window.length >= stop:
            return window
        return window.over(self._rows.leaves(tx, extent.client, window.length, stop))

    def _root(self, extent: LedgerExtent, size: int, known: LogWindow | None) -> bytes:
        if known is not None and known.size == size:
            return known.root
        try:
            return Tree.load(size, tile_reader(self._files.tiles(extent.log))).root()
        except Malformed:
            raise errors.Damaged("errors_ledger.tree-differs") from None

    # --- telling -----------------------------------------------------------------------------

    def fold(self, tx: Tx, logs: Iterable[ClientId]) -> Callable[[], object]:
        """Fold the leaves that a commit adds; what is returned keeps it, to be told."""
        if self._restoring:
            return lambda: None
        windows: dict[bytes, LogWindow] = {}
        for client in logs:
            # One that was opened by work which was undone, others sharing its commit, is not there.
            with suppress(errors.NotFound):
                extent = self._rows.extent(tx, client)
                windows[extent.log.raw] = self._reached(tx, extent)
        return partial(self._keep, windows)

    def _reached(self, tx: Tx, extent: LedgerExtent) -> LogWindow:
        known = self._known.get(extent.log.raw)
        newest = self._newest.get(extent.log.raw)
        # Never less than before: a head is signed in a commit that compares no rows, and rows of
        # before that came in between would pass for the newest from then on.
        revision = max(
            extent.revision or 0,
            0 if known is None else known.window.revision,
            0 if newest is None else newest.revision,
        )
        if known is not None and known.window[:2] == (extent.size, extent.root):
            window = known.window
        else:
            window = LogWindow.at(extent.origin, extent.size, extent.root)
        return self._over(tx, extent, window, extent.length)._replace(revision=revision)

    def _keep(self, windows: Mapping[bytes, LogWindow]) -> None:
        for log, window in windows.items():
            anchor = Anchor.of(log, self._restores, window)
            known = self._known.get(log)
            was, flying = (None, ()) if known is None else (known.anchor, known.flying)
            self._known[log] = _Known(window, was, (*flying, anchor))
            with self._handing:
                self._untold[log] = anchor

    def tell(self) -> None:
        """Leave custodians with what was committed; Sealed or CannotRecord when none takes it."""
        with self._handing:
            untold, self._untold = self._untold, {}
        made = [self._record(anchor) for anchor in untold.values()]
        try:
            self._leave([made] * len(self._each))
        except (errors.Sealed, errors.CannotRecord):
            with self._handing:  # with the next commit, whichever log that moves
                self._untold = {**untold, **self._untold}
            raise

    def open(self) -> None:
        """Compare all logs, then leave each custodian with what it lacks.

        What a crash left out, what it missed while it was away, and all of a home from before
        anchors.
        """
        windows = self._all()
        anchors = [Anchor.of(log, self._restores, window) for log, window in windows.items()]
        self._leave(
            [
                [self._record(anchor) for anchor in anchors if held.get(anchor.log) != anchor]
                for held in self._each
            ]
        )

    def renew(self, provider: ClientId) -> None:
        """Make the rows of a restore those that count from now on, whatever was anchored before."""
        self._look()
        self._restores += 1
        # However many changes the lost home had come to, the restored one counts from more: its
        # rows would else fit later as well.
        least = self._restores * REVISIONS_PER_RESTORE
        self._work.run(provider, lambda tx: self._rows.raise_revisions(tx, least))
        self._newest.clear()
        self._restoring = False
        windows = self._all()
        made = [
            self._record(Anchor.of(log, self._restores, window)) for log, window in windows.items()
        ]
        self._leave([made] * len(self._each))

    def _record(self, anchor: Anchor) -> bytes:
        record = anchor.record(self._macs)
        self._made[anchor.log] = record, anchor
        return record

    def _leave(self, records: Sequence[Sequence[bytes]]) -> None:
        if any(records):
            self._anchors.leave(records, lambda held: newest(held, self._macs).values())

    # --- what custodians were left with --------------------------------------------------------

    @property
    def away(self) -> int:
        """How many custodians did not answer when they were last asked.

        One that is away may alone know of what came while another was.
        """
        return self._away

    def _look(self) -> Mapping[bytes, Anchor]:
        with self._taking:
            return self._take_in()

    def _take_in(self) -> dict[bytes, Anchor]:
        """Take in what custodians were left with since; Sealed when none answers."""
        lists = self._anchors.left()
        self._away = sum(not held.answers for held in lists)
        if [era for era, _ in self._taken] != [held.era for held in lists]:
            self._taken = [(held.era, 0) for held in lists]
            self._each, self._newest = [{} for _ in lists], {}
        moved = False
        for number, (held, (_, taken)) in enumerate(zip(lists, self._taken, strict=True)):
            upto = len(held.records)
            for record in held.records[taken:upto]:
                self._take(self._each[number], record)
            self._taken[number] = held.era, upto
            moved |= upto > taken
        if moved:
            self.revisions = {log: anchor.revision for log, anchor in self._newest.items()}
        return self._newest

    def _take(self, held: dict[bytes, Anchor], record: bytes) -> None:
        made = self._made.get(record[:16])
        anchor = made[1] if made and made[0] == record else Anchor.read(record, self._macs)
        if anchor is None:
            return
        if anchor.log not in held or anchor > held[anchor.log]:
            held[anchor.log] = anchor
        if anchor.restores > self._restores:
            # A restore took place: whatever was anchored before it is of a home that was lost.
            self._restores = anchor.restores
            self._newest.clear()
        was = self._newest.get(anchor.log)
        if anchor.restores == self._restores and (was is None or anchor > was):
            self._newest[anchor.log] = anchor
