"""Ledger reader: opens entries, receipts and exports under a grant; takes lost leaves back.

A grant for reading names the ledger bodies and the subjects of its client (`READ_SCOPES`) and must
allow one opening for each year of bodies and one for each subject.  A subject that was forgotten is
left out, which is no error: the entry stays verifiable without it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bailee import errors
from bailee.clock import Clock, year_of
from bailee.grant import Grant, Scope
from bailee.ids import ClientId, EntryId
from bailee.keyring.service import BODY_NOUN
from bailee.ledger.model import (
    SUBJECT_NOUN,
    EntryRow,
    EntryShown,
    LedgerExported,
    SealedEntry,
    body_aad,
    subject_aad,
    subject_ref,
    unpack_body,
    unpack_subject,
)
from bailee.ledger.port import EntryRows, ExportSink, Files, LedgerKeys, TileStore
from bailee.ledger.sequencer import STEP_ENTRIES
from bailee.ledger.service import Ledger
from bailee.ledger.tiles import tile_reader
from bailee.proof.export import CHECKPOINT, KEYS, OPENINGS, write_line
from bailee.proof.receipt.entry import EntryOpening
from bailee.proof.receipt.receipt import Receipt
from bailee.proof.tree.checkpoint import read_checkpoint
from bailee.proof.tree.growing import Tree, nodes_from
from bailee.proof.tree.merkle import includes, inclusion_proof, leaf_hash
from bailee.proof.tree.tiles import ENTRIES, WIDTH, tiles_of
from bailee.seal.port import RowOpener
from bailee.work import Tx, Work

READ_SCOPES: Final = (Scope(noun=BODY_NOUN), Scope(noun=SUBJECT_NOUN))
"""What a grant for `ledger:show`, `ledger:export` and `ledger:prove` covers."""

PAGE_ENTRIES: Final = 1_000
"""Rows read in one snapshot, so that a long export does not hold the write-ahead log open."""

Wanted = Callable[[EntryOpening], bool]
"""Tells by a body whether its subject is to be opened."""


class LedgerReader:
    """Ledger reader: opens, proves and exports a client's entries, under a grant for them."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        work: Work,
        rows: EntryRows,
        files: Files,
        keys: LedgerKeys,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._work = work
        self._rows = rows
        self._files = files
        self._keys = keys
        self._clock = clock

    def sealed_in(self, client: ClientId, start: int = 0, stop: int | None = None) -> SealedEntry:
        """Count what there is to open; a grant to read it needs that many `openings`."""
        return self._work.read(lambda tx: self._rows.sealed_in(tx, client, start, _stop(stop)))

    def length(self, client: ClientId) -> int:
        """Count the entries of a client's ledger."""
        return self._ledger.row_of(client).count

    def show(self, grant: Grant, start: int = 0, stop: int | None = None) -> Iterator[EntryShown]:
        """Open entries in order, subjects too; one whose body was lost is left out."""
        return self._opened(grant, start, _stop(stop), wanted=_all)

    def show_where(
        self, grant: Grant, wanted: Wanted, start: int, stop: int
    ) -> Iterator[EntryShown]:
        """Open entries in order, and the subjects of those alone whose body is wanted."""
        shown = self._opened(grant, start, stop, wanted=wanted)
        return (one for one in shown if one.subject is not None)

    def bodies(self, client: ClientId, grant: Grant, start: int = 0) -> Iterator[EntryShown]:
        """Open bodies of a ledger from an index on, for whoever rebuilds rows from them."""
        # A grant for one client's ledger does not rebuild another's rows, whoever passes the two.
        if client != grant.client:
            raise errors.Sealed("errors_keyring.not-granted")
        return self._opened(grant, start, _stop(None), wanted=_none)

    def _opened(
        self, grant: Grant, start: int, stop: int, *, wanted: Wanted
    ) -> Iterator[EntryShown]:
        # Fixed at the beginning: entries appended meanwhile, this reading's own among them, would
        # keep it going and are not what the grant counted.
        last = min(stop, self._ledger.row_of(grant.client).count)
        # One opener a year for the whole reading, since each spends an opening of the grant.
        openers: dict[int, RowOpener] = {}

        def page(start: int, tx: Tx) -> list[EntryShown]:
            until = min(last, start + PAGE_ENTRIES)
            rows = list(self._rows.entries(tx, grant.client, start, until))
            opened = (self._open(tx, grant, openers, row, wanted) for row in rows)
            return [shown for shown in opened if shown is not None]

        for at in range(start, last, PAGE_ENTRIES):
            yield from self._work.read(partial(page, at))

    def _open(
        self,
        tx: Tx,
        grant: Grant,
        openers: dict[int, RowOpener],
        row: EntryRow,
        wanted: Wanted,
    ) -> EntryShown | None:
        if row.body is None:
            return None
        if row.year not in openers:
            openers[row.year] = self._keys.body_opener(tx, grant.client, row.year, grant)
        packed = openers[row.year].open_row(body_aad(grant.client, row.entry), row.body)
        try:
            opening = unpack_body(row.entry, packed)
        except ValueError:
            raise errors.Damaged("errors_ledger.body-damaged") from None
        if wanted(opening):
            opening = self._with_subject(tx, grant, row, opening)
        return EntryShown(index=row.index, opening=opening)

    def _with_subject(
        self, tx: Tx, grant: Grant, row: EntryRow, opening: EntryOpening
    ) -> EntryOpening:
        if row.subject is None:
            return opening
        try:
            opener = self._keys.opener(tx, subject_ref(grant.client, row.entry), grant)
        except errors.NotFound:
            return opening  # forgotten: its key is destroyed, the commitment stays in the body
        packed = opener.open_row(subject_aad(grant.client, row.entry), row.subject)
        try:
            nonce, subject = unpack_subject(packed)
        except ValueError:
            raise errors.Damaged("errors_ledger.body-damaged") from None
        return replace(opening, subject=subject, subject_nonce=nonce)

    # --- receipts --------------------------------------------------------------------------

    def prove(self, grant: Grant, entry: EntryId, *, subject: bool = True) -> tuple[int, bytes]:
        """Return index and receipt of an entry; Damaged when it would not verify.

        Without `subject` that stays closed, and the grant needs to cover the body alone.
        """
        client = grant.client

        def opened(tx: Tx) -> EntryShown | None:
            row = self._rows.find(tx, client, entry)
            if row is None:
                raise errors.NotFound("errors_ledger.no-entry")
            return self._open(tx, grant, {}, row, _all if subject else _none)

        shown = self._work.read(opened)
        if shown is None:
            raise errors.NotFound("errors_ledger.body-lost")
        # May take a step of the sequencer: an entry is provable once a checkpoint includes it.
        head = self._ledger.head_including(client, shown.index)
        log = self._ledger.row_of(client)
        read_tile = tile_reader(self._files.tiles(log.log))
        path = inclusion_proof(shown.index, head.size, nodes_from(head.size, read_tile))
        leaf = leaf_hash(shown.opening.leaf(log.origin))
        # Verified here before anybody else does: tiles may have rotted, and a receipt that a court
        # refuses years later is worse than none.
        if not includes(root=head.root, size=head.size, index=shown.index, leaf=leaf, path=path):
            raise errors.Damaged("errors_ledger.tree-differs")
        receipt = Receipt(
            opening=shown.opening,
            index=shown.index,
            path=path,
            checkpoint=read_checkpoint(head.note),
        )
        return shown.index, receipt.encode()

    # --- exports ---------------------------------------------------------------------------

    def export(self, grant: Grant, sink: ExportSink) -> LedgerExported:
        """Write the whole ledger, as `bailee verify` reads it; the checkpoint last."""
        # Last, because without it an export verifies as nothing: one that was cut short shows.
        head = self._ledger.head(grant.client)
        log = self._ledger.row_of(grant.client)
        opened = subjects = 0
        for shown in self.show(grant, 0, head.size):
            sink.append(OPENINGS, write_line(shown.index, shown.opening))
            opened += 1
            subjects += shown.opening.subject is not None
        read_tile = tile_reader(self._files.tiles(log.log))
        for tile in tiles_of(head.size):
            sink.write(tile.path, read_tile(tile))
        notes = self._work.read(lambda tx: self._rows.key_changes(tx, grant.client))
        # A change made after this head is not in the tree that is exported, and would not verify.
        changes = [note for index, note in notes if index < head.size]
        if changes:
            sink.write(KEYS, b"".join(changes))
        sink.write(CHECKPOINT, head.note)
        return LedgerExported(
            origin=log.origin,
            size=head.size,
            opened=opened,
            subjects=subjects,
        )

    # --- recovery --------------------------------------------------------------------------

    def adopt_lost(self, client: ClientId) -> int:
        """Insert, after a restore, rows of leaves that only bundles still hold; return how many.

        Their bodies are lost; the ledger goes on from the signer state, so that nothing it signed
        is taken back.  Damaged, and nothing is inserted, when rows and bundles together do not give
        the root that was signed.
        """
        log = self._ledger.row_of(client)
        signed = self._files.signer(log.log).load()
        if signed is None or signed.size <= log.count:
            return 0
        # Computed before anything is written: rows that do not lead to what was signed must stay as
        # they are, to be looked at by a person.
        leaves = _bundled(self._files.tiles(log.log), log.count, signed.size)
        if self._root_with(client, log.count, leaves) != signed.root:
            raise errors.Damaged("errors_ledger.rolled-back", signed=signed.size, held=log.count)

        def take(tx: Tx) -> None:
            now_ms = self._clock.now_ms()
            for leaf in leaves:
                index, _ = self._rows.take_index(tx, client)
                row = _lost(index, leaf, now_ms)
                self._rows.add(tx, client, row)

        self._work.run(client, take)
        return len(leaves)

    def _root_with(self, client: ClientId, count: int, more: list[bytes]) -> bytes:
        tree = Tree()
        for start in range(0, count, STEP_ENTRIES):
            stop = min(count, start + STEP_ENTRIES)
            tree.append(self._work.read(partial(self._leaves, client, start, stop)))
        tree.append(more)
        return tree.root()

    def _leaves(self, client: ClientId, start: int, stop: int, tx: Tx) -> Sequence[bytes]:
        return self._rows.leaves(tx, client, start, stop)


def _all(_opening: EntryOpening) -> bool:
    return True


def _none(_opening: EntryOpening) -> bool:
    return False


def _lost(index: int, leaf: bytes, now_ms: int) -> EntryRow:
    return EntryRow(
        index=index,
        entry=EntryId.new(),
        leaf=leaf,
        time_ms=now_ms,
        year=year_of(now_ms),
        body=None,
        subject=None,
    )


def _stop(stop: int | None) -> int:
    # Beyond any index, and within what SQLite counts.
    return (1 << 62) if stop is None else stop


def _bundled(tiles: TileStore, start: int, stop: int) -> list[bytes]:
    read_tile = tile_reader(tiles)
    leaves: list[bytes] = []
    for tile in tiles_of(stop):
        if tile.level == ENTRIES and (tile.index + 1) * WIDTH > start:
            first = tile.index * WIDTH
            leaves += tile.entries(read_tile(tile))[max(0, start - first) :]
    return leaves
