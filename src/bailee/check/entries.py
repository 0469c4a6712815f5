"""Audit of one ledger's entries: each body and subject opens and is what its leaf commits to.

On the way each entry is handed to the audits of the nouns that follow its kind.  An outcome is
matched with its act by the entry that it names, and read by the noun of that act; the entry of an
act comes before its outcome.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from bailee import errors
from bailee.audit import Finding, FindingKind, NounAudit, found
from bailee.check.openings import CheckOpenings
from bailee.check.port import Openers
from bailee.clock import year_of
from bailee.grant import Grant, Ref
from bailee.ids import ClientId
from bailee.ledger.model import (
    EntryRow,
    EntryShown,
    body_aad,
    subject_aad,
    subject_ref,
    unpack_body,
    unpack_subject,
)
from bailee.ledger.port import EntryRows
from bailee.ledger.vocabulary import BEFORE, OUTCOME, SUBJECT_FORGET
from bailee.monitor.authorized import DONE
from bailee.proof.receipt.entry import NO_SUBJECT, EntryOpening, decode_body
from bailee.seal.port import RowOpener
from bailee.work import Tx, Work

T = TypeVar("T")

PAGE: Final = 1_000
"""Entries read in one snapshot, so that a long ledger does not hold the write-ahead log open."""
_LEFT: Final = "errors_keyring.no-such-client"


class LedgerReading:
    """Implements `audit.ReadLedger`: how far a client's ledger was read, and its grants."""

    def __init__(self, work: Work, keys: Openers, openings: CheckOpenings) -> None:
        self._work = work
        self._keys = keys
        self._openings = openings
        self.until = 0
        self.entries = 0
        self.lost = 0
        self.closed = 0

    def row(self, ref: Ref, aad: bytes, sealed: bytes) -> bytes | None:
        """Open a small value; None when it does not open, or its key is gone."""
        try:
            opener = self.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            return opener.open_row(aad, sealed)
        except (errors.Damaged, errors.NotFound):
            return None

    def open(self, fn: Callable[[Grant], T]) -> T:
        """Open something else with a grant, which is asked for anew when it is used up."""
        return self._openings.open(fn)


class _Followed:
    """Hands each entry to the audits that follow its kind, and outcomes to those of their act."""

    def __init__(self, audits: Sequence[NounAudit]) -> None:
        self._audits = audits
        self._kinds = frozenset[str]().union(*(audit.follows for audit in audits))
        self._acts: dict[str, EntryShown] = {}
        """Acts until their outcome comes: what nobody follows is not kept, for it may be much."""

    def take(self, shown: EntryShown) -> None:
        """Hand one entry on; Damaged when an audit cannot parse it."""
        kind = shown.opening.kind
        for audit in self._audits:
            if kind in audit.follows:
                audit.take(shown)
        if kind == OUTCOME:
            body = shown.body
            act = self._acts.pop(body.get("of", ""), None)
            if act is not None and body.get("result") == DONE:
                self._done(act, shown)
        elif kind in self._kinds:
            self._acts[str(shown.entry)] = shown

    def _done(self, act: EntryShown, outcome: EntryShown) -> None:
        for audit in self._audits:
            if act.opening.kind in audit.follows:
                audit.done(act, outcome)


class EntryAudit:
    """Opens the entries of one log, against grants."""

    def __init__(self, *, work: Work, rows: EntryRows, keys: Openers) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys

    def audit(
        self,
        client: ClientId,
        reading: LedgerReading,
        audits: Sequence[NounAudit],
        *,
        subjects: bool,
    ) -> Iterator[Finding]:
        """Audit all entries that there are now; subjects too when asked."""
        log = self._work.read(lambda tx: self._rows.row_of(tx, client))
        one = _Ledger(self._work, self._keys, client, log.origin, reading)
        followed = _Followed(audits)
        reading.until = log.count
        for start in range(0, log.count, PAGE):
            page = partial(self._page, client, start, min(log.count, start + PAGE))
            for row in self._work.read(page):
                yield from one.audit(row, followed, subjects=subjects)
        yield from one.without_subject()

    def _page(self, client: ClientId, start: int, stop: int, tx: Tx) -> list[EntryRow]:
        return list(self._rows.entries(tx, client, start, stop))


