"""Audits the entries of one ledger: each body and subject opens and is what its leaf commits to.

What the bodies record is kept on the way as far as other audits need it: which objects were put,
which were deleted, what became of turns and backups, heads, and rows that confer power.  An
outcome is read by the facts of the act that it is of; the entry of that act comes before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bailee import errors
from bailee.backup.acts import BackupFacts, CreateBackup, DeletedAgainFacts
from bailee.check.model import Finding, FindingKind, found
from bailee.check.openings import CheckOpenings
from bailee.check.port import CheckedLedgerRows, Openers, Snapshots
from bailee.clock import year_of
from bailee.ids import ClientId
from bailee.keys.acts import KeysTurnedFacts, RotateRoot, TurnKeys
from bailee.ledger.model import (
    EntryRow,
    EntryShown,
    body_aad,
    subject_aad,
    subject_ref,
    unpack_body,
    unpack_subject,
)
from bailee.ledger.vocabulary import CLIENT_HEAD, LOG_BATCH, OUTCOME
from bailee.logs.acts import DestroyEpoch, EpochDestroyedFacts
from bailee.logs.state import EndingStep
from bailee.monitor.authorized import DONE
from bailee.objects.acts import DeleteObject, ObjectPutFacts, PutObject
from bailee.proof.receipt.entry import NO_SUBJECT, EntryOpening, commit_subject, decode_subject
from bailee.seal.port import RowOpener
from bailee.work import Tx

PAGE: Final = 1_000
_LEFT: Final = "errors_keyring.no-such-client"
_DELETED, _TURNED = DeleteObject.act, frozenset({TurnKeys.act, RotateRoot.act})
_FOLLOWED: Final = frozenset(
    {PutObject.act, _DELETED, CreateBackup.act, DestroyEpoch.act, *_TURNED}
)
"""Acts whose outcomes are compared with something that is stored."""


@dataclass(slots=True)
class RecordedFacts:
    """What the bodies of one ledger record, by what others compare with it."""

    puts: dict[tuple[str, int], ObjectPutFacts] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    power: list[EntryShown] = field(default_factory=list)
    turns: list[KeysTurnedFacts] = field(default_factory=list)
    backups: dict[str, str] = field(default_factory=dict)
    heads: dict[str, EntryShown] = field(default_factory=dict)
    batches: dict[str, EntryShown] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    """Where each batch came from, which its subject alone tells; no finding repeats it."""
    ended: dict[int, int] = field(default_factory=dict)
    """Months of which something was ended, with the last entry that tells of it."""
    until: int = 0
    """Entries from this index on were not read: they came while others were."""
    entries: int = 0
    lost: int = 0
    closed: int = 0
    _acts: dict[str, EntryShown] = field(default_factory=dict)
    """Entries of acts that are followed, until their outcome comes."""

    def forget(self) -> None:
        """Begin anew."""
        for kept in (self.puts, self.deleted, self.power, self.turns, self.backups, self.heads):
            kept.clear()
        self.batches.clear()
        self.addresses.clear()
        self.ended.clear()
        self._acts.clear()
        self.entries = self.lost = self.closed = 0

    def take(self, shown: EntryShown) -> None:
        """Keep what is needed of one entry; Damaged when an outcome is not one of its act."""
        self.entries += 1
        kind, body = shown.opening.kind, dict(shown.body)
        if "table" in body:
            self.power.append(shown)
        if kind == CLIENT_HEAD:
            self.heads[body.get("client", "")] = shown
        elif kind == LOG_BATCH:
            self.batches[body.get("batch", "")] = shown
        elif kind in _FOLLOWED:
            self._acts[str(shown.entry)] = shown
        elif kind == OUTCOME:
            asked = self._acts.pop(body.get("of", ""), None)
            if body.get("result") == DONE:
                self._outcome(shown, body, asked)

    def _outcome(self, shown: EntryShown, body: dict[str, str], asked: EntryShown | None) -> None:
        kind = None if asked is None else asked.opening.kind
        if kind == PutObject.act:
            put = ObjectPutFacts.parse(body)
            self.puts[(str(put.object), put.version)] = put
        elif asked is not None and kind == _DELETED:
            self.deleted.add(asked.body.get("object", ""))
        elif kind == CreateBackup.act:
            made = BackupFacts.parse(body)
            self.backups[str(made.backup)] = made.sha256.hex()
        elif kind in _TURNED:
            self.turns.append(KeysTurnedFacts.parse(body))
        elif kind == DestroyEpoch.act:
            steps = EpochDestroyedFacts.parse(body).steps.items()
            ended = (epoch for (epoch, _), step in steps if step is EndingStep.ENDED)
            self.ended |= dict.fromkeys(ended, shown.index)
        # a restore records these in each client's ledger, of an entry that the provider's holds
        self.deleted |= {str(obj) for obj in DeletedAgainFacts.parse(body).objects}


class EntryAudit:
    """Opens the entries of one log, against grants."""

    def __init__(self, *, work: Snapshots, rows: CheckedLedgerRows, keys: Openers) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys

    def audit(
        self, client: ClientId, openings: CheckOpenings, told: RecordedFacts, *, subjects: bool
    ) -> Iterator[Finding]:
        """Audit all entries that there are now; subjects too when asked."""
        log = self._work.read(lambda tx: self._rows.log(tx, client))
        one = _Log(self._work, self._keys, client, log.origin, openings)
        told.until = log.count
        for start in range(0, log.count, PAGE):
            page = partial(self._page, client, start, min(log.count, start + PAGE))
            for row in self._work.read(page):
                yield from one.audit(row, told, subjects=subjects)

    def _page(self, client: ClientId, start: int, stop: int, tx: Tx) -> list[EntryRow]:
        return list(self._rows.entries(tx, client, start, stop))


class _Log:
    """One ledger while it is audited; no read stands open while a grant is asked for."""

    def __init__(
        self, work: Snapshots, keys: Openers, client: ClientId, origin: str, openings: CheckOpenings
    ) -> None:
        self._work = work
        self._keys = keys
        self._client = client
        self._origin = origin
        self._openings = openings
        self._openers: dict[int, RowOpener | None] = {}

    def audit(self, row: EntryRow, told: RecordedFacts, *, subjects: bool) -> Iterator[Finding]:
        """Audit one entry."""
        if row.body is None:
            told.lost += 1
            return
        if row.year != year_of(row.time_ms):  # else a year that has no key would excuse it
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)
            return
        opener = self._bodies(row.year)
        if opener is None:
            told.closed += 1
            return
        opening = self._opened(row, row.body, opener)
        if opening is None:
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)
            return
        try:
            told.take(EntryShown(index=row.index, opening=opening))
        except errors.Damaged:
            yield self._finding(FindingKind.ENTRY_DAMAGED, row)
        if subjects and not self._subject_holds(row, opening, told):
            yield self._finding(FindingKind.ENTRY_SUBJECT, row)

    def _finding(self, kind: FindingKind, row: EntryRow) -> Finding:
        return found(kind, client=str(self._client), entry=str(row.entry), index=row.index)

    def _bodies(self, year: int) -> RowOpener | None:
        if year not in self._openers:
            self._openers[year] = self._opener_of(year)
        return self._openers[year]

    def _opener_of(self, year: int) -> RowOpener | None:
        try:
            return self._openings.open(
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

    def _subject_holds(self, row: EntryRow, opening: EntryOpening, told: RecordedFacts) -> bool:
        sealed = row.subject
        if sealed is None:
            return True  # nobody was named, or who was named is forgotten
        if opening.subject_commitment == NO_SUBJECT:
            return False
        ref = subject_ref(self._client, row.entry)
        try:
            opener = self._openings.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            nonce, subject = unpack_subject(
                opener.open_row(subject_aad(self._client, row.entry), sealed)
            )
            found_commitment = commit_subject(
                origin=self._origin, entry=row.entry.raw, subject=subject, nonce=nonce
            )
        except errors.NotFound as error:
            return error.reason == _LEFT  # who left took the keys of its subjects along
        except (errors.Damaged, ValueError):
            return False
        if found_commitment != opening.subject_commitment:
            return False
        if opening.kind == LOG_BATCH:
            batch = EntryShown(index=row.index, opening=opening).body.get("batch", "")
            told.addresses[batch] = decode_subject(subject).get("source", "")
        return True
