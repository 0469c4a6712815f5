"""Judges the database: its structure, its schema, its keys, and the rows that confer power."""

from collections.abc import Iterable, Iterator

from bailee import errors
from bailee.check.model import Finding, FindingKind, found
from bailee.check.port import (
    CheckedKeyRows,
    CheckedRegister,
    KeyInspection,
    KeyTest,
    Snapshots,
    StateKeys,
)
from bailee.keyring.model import Phase, State
from bailee.keys.acts import KeysTurnedFacts
from bailee.ledger.model import EntryShown
from bailee.monitor.projection import compare, rebuild
from bailee.work import Tx


class RowAudit:
    """Needs no grant: it opens keys as a test, and nothing that is sealed under them."""

    def __init__(
        self,
        *,
        work: Snapshots,
        inspection: KeyInspection,
        register: CheckedRegister,
        keys: KeyTest,
        state: StateKeys,
        key_rows: CheckedKeyRows,
        version: str,
    ) -> None:
        self._work = work
        self._inspection = inspection
        self._register = register
        self._keys = keys
        self._state = state
        self._key_rows = key_rows
        self._version = version

    def structure(self) -> Iterator[Finding]:
        """Ask SQLite about its pages, and compare tables, indexes and triggers."""
        complaints = self._work.check()
        if complaints:  # counted, not quoted: SQLite's own words may say what a row holds
            yield found(FindingKind.ROWS_STRUCTURE, count=len(complaints))
        if self._work.read(self._inspection.schema_version) != self._version:
            yield found(FindingKind.ROWS_VERSION, version=self._version)
        for name in self._work.read(self._inspection.schema_differences):
            yield found(FindingKind.ROWS_SCHEMA, name=name)

    def keys(self, *, deep: bool) -> Iterator[Finding]:
        """Open every key as a test, and look for those that hang on nothing."""

        def look(tx: Tx) -> Iterable[Finding]:
            corrupt = [
                found(FindingKind.KEY_DAMAGED, level=item.level, noun=item.noun, id=item.id)
                for item in self._keys.corrupt(tx, deep=deep)
            ]
            orphans = [
                found(FindingKind.KEY_STRAY, level=level, noun=noun, id=ident)
                for level, noun, ident in self._inspection.stray_keys(tx)
            ]
            marks = [
                found(FindingKind.KEY_MARK, noun=noun, id=ident)
                for noun, ident in self._inspection.stray_marks(tx)
            ]
            return (*corrupt, *orphans, *marks)

        yield from self._work.read(look)

    def orphans(self, *, deep: bool) -> Iterator[Finding]:
        """Look for rows of logs, and deep of vaults, that hang on nothing."""
        count = self._work.read(self._inspection.stray_values) if deep else 0
        if count:
            yield found(FindingKind.VALUE_STRAY, count=count)
        for table, ident in self._work.read(self._inspection.stray_batches):
            yield found(FindingKind.BATCH_STRAY, table=table, id=ident)

    def named(self) -> frozenset[str]:
        """Return the files that rows name."""
        return self._work.read(self._inspection.blobs)

    def generations(self, state: State) -> Iterator[Finding]:
        """Between turns, every key is wrapped under the one generation that lives."""
        if state.phase is not Phase.STILL:
            return
        for row in self._work.read(lambda tx: list(self._key_rows.wrapping_keys(tx))):
            if row.gen != state.generation:
                yield found(FindingKind.KEY_GENERATION, noun=row.noun, id=row.id.hex())

    def unannounced(self, left: frozenset[bytes]) -> Iterator[Finding]:
        """Count deletions that no custodian was left with."""
        rows = self._work.read(self._key_rows.pending)
        missing = sum(row.kid not in left for row in rows)
        if missing:
            yield found(FindingKind.ERASURE_UNANNOUNCED, count=missing)

    def state(self) -> State | None:
        """Return where the keys stand; None when that row is forged."""
        try:
            return self._work.read(self._state.state)
        except errors.Damaged:
            return None

    def power(self) -> Iterator[Finding]:
        """Verify the MAC of each row that confers power."""
        for row in self._work.read(self._register.forged):
            yield found(FindingKind.POWER_FORGED, table=row.table, row=row.pk())

    def projected(self, told: Iterable[EntryShown]) -> Iterator[Finding]:
        """Compare the rows that confer power with what the provider's log tells of them."""
        rows = self._work.read(self._register.rows)
        for item in compare(rebuild(told), rows):
            yield found(FindingKind.POWER_DIFFERS, table=item.table, row=item.row, what=item.what)

    def turned(self, turns: Iterable[KeysTurnedFacts]) -> Iterator[Finding]:
        """Compare finished turns with what the provider's ledger holds of them."""
        recorded = {
            (turn.generation, turn.erased, turn.confirmations, turn.class_) for turn in turns
        }
        for turn in self._work.read(self._key_rows.turns):
            figures = (turn.gen + 1, turn.erased, turn.confirmations, turn.wrap_class)
            if figures not in recorded:
                yield found(FindingKind.KEY_TURN, generation=turn.gen + 1)
