"""Committing: from a full batch to a durable one: tokens, sealed objects, one transaction.

The crash states: values interned and nothing else are tokens that nothing names; objects written
are ciphertext without a key; then one unit of work makes keys, rows and the ledger entry, and the
batch is acknowledged.  The same bytes of the same place sent again have no second effect.
spec/batch.md
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import BatchId, BlobId, ClientId
from bailee.ledger.model import EntryDraft, Recorded
from bailee.ledger.vocabulary import LOG_BATCH
from bailee.logs.facts import BatchFacts, BlockFacts, under
from bailee.logs.ingest.batch import Batch, BatchValues, Made, Named
from bailee.logs.ingest.receipts import BatchTags, Receipts
from bailee.logs.model import (
    SECRETS_DAYS,
    BatchPlace,
    BatchRow,
    PartRow,
    RunRow,
    SealedRow,
    SegmentPart,
    SourceRow,
    StreamRow,
    facts_of,
    part_ref,
    run_ref,
)
from bailee.logs.port import BatchKeys, LogRows, Recorder
from bailee.logs.store.segments import SegmentStore
from bailee.scan.canonical import canonical
from bailee.scan.kinds import Kind, Rule
from bailee.seal.padding import coarse
from bailee.seal.port import Sealer
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

TRANSFORM = "placeholders-1"
"""How stored text comes from received bytes; the number changes with the grammar."""

_AS_WRITTEN = frozenset(
    {Kind.SESSION_ID, Kind.USER_ID, Kind.USER_AGENT, Kind.GEO, Kind.DEVICE_ID, Kind.NATIONAL_ID}
)
"""Kinds whose canonical form is what is written; a test asks `canonical` of each."""
_BYTE = rb"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN_ADDRESS = re.compile(rb"(?:" + _BYTE + rb"\.){3}" + _BYTE)
_DAY_MS = 86_400_000
_FORMS_KEPT = 1 << 16
_RULE_CHARS = 32


Along = Callable[[Tx, BatchId, int, int], None]
"""What goes into the transaction of a batch beside it, by the offsets at which it begins and ends.