class _Ledger:
    """One ledger while it is audited; no read stands open while a grant is asked for."""

    def __init__(
        self, work: Work, keys: Openers, client: ClientId, origin: str, reading: LedgerReading
    ) -> None:
        self._work = work
        self._keys = keys
        self._client = client
        self._origin = origin
        self._reading = reading
        self._openers: dict[int, RowOpener | None] = {}
        self._lacking: dict[str, tuple[EntryRow, int]] = {}
        self._forgotten: dict[str, int | None] = {}
        """By entry: before which moment it was recorded, where its term is why it was forgotten."""

    def without_subject(self) -> Iterator[Finding]:
        """Name entries whose subject is gone without an entry that says it was forgotten."""
        if self._reading.lost or self._reading.closed:
            return  # that entry may be among those that cannot be read
        for entry, (row, time_ms) in self._lacking.items():
            before_ms = self._forgotten.get(entry, 0)
            # Younger than its term: a time that was altered in its row had it forgotten.
            if before_ms is not None and time_ms >= before_ms:
                yield self._finding(FindingKind.ENTRY_SUBJECT, row)

    def audit(self, row: EntryRow, followed: _Followed, *, subjects: bool) -> Iterator[Finding]:
        """Audit one entry."""
        if row.body is None:
            self._reading.lost += 1
            return
        if row.year != year_of(row.time_ms):  # else a year that has no key would excuse it
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)
            return
        opener = self._bodies(row.year)
        if opener is None:
            self._reading.closed += 1
            return
        opening = self._opened(row, row.body, opener)
        if opening is None:
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)
            return
        self._reading.entries += 1
        if row.subject is None and opening.subject_commitment != NO_SUBJECT:
            self._lacking[str(row.entry)] = row, opening.time_ms
        elif opening.kind == SUBJECT_FORGET:
            body = dict(decode_body(opening.body))
            before = body.pop(BEFORE, None)
            self._forgotten |= dict.fromkeys(body.values(), None if before is None else int(before))
        if subjects and row.subject is not None:
            shown = self._with_subject(row, row.subject, opening)
            if shown is None:
                yield self._finding(FindingKind.ENTRY_SUBJECT, row)
            opening = shown or opening
        try:
            followed.take(EntryShown(index=row.index, opening=opening))
        except errors.Damaged:
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)

    def _finding(self, kind: FindingKind, row: EntryRow) -> Finding:
        return found(kind, client=str(self._client), entry=str(row.entry), index=row.index)

    def _bodies(self, year: int) -> RowOpener | None:
        if year not in self._openers:
            self._openers[year] = self._opener_of(year)
        return self._openers[year]

    def _opener_of(self, year: int) -> RowOpener | None:
        try:
            return self._reading.open(
                lambda grant: self._work.read(
                    lambda tx: self._keys.body_opener(tx, self._client, year, grant)
                )
            )
        except (errors.NotFound, errors.Damaged):
            return None  # destroyed at its date; a damaged one is named with the keys

    def _opened(self, row: EntryRow, body: bytes, opener: RowOpener) -> EntryOpening | None:
        """Open a body; None unless it is exactly what the leaf commits to."""
        try:
            packed = opener.open_row(body_aad(self._client, row.entry), body)
            opening = unpack_body(row.entry, packed).check()
            same = opening.leaf(self._origin) == row.leaf
        except (errors.Damaged, ValueError):  # Malformed is one
            return None
        return opening if same and opening.time_ms == row.time_ms else None

    def _with_subject(
        self, row: EntryRow, sealed: bytes, opening: EntryOpening
    ) -> EntryOpening | None:
        """Add the subject; None unless it is exactly what the entry commits to."""
        if opening.subject_commitment == NO_SUBJECT:
            return None
        ref = subject_ref(self._client, row.entry)
        try:
            opener = self._reading.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            nonce, subject = unpack_subject(
                opener.open_row(subject_aad(self._client, row.entry), sealed)
            )
            shown = replace(opening, subject=subject, subject_nonce=nonce).check()
            return shown if shown.subject_holds(self._origin) else None
        except errors.NotFound as error:
            # who left took the keys of its subjects along
            return opening if error.reason == _LEFT else None
        except (errors.Damaged, ValueError):
            return None
