"""Ledger service: append in the caller's transaction, sequence and sign, refuse when that stops.

`append` costs one entry's sealing and two statements; it is durable when the unit of work around
it is.  `sequence` makes what is durable tamper-evident.  `require_fresh` is asked before every
grant: while an entry has waited over five seconds for its checkpoint, nothing is opened.
"""

import secrets
import threading
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from bailee import errors
from bailee.clock import Clock, year_of
from bailee.ids import ClientId, Entropy, EntryId, LedgerId
from bailee.keyring.model import Pending
from bailee.ledger import vocabulary
from bailee.ledger.anchoring import Anchoring
from bailee.ledger.model import (
    UNSIGNED,
    EntryDraft,
    EntryRow,
    LedgerHead,
    LedgerRow,
    Recorded,
    body_aad,
    pack_body,
    pack_subject,
    subject_aad,
    subject_ref,
)
from bailee.ledger.port import EntryRows, Files, LedgerKeys, Reserve
from bailee.ledger.sequencer import RESIGN_MS, Sequencer
from bailee.limits import UNSEQUENCED_SECONDS
from bailee.proof.receipt import entry as form
from bailee.proof.tree.note import VerifierKey
from bailee.work import Tx, Work

EAGER_SECONDS: Final = 1.0
"""Age of a waiting entry from which `require_fresh` sequences it itself, before it is too old."""

SUBJECTS_AT_ONCE: Final = 200
"""Subjects forgotten in one transaction and named in one entry, whose body has 256 fields."""


def forgotten(entry: EntryId, t_ms: int) -> EntryDraft:
    """Return the entry that a subject was forgotten: without one, it was taken away."""
    return EntryDraft(kind=vocabulary.SUBJECT_FORGET, body={"entry": str(entry)}, t_ms=t_ms)


def _all_forgotten(
    entries: Sequence[EntryId], t_ms: int, more: Mapping[str, str] = MappingProxyType({})
) -> EntryDraft:
    """Return one entry for several; `more` says of them what else is known."""
    named = {f"e{number}": str(entry) for number, entry in enumerate(entries)}
    return EntryDraft(kind=vocabulary.SUBJECT_FORGET, body={**more, **named}, t_ms=t_ms)


