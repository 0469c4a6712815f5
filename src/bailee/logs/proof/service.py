"""Proving: the receipt of one line, which anyone verifies who holds the log's verifier key.

A receipt holds the line, the path to the root that the ledger has, and what opens the values that
were asked for.  Of every other line of the block it holds hashes, of which each hides a salt that
never leaves here; of a value that was not asked for, nothing.  Where the source lay stays closed.

Proving alone verifies.  Opening a value is more than that: it names another purpose, it waits for a
checkpoint that includes its entry, for a receipt is made to be passed on, and the grant covers the
values named and no other.  What is handed out was verified first.
spec/receipt.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from bailee import errors
from bailee.act import Principal, Purpose
from bailee.clock import year_of
from bailee.grant import Grant, Scope
from bailee.ids import ID_BYTES, BatchId, ClientId
from bailee.keyring.model import VALUE
from bailee.keyring.service import bodies_ref
from bailee.ledger.reading import LedgerReader
from bailee.logs.acts import LineProved, LineProvedFacts, ProveLog
from bailee.logs.model import BatchRow, PartRow, SegmentPart, part_ref
from bailee.logs.port import LogRows
from bailee.logs.proof.evidence import Evidence
from bailee.logs.store.segment import IdentifierMap, IdentifierMapReader, TextReader
from bailee.logs.store.segments import SegmentStore
from bailee.logs.token import TokenRef, parse_token
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.proof.malformed import Malformed
from bailee.proof.receipt.batch import BlockPlace, read_batch
from bailee.proof.receipt.entry import EntryOpening
from bailee.proof.receipt.line_receipt import VALUES_MAX, LineReceipt, OpenedValue
from bailee.proof.receipt.receipt import read_receipt
from bailee.proof.verdict import Outcome
from bailee.proof.verify_line import verify_line_receipt
from bailee.seal.padding import coarse
from bailee.vault.model import ValueOpening
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

PURPOSES: Final = (Purpose.SECURITY, Purpose.CLIENT_REQUEST, Purpose.RIGHTS)
"""Those that the policies know for a proof that opens values, for the error that asks for one."""

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _LineRequest:
    """Line request: one line of a batch, and which of its values are opened."""

    row: BatchRow
    line: int
    tokens: tuple[bytes, ...]

    def scopes(self) -> tuple[Scope, ...]:
        """Name what proving it opens: of names and values nothing, when none is opened."""
        row, own = self.row, frozenset((self.row.batch.raw,))
        bodies = bodies_ref(row.client, year_of(row.received_ms))
        scopes = (
            Scope(noun=bodies.noun, ids=frozenset((bodies.id,))),
            Scope(noun=str(SegmentPart.TEXT), ids=own),
        )
        if not self.tokens:
            return scopes
        values = frozenset(TokenRef(epoch=row.epoch, token=token).id for token in self.tokens)
        return (*scopes, Scope(noun=str(SegmentPart.NAMES), ids=own), Scope(noun=VALUE, ids=values))

    @property
    def openings(self) -> int:
        """How many openings that is: the entry, the text, and for values the names and each."""
        return 2 + (1 + len(self.tokens) if self.tokens else 0)

    def body(self) -> Mapping[str, str]:
        """Give which line, and how much of it, as the ledger may hold it."""
        opened = str(len(self.tokens))
        return {"batch": str(self.row.batch), "line": str(self.line), "opened": opened}


@final
class Proofs:
    """Proofs: the act of proving one line."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        store: SegmentStore,
        vault: "Vault",
        entries: LedgerReader,
        monitor: Monitor,
        find_client: ClientFinder,
    ) -> None:
        self._work = work
        self._rows = rows
        self._store = store
        self._vault = vault
        self._entries = entries
        self._monitor = monitor
        self._find_client = find_client

    def prove(self, who: Principal, request: ProveLog) -> LineProved:
        """Make the receipt of a line, with some of its values opened.

        NotFound for a batch, line or value that is not there; Damaged when what was made does not
        verify, and then nothing is handed out.
        """
        tokens = _tokens(request)
        client = self._find_client(who, request.client)
        query, absent = self._line(client, request, tokens)
        if query is None:
            # Decided and recorded as what is there would be, before anything more is looked at: who
            # may not prove learns nothing, by the answer or by how long it takes.
            with self._monitor.authorize(who, request, client):
                self._work.read(lambda tx: self._rows.require_whole(tx, client))
                raise absent
        with self._monitor.authorize(
            who,
            request,
            query.row.client,
            scopes=query.scopes(),
            count=query.openings,
            body=query.body(),
            subject={"tokens": " ".join(request.open)} if tokens else None,
            # A receipt with a value in it is made to be passed on: it goes out once a signed head
            # includes the entry that says so, and nobody can take that entry back.
            wait=bool(tokens),
            unmasks=len(tokens),
        ) as act:
            # Verified by the code that the client runs, before it leaves: a receipt that fails
            # there would be taken for a forgery.
            receipt = _verified(self._receipt(query, act.grant))
            act.facts |= LineProvedFacts(bytes=coarse(len(receipt))).facts()
        return LineProved(
            batch=query.row.batch, line=query.line, opened=len(tokens), receipt=receipt
        )

    def _line(
        self, client: ClientId, request: ProveLog, tokens: tuple[bytes, ...]
    ) -> tuple[_LineRequest | None, errors.NotFound]:
        """Find a line; None where it is not there, and what is to be raised then."""
        try:
            batch = BatchId.parse(request.batch)
        except ValueError:
            batch = BatchId(bytes(ID_BYTES))  # of none, and looked up all the same
        row = self._work.read(lambda tx: self._rows.batch(tx, client, batch))
        if row is None:
            return None, errors.NotFound("errors_logs.no-batch")
        absent = errors.NotFound("errors_proving.no-line", lines=row.lines)
        # Lines count from 1, as an editor shows them.
        if not 0 < request.line <= row.lines:
            return None, absent
        return _LineRequest(row=row, line=request.line, tokens=tokens), absent

    def _receipt(self, query: _LineRequest, grant: Grant) -> LineReceipt:
        """Open all that is needed while the grant lives, then hash, which may take its time."""
        _, blob = self._entries.prove(grant, query.row.entry, subject=False)
        entry = read_receipt(blob)
        # By what the ledger says of the batch, not by rows: the receipt is verified against the
        # ledger, and whoever edits rows must not be able to move a line.
        place = _place(entry.opening, query.line)
        parts = self._work.read(lambda tx: self._parts(tx, query.row))
        evidence = self._evidence(query, grant, parts, place)
        values: tuple[OpenedValue, ...] = ()
        if query.tokens:
            names = self._names(query, grant, parts, place.block)
            values = evidence.opened(names, self._openings(query, grant, evidence.named(names)))
        return LineReceipt(
            number=query.line,
            leaf=evidence.leaf(),
            path=evidence.path(),
            # A value's commitment names the client; a receipt that opens none has no need to.
            client=grant.client.raw if query.tokens else b"",
            values=values,
            entry=entry,
        )

    def _parts(self, tx: Tx, row: BatchRow) -> Mapping[SegmentPart, PartRow]:
        """Return the objects of a batch; Damaged when one was taken away."""
        found = self._rows.parts(tx, row.client, row.batch)
        if not found.keys() >= {SegmentPart.TEXT, SegmentPart.NAMES}:
            self._rows.require_parts(tx, row.client)
        return found

    def _evidence(
        self,
        query: _LineRequest,
        grant: Grant,
        parts: Mapping[SegmentPart, PartRow],
        place: BlockPlace,
    ) -> Evidence:
        row = query.row
        ref = part_ref(row.client, row.batch, SegmentPart.TEXT, row.epoch)
        if SegmentPart.TEXT not in parts:
            raise errors.NotFound("errors_proving.text-ended")
        try:
            file = self._store.open(ref, parts[SegmentPart.TEXT].sealed, grant)
        except errors.NotFound:
            raise errors.NotFound("errors_proving.text-ended") from None
        with TextReader(file) as text:
            if text.batch != row.batch.raw or place.block >= len(text.notes):
                raise errors.Damaged("errors_logs.segment-malformed")
            if place.index >= text.notes[place.block].lines:
                raise errors.Damaged("errors_logs.segment-malformed")
            return Evidence(
                batch=row.batch.raw,
                number=place.block,
                index=place.index,
                receipt_ns=row.received_ms * _NS_PER_MS,
                block=text.block(place.block),
            )

    def _openings(
        self, query: _LineRequest, grant: Grant, named: Mapping[bytes, int]
    ) -> Mapping[int, ValueOpening]:
        """Open the values that were asked for, by their ordinals in the block."""
        # A token that stands elsewhere in the batch is none of this line's: nothing of it is
        # opened.
        if not set(query.tokens) <= named.keys():
            raise errors.NotFound("errors_proving.elsewhere")
        found = self._work.read(
            lambda tx: self._vault.openings(
                tx, grant, query.row.client, query.row.epoch, query.tokens
            )
        )
        openings = {named[one.token]: one for one in found if one is not None}
        # All or nothing: a receipt with fewer values than asked for would look as if the line had
        # fewer.
        if len(openings) < len(query.tokens):
            raise errors.NotFound("errors_proving.value-gone")
        return openings

    def _names(
        self, query: _LineRequest, grant: Grant, parts: Mapping[SegmentPart, PartRow], block: int
    ) -> IdentifierMap:
        """Read which tokens stand in a block; once they have ended, every value of it is gone."""
        row = query.row
        ref = part_ref(row.client, row.batch, SegmentPart.NAMES, row.epoch)
        if SegmentPart.NAMES not in parts:
            raise errors.NotFound("errors_proving.value-gone")
        try:
            file = self._store.open(ref, parts[SegmentPart.NAMES].sealed, grant)
        except errors.NotFound:
            raise errors.NotFound("errors_proving.value-gone") from None
        with IdentifierMapReader(file) as names:
            if names.batch != row.batch.raw or block >= names.blocks:
                raise errors.Damaged("errors_logs.segment-malformed")
            return names.block(block)


def _tokens(request: ProveLog) -> tuple[bytes, ...]:
    """Read the tokens to open, each once; UsageError unless opening them has a purpose."""
    if not request.open:
        return ()
    if request.purpose in (None, Purpose.VERIFICATION):
        raise errors.UsageError("errors_proving.purpose", purposes=", ".join(PURPOSES))
    if len(request.open) > VALUES_MAX:
        raise errors.LimitExceeded("errors_proving.values", limit=VALUES_MAX)
    return tuple(dict.fromkeys(parse_token(text) for text in request.open))


def _place(opening: EntryOpening, line: int) -> BlockPlace:
    """Find a line by what the ledger says of its batch; Damaged when the rows say otherwise."""
    try:
        return read_batch(opening).place(line)
    except Malformed:
        raise errors.Damaged("errors_proving.does-not-verify") from None


def _verified(receipt: LineReceipt) -> bytes:
    """Give a receipt as bytes, once the verifier that ships has found nothing wrong with it."""
    blob = receipt.encode()
    if verify_line_receipt(blob, key=None).outcome is Outcome.FAILED:
        raise errors.Damaged("errors_proving.does-not-verify")
    return blob