It may be called more than once for one batch: a transaction that is undone is run again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Intent: what all batches of one ingest share; `names` is whether identifiers are kept."""

    grant: Grant
    stream: StreamRow
    label: str
    address: str
    address_key: bytes
    epoch: int
    names: bool
    keep_secrets: bool
    along: Along | None = None

    @property
    def client(self) -> ClientId:
        """Whose log it is."""
        return self.stream.client


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Span: which received bytes of its source a batch is; `ended` is by a newline."""

    place: BatchPlace
    received_ms: int
    encoding: str
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A batch that is durable."""

    batch: BatchId
    values: int
    repeated: bool


def _form(kind: int, raw: bytes, *, encoded: bool) -> bytes | None:
    form = canonical(Kind(kind), raw, encoded=encoded)
    return None if form == raw else form


# A telephone number is tried in several countries, the dearest of all forms, and a log repeats its
# callers. The cache is valid for ever, for a form depends on its arguments alone; it is bounded,
# since it holds values in clear, and never leaves the process.
_slow_form = lru_cache(maxsize=_FORMS_KEPT)(_form)


def canonical_forms(found: BatchValues) -> list[bytes | None]:
    """Give the canonical form of each value; None where it is written that way already."""
    out: list[bytes | None] = [None] * len(found.raws)
    for number, (kind, raw) in enumerate(zip(found.kinds, found.raws, strict=True)):
        encoded = number in found.encoded
        # The three ways give the same form; they differ in cost alone, and most values take none.
        if kind == Kind.PHONE:
            out[number] = _slow_form(kind, raw, encoded=encoded)
        elif encoded or (kind not in _AS_WRITTEN and not _is_plain(kind, raw)):
            out[number] = _form(kind, raw, encoded=encoded)
    return out


def _is_plain(kind: int, raw: bytes) -> bool:
    """Tell at a glance that an address is written in its canonical form, as most are."""
    return kind == Kind.IPV4 and _PLAIN_ADDRESS.fullmatch(raw) is not None


class Committer:
    """Committer: makes batches durable."""

    def __init__(
        self,
        *,
        work: Work,
        rows: LogRows,
        keys: BatchKeys,
        vault: "Vault",
        ledger: Recorder,
        store: SegmentStore,
        clock: Clock,
        rules: tuple[Rule, ...],
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._vault = vault
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._rules = rules
        self._receipts = Receipts(work, keys)

    def commit(
        self, ident: BatchId, batch: Batch, span: Span, intent: Intent, source: SourceRow | None
    ) -> Committed:
        """Make a batch durable, or find that it is; Damaged when its lines do not come back.

        CannotRecord when the home takes no more; then nothing of this batch exists, and those
        before it do.
        """
        # A month whose identifiers are not kept has no vault, and nothing of it is known again: a
        # tag over its bytes would keep a trace of what was dropped at once.
        receipt = BatchTags()
        if intent.names:
            place, key = span.place, intent.address_key
            receipt = self._receipts.make(ident, place, intent.client, key, intent.epoch)
        # Asked before anything is sealed, since most repeats are a whole file sent again; asked
        # once more in the transaction, where it decides.
        known = self._work.read(
            lambda tx: self._rows.by_identity(tx, intent.client, receipt.identities)
        )
        if known is not None:
            return Committed(batch=known.batch, values=0, repeated=True)
        made, values = self._named(batch, intent)
        return self._kept(_Making(ident, batch, made, span, intent, receipt), values, source)

    def _named(self, batch: Batch, intent: Intent) -> tuple[Made, int]:
        found = batch.values()
        # A month whose identifiers reached their horizon before they came: no token is drawn, no
        # row written; only what the roots need is made, and it is forgotten with this call.
        if not intent.names:
            bound = self._vault.commit_only(intent.client, intent.epoch, found.kinds, found.raws)
            return batch.close(None, bound), len(found.raws)
        # Durable before the batch: a token that nothing names is only noise, and a text that names
        # a token which was never stored could not be opened, searched or erased.
        held = self._vault.intern(
            intent.client, intent.epoch, found.kinds, found.raws, canonical_forms(found)
        )
        named = Named(tokens=held.tokens, canonical=held.canonical)
        return batch.close(named, held.commitments), len(found.raws)

    def _kept(self, making: "_Making", values: int, source: SourceRow | None) -> Committed:
        client, intent = making.intent.client, making.intent
        # Files first, then the transaction that has their keys: a crash between leaves ciphertext
        # that nobody can open and the sweep removes. The other way round, rows would name files
        # that are not there.
        sealed = self._sealed(making)
        run = self._run_of(making)

        def keep(tx: Tx) -> BatchId | None:
            # Two that send the same bytes both came this far: the transaction takes one after the
            # other, and the second finds the first. Its files are ciphertext without a key.
            known = self._rows.by_identity(tx, client, making.receipt.identities)
            if known is not None:
                return known.batch
            for sealer, part in sealed:
                self._keys.enrol(tx, sealer)
                self._rows.add_part(tx, part)
            if run is not None:
                self._keys.enrol(tx, run[0])
                self._rows.add_run(tx, run[1])
            parts = {str(part.part): part.sealed for _, part in sealed}
            # The source's address may name a host or a person: it goes to the sealed part of the
            # entry.
            draft = EntryDraft(
                kind=LOG_BATCH,
                body=making.body(parts, self._rules),
                subject={"source": intent.address},
                t_ms=making.span.received_ms,
            )
            # In the same transaction as the rows: no batch exists that the ledger does not commit
            # to, and no entry commits to a batch that is not there.
            recorded = self._ledger.append(tx, client, draft)
            self._rows.add_batch(tx, making.row(recorded, source))
            if source is not None:
                self._rows.put_source(tx, source)
            if intent.along is not None:
                intent.along(tx, making.ident, making.span.place.offset, making.span.place.end)
            return None

        other = self._work.run(client, keep)
        return Committed(
            batch=other or making.ident,
            values=values,
            repeated=other is not None,
        )

    def _sealed(self, making: "_Making") -> list[tuple[Sealer, PartRow]]:
        client, made = making.intent.client, making.made
        objects = {
            SegmentPart.TEXT: made.text,
            SegmentPart.NAMES: made.names,
            SegmentPart.SECRETS: made.secrets,
        }
        out = []
        for part, data in objects.items():
            # Without identifiers there is no map, and secrets are kept where a necessity was
            # recorded.
            if data is None:
                continue
            ref = part_ref(client, making.ident, part, making.intent.epoch)
            # The counts by day end with the text that they speak of: they are sealed under its key.
            about = made.counts if part is SegmentPart.TEXT else b""
            sealer, sealed = self._store.put(ref, data, about=about)
            until = None
            # From receipt, not from the time of a line: a log may date its lines as it likes.
            if part is SegmentPart.SECRETS:
                until = making.span.received_ms + SECRETS_DAYS * _DAY_MS
            row = PartRow(
                client=client, batch=making.ident, part=part, sealed=sealed, until_ms=until
            )
            out.append((sealer, row))
        return out

    def _run_of(self, making: "_Making") -> tuple[Sealer, RunRow] | None:
        made, intent = making.made, making.intent
        # A batch in which no identifier stands needs no run: every run is one more file to look in.
        if made.run is None or not made.postings:
            return None
        run = BlobId.new()
        ref = run_ref(intent.client, run, intent.epoch)
        sealer, sealed = self._store.put(ref, made.run, run)
        row = RunRow(
            client=intent.client,
            stream=intent.stream.stream,
            epoch=intent.epoch,
            postings=made.postings,
            sealed=sealed,
        )
        return sealer, row


@dataclass(frozen=True, slots=True)
class _Making:
    """Making: a batch between its closing and its commit."""

    ident: BatchId
    batch: Batch
    made: Made
    span: Span
    intent: Intent
    receipt: BatchTags

    def row(self, recorded: Recorded, source: SourceRow | None) -> BatchRow:
        """Return the batch's row, which makes it exist once it is committed."""
        return BatchRow(
            client=self.intent.client,
            batch=self.ident,
            stream=self.intent.stream.stream,
            source=None if source is None else source.source,
            offset=coarse(self.span.place.offset),
            length=coarse(self.span.place.length),
            lines=self.batch.lines,
            values=sum(root.values for root in self.made.roots),
            epoch=self.intent.epoch,
            received_ms=self.span.received_ms,
            first_ns=self.batch.first_ns,
            last_ns=self.batch.last_ns,
            identity=next(iter(self.receipt.identities), None),
            entry=recorded.entry,
            log_index=recorded.index,
            sealed_place=self.receipt.sealed_place,
            vault_version=self.receipt.version,
            ended=self.span.ended,
            unplaced=self.batch.timeline.unplaced,
        )

    def body(self, parts: Mapping[str, SealedRow], rules: tuple[Rule, ...]) -> Mapping[str, str]:
        """Return what the batch's entry records: ids, counts and digests alone, never a value."""
        facts = BatchFacts(
            of=self.intent.grant.entry,
            batch=self.ident,
            stream=self.intent.stream.stream,
            epoch=self.intent.epoch,
            transform=TRANSFORM,
            encoding=self.span.encoding,
            # Rounded up, as in the row: exact, they would tell for years how long an erased value
            # was in a batch of one line.
            offset=coarse(self.span.place.offset),
            bytes=coarse(self.span.place.length),
            lines=self.batch.lines,
            blocks=len(self.made.roots),
        )
        body = facts.facts()
        for number, root in enumerate(self.made.roots):
            block = BlockFacts(
                lines=root.lines,
                lines_root=root.lines_root,
                values=root.values,
                values_root=root.values_root,
            )
            body |= under(f"b{number}", block.facts())
        # The digest of each sealed file stands in the ledger, so a file that was swapped is found
        # without opening it, long after its key has ended.
        for name, sealed in parts.items():
            body |= facts_of(name, sealed)
        secrets = secrets_by_rule(self.batch, rules)
        return {**body, **under("secret", {word: str(secrets[word]) for word in secrets})}


def secrets_by_rule(batch: Batch, rules: tuple[Rule, ...]) -> Counter[str]:
    """Count the secrets of a batch by the word of the rule that found them."""
    found: Counter[str] = Counter()
    for rule, count in batch.secret_rules.items():
        found[rule_word(rules[rule].name)] += count
    return found


def rule_word(name: str) -> str:
    """Write a rule's name as a key of an entry's body may be: `key:api_key` is key-api-key."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_RULE_CHARS].strip("-")
    # A name of signs alone leaves nothing; the entry's grammar wants a word, and the count matters
    # more than the name.
    return word if word[:1].isalnum() else "unnamed"