class Ledger:
    """All logs of an installation."""

    def __init__(
        self,
        *,
        work: Work,
        rows: EntryRows,
        files: Files,
        keys: LedgerKeys,
        clock: Clock,
        domain: str,
        reserve: Reserve,
        anchoring: Anchoring,
        entropy: Entropy = secrets.token_bytes,
    ) -> None:
        self._work = work
        self._rows = rows
        self._files = files
        self._keys = keys
        self._clock = clock
        self._domain = domain
        self._reserve = reserve
        self._anchoring = anchoring
        self._entropy = entropy
        # Guards the dictionary of sequencers alone, for a look-up; never held across a step, which
        # takes seconds and has a lock of its own, nor across a statement.
        self._mutex = threading.Lock()
        self._sequencers: dict[ClientId, Sequencer] = {}
        # Until when a ledger needs no look, in monotonic seconds.  Valid because no entry can come
        # to the limit before the look itself does; cleared when a step fails or the reserve is
        # used.
        self._fresh_until_s: dict[ClientId, float] = {}

    # --- writing ---------------------------------------------------------------------------

    def open_ledger(self, tx: Tx, client: ClientId, t_ms: int) -> LedgerId:
        """Make a client's ledger, with its key and its first entry."""
        log = LedgerId.new(self._entropy)
        row = LedgerRow(
            client=client,
            log=log,
            origin=f"{self._domain}/{log}",
            public_key=self._keys.new_signer(tx, log).public_key,
            count=0,
            head=UNSIGNED,
        )
        self._rows.open_ledger(tx, row)
        # The first entry names the key, so that the ledger itself says which one it began with.
        body = {"log": str(log), "key": row.public_key.hex()}
        self.append(tx, client, EntryDraft(kind=vocabulary.LOG_OPEN, body=body, t_ms=t_ms))
        return log

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the caller's unit of work is durable."""
        vocabulary.check_kind(draft.kind)
        vocabulary.check_body(draft.body)
        self.require_newest(tx, client)
        # First of all writes: it takes the row of the ledger, so appends to one ledger queue here
        # and not after they have sealed anything.
        index, origin = self._rows.take_index(tx, client)
        entry = EntryId.new(self._entropy)
        commitment, sealed_subject = form.NO_SUBJECT, None
        if draft.subject:
            vocabulary.check_subject(draft.subject)
            commitment, sealed_subject = self._seal_subject(tx, client, entry, origin, draft)
        opening = form.EntryOpening(
            entry=entry.raw,
            kind=draft.kind,
            time_ms=draft.t_ms,
            body=form.encode_body(draft.body),
            # 32 random bytes: without them a leaf could be guessed from what an entry is likely to
            # say.
            nonce=self._entropy(form.NONCE_BYTES),
            subject_commitment=commitment,
        )
        leaf = opening.leaf(origin)
        year = year_of(draft.t_ms)
        # A sealer, which needs no grant: were one needed, recording the first would need another.
        sealer = self._keys.body_sealer(tx, client, year)
        row = EntryRow(
            index=index,
            entry=entry,
            leaf=leaf,
            time_ms=draft.t_ms,
            year=year,
            body=sealer.seal_row(body_aad(client, entry), pack_body(opening)),
            subject=sealed_subject,
        )
        self._rows.add(tx, client, row)
        return Recorded(entry=entry, index=index, leaf=leaf)

    def require_newest(self, tx: Tx, client: ClientId) -> None:
        """Raise Damaged when custodians know of more in a ledger than its rows have.

        Before an act rests on it: rows of before grant nothing and take no entry.
        """
        compared = self._rows.compared(tx)
        if client not in compared:
            self._anchoring.require(tx, self._rows.extent(tx, client), again=bool(compared))
            compared.add(client)

    @property
    def away(self) -> int:
        """How many custodians did not answer when rows were last compared with what they know."""
        return self._anchoring.away

    def _seal_subject(
        self, tx: Tx, client: ClientId, entry: EntryId, origin: str, draft: EntryDraft
    ) -> tuple[bytes, bytes]:
        subject = form.encode_subject(draft.subject or {})
        nonce = self._entropy(form.NONCE_BYTES)
        commitment = form.commit_subject(
            origin=origin, entry=entry.raw, subject=subject, nonce=nonce
        )
        sealer = self._keys.sealer(subject_ref(client, entry))
        self._keys.enrol(tx, sealer)
        sealed = sealer.seal_row(subject_aad(client, entry), pack_subject(nonce, subject))
        return commitment, sealed

    def record(self, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append in a unit of work of its own."""
        return self._work.run(client, lambda tx: self.append(tx, client, draft))

    def record_owed(self, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append what must be recorded even on a full disk: a refusal, a deadline.

        The reserve is freed for it; no grant is made until that is taken again.
        """
        try:
            return self.record(client, draft)
        except errors.CannotRecord:
            if not self._reserve.release():
                raise
        # Else this process would go on granting for seconds on what it saw while the disk had room.
        self._fresh_until_s.clear()
        return self.record(client, draft)

    def forget_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> object:
        """Forget whom an entry names, and record that; final at the turn.

        Announce what this returns.
        """
        # The key too, not the row alone: in older copies the row stays, and would open under it.
        if not self._rows.drop_subject(tx, client, entry):
            raise errors.NotFound("errors_ledger.no-subject")
        self.append(tx, client, forgotten(entry, self._clock.now_ms()))
        return self._keys.destroy(tx, [subject_ref(client, entry)])

    def forget_older(
        self, tx: Tx, client: ClientId, start: int, before_ms: int
    ) -> tuple[int, Pending] | None:
        """Forget some subjects of before a moment, from an index on, in one entry that says so.

        Return the index to go on from, and what to announce; None when there are no more.
        """
        found = self._rows.subjects(tx, client, start, before_ms, SUBJECTS_AT_ONCE)
        if not found:
            return None
        entries = tuple(entry for _, entry in found)
        # The moment too: times stand in rows, in clear, and whoever writes those could have younger
        # subjects forgotten; `check` compares it with the times that leaves are bound to.
        term = {vocabulary.BEFORE: str(before_ms)}
        pending = self._forget_all(tx, client, entries, term)
        return None if pending is None else (found[-1][0] + 1, pending)

    def forget_subjects(
        self, tx: Tx, client: ClientId, entries: Sequence[EntryId]
    ) -> Pending | None:
        """Forget whom these entries name, in one entry that says so; announce what is returned.

        At most `SUBJECTS_AT_ONCE`; those that were forgotten meanwhile are left out.
        """
        return self._forget_all(tx, client, entries, {})

    def _forget_all(
        self, tx: Tx, client: ClientId, entries: Sequence[EntryId], more: Mapping[str, str]
    ) -> Pending | None:
        gone = [entry for entry in entries if self._rows.drop_subject(tx, client, entry)]
        if not gone:
            return None
        self.append(tx, client, _all_forgotten(gone, self._clock.now_ms(), more))
        return self._keys.destroy(tx, [subject_ref(client, entry) for entry in gone])

    # --- signing ---------------------------------------------------------------------------

    def sequence(self, client: ClientId, *, resign_after_ms: int = RESIGN_MS) -> LedgerHead:
        """Bring committed entries under a signed checkpoint and publish it; return the head."""
        sequencer = self._sequencer(client)
        try:
            return sequencer.step(resign_after_ms=resign_after_ms)
        except errors.BaileeError:
            # The next grant must look again, and not rely on what was seen while all was well.
            self._fresh_until_s.pop(client, None)
            # One that cannot know whether a write was kept is not used again: a new one reads all
            # of it anew.  Two threads may have dropped it; only the dictionary is shared.
            if sequencer.fatal:
                with self._mutex:
                    self._sequencers.pop(client, None)
            raise

    def settled(self, client: ClientId) -> bool:
        """Return, without a lock, whether all is sequenced, signed in time and published."""
        return self._sequencer(client).settled()

    def _sequencer(self, client: ClientId) -> Sequencer:
        with self._mutex:
            found = self._sequencers.get(client)
        if found is not None:
            return found
        log = self._row(client).log
        made = Sequencer(
            client=client,
            work=self._work,
            rows=self._rows,
            tiles=self._files.tiles(log),
            state=self._files.signer(log),
            keys=self._keys,
            clock=self._clock,
            anchoring=self._anchoring,
        )
        # Made outside the lock, since that reads rows; the first to come here is the one kept.
        with self._mutex:
            return self._sequencers.setdefault(client, made)

    def require_fresh(self, client: ClientId, *, owed: bool = False) -> None:
        """Return if grants may be made; CannotRecord or Damaged when the ledger has fallen behind.

        What is owed even on a full disk is lent the reserve instead.

        What is seen once holds for a while: an entry appended after this look cannot be older
        than the limit before the look is that old itself.
        """
        # Monotonic: set back, the wall clock would make a ledger look fresh for as long.
        now_s = self._clock.monotonic_s()
        if owed and self._reserve.lend():
            # Else this process would go on granting to others on what it saw before.
            self._fresh_until_s.clear()
        elif now_s < self._fresh_until_s.get(client, now_s):
            return
        elif not self._reserve.keep():
            mib = self._reserve.room_bytes >> 20
            raise errors.CannotRecord("errors_ledger.reserve-in-use", mib=mib)
        self._sequencer(client).require_signer()
        age_s = self._waiting_s(client)
        if age_s is not None and not 0 <= age_s < EAGER_SECONDS:
            # Too old, or from the future: the wall clock was moved, and says nothing about age.
            self._catch_up(client)
            age_s = None
        if self._reserve.held():  # lent, it says nothing of the next act
            self._fresh_until_s[client] = now_s + UNSEQUENCED_SECONDS - (age_s or 0.0)

    def _catch_up(self, client: ClientId) -> None:
        try:
            self.sequence(client)
        except errors.LockedByOther:
            # Somebody else is at it: grants go on until the entry has really waited too long.
            age_s = self._waiting_s(client)
            if age_s is not None and not 0 <= age_s <= UNSEQUENCED_SECONDS:
                raise errors.CannotRecord("errors_ledger.fallen-behind") from None

    def _waiting_s(self, client: ClientId) -> float | None:
        """Return for how many seconds the oldest unsigned entry has waited; None without one."""

        def oldest(tx: Tx) -> int | None:
            log = self._rows.row_of(tx, client)
            return self._rows.time_of(tx, client, log.head.size)

        time_ms = self._work.read(oldest)
        return None if time_ms is None else (self._clock.now_ms() - time_ms) / 1_000

    def await_included(self, client: ClientId, index: int) -> None:
        """Return once a published checkpoint includes the entry; CannotRecord when none can."""
        try:
            self.head_including(client, index)
        except errors.LockedByOther:
            raise errors.CannotRecord("errors_ledger.fallen-behind") from None

    def head_including(self, client: ClientId, index: int) -> LedgerHead:
        """Return a published head that includes the entry; sequence as often as it takes."""
        head = self._row(client).head
        while head.size <= index:
            size = head.size
            head = self.sequence(client)
            # Nothing was left to sequence, so there is no such entry: without this, an endless
            # loop.
            if head.size == size:
                raise errors.NotFound("errors_ledger.no-entry")
        return head

    # --- looking ---------------------------------------------------------------------------

    def clients(self) -> tuple[ClientId, ...]:
        """Return all clients that have a ledger."""
        return tuple(self._work.read(self._rows.clients))

    def row_of(self, client: ClientId) -> LedgerRow:
        """Return what the database has of a client's ledger."""
        return self._row(client)

    def head(self, client: ClientId) -> LedgerHead:
        """Return the newest published head, after sequencing what waits."""
        return self.sequence(client)

    def key(self, client: ClientId) -> VerifierKey:
        """Return the verifier key to hand to the client once, outside."""
        return self._row(client).key

    def _row(self, client: ClientId) -> LedgerRow:
        return self._work.read(lambda tx: self._rows.row_of(tx, client))
