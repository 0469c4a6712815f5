"""Values of the ledger: drafts, entries, heads, openings.

The row of an entry shows an observer of the database when something happened and in which log,
nothing of what.  Kind and body are sealed under the body key of their year; the subject under a
leaf key of its own, so that it can be forgotten while the entry stays verifiable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bailee.encoding import dec, enc
from bailee.grant import Ref
from bailee.ids import ClientId, EntryId, LedgerId
from bailee.proof.receipt import entry as form
from bailee.proof.tree.checkpoint import Checkpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.tree.note import VerifierKey
from bailee.seal.row import row_aad

ENTRY_NOUN = "entry"
SUBJECT_NOUN = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """What is to be recorded as one entry."""

    kind: str
    # What names nobody goes here, what names somebody there: the body is kept for as long as a law
    # asks, the subject can be forgotten on any day.
    body: Mapping[str, str]
    subject: Mapping[str, str] | None = None
    t_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What was recorded, once the unit of work around it is durable."""

    entry: EntryId
    index: int
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """Head of a ledger: how far it has been signed, the note as published, and when."""

    size: int
    root: bytes
    note: bytes
    signed_ms: int


# Size 0 has the root of RFC 6962 for nothing: the first step compares with it as with any other
# head.
UNSIGNED = LedgerHead(size=0, root=EMPTY_ROOT, note=b"", signed_ms=0)
"""The head of a ledger that was never signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTaken:
    """When the provider's ledger last took a client's head, and when that head was signed."""

    taken_ms: int
    signed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """Row of a ledger: `count` entries are committed, the first `head.size` of them signed."""

    client: ClientId
    log: LedgerId
    origin: str
    public_key: bytes
    # In the row of the ledger, so that an index is taken and given back with its transaction.
    count: int
    head: LedgerHead

    @property
    def key(self) -> VerifierKey:
        """The verifier key that the client is given once, and that signs now."""
        return VerifierKey(name=self.origin, public=self.public_key)


class LedgerExtent(NamedTuple):
    """How far the rows of a ledger go: what is compared with its anchor at the custodians."""

    client: ClientId
    log: LedgerId
    origin: str
    length: int
    size: int
    root: bytes
    revision: int | None
    """How often the client's sets of rows have changed; None where their head does not open."""


class AnchorList(NamedTuple):
    """What one custodian was left with of anchors: the list only grows while `era` stays."""

    era: int
    records: Sequence[bytes]
    answers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """Row of an entry; the body is None when it was lost in a recovery."""

    index: int
    entry: EntryId
    leaf: bytes
    time_ms: int
    # In clear beside the time that gives it, since it names the body key: `check` compares the two.
    year: int
    body: bytes | None
    subject: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """How much there is to open between two indexes of a ledger."""

    years: int
    subjects: int
    lost: int

    @property
    def openings(self) -> int:
        """How many openings a grant needs for all of it: one a year, one a subject."""
        return self.years + self.subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryShown:
    """An entry, opened: who did what, when, why."""

    index: int
    opening: form.EntryOpening

    @property
    def entry(self) -> EntryId:
        """Its id."""
        return EntryId(self.opening.entry)

    @property
    def body(self) -> Mapping[str, str]:
        """The body: what it says without naming anyone."""
        return form.decode_body(self.opening.body)

    @property
    def subject(self) -> Mapping[str, str] | None:
        """The subject: whom it names and why; None when it names nobody or was forgotten."""
        blob = self.opening.subject
        return None if blob is None else form.decode_subject(blob)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerHead:
    """Signer state: the last head that it agreed to sign, kept outside the database."""

    origin: str
    size: int
    root: bytes

    def checkpoint(self) -> Checkpoint:
        """Return it as a checkpoint, whose three lines are also the form in which it is kept."""
        return Checkpoint(origin=self.origin, size=self.size, root=self.root)


def subject_ref(client: ClientId, entry: EntryId) -> Ref:
    """Return what names the leaf key of a subject."""
    return Ref(client=client, noun=SUBJECT_NOUN, id=entry.raw)


def body_aad(client: ClientId, entry: EntryId) -> bytes:
    """Return what binds a sealed body to its entry."""
    return row_aad(client.raw, ENTRY_NOUN, entry.raw, "body", form.FORMAT)


def subject_aad(client: ClientId, entry: EntryId) -> bytes:
    """Return what binds a sealed subject to its entry."""
    return row_aad(client.raw, ENTRY_NOUN, entry.raw, "subject", form.FORMAT)


def pack_body(opening: form.EntryOpening) -> bytes:
    """Encode what the body key seals: nonce, kind, version, time, body, commitment."""
    return enc(
        "entry-body",
        opening.nonce,
        opening.kind,
        form.FORMAT,
        opening.time_ms,
        opening.body,
        opening.subject_commitment,
    )


def unpack_body(entry: EntryId, packed: bytes) -> form.EntryOpening:
    """Decode it, the subject left closed; ValueError when it is not that."""
    # `dec` refuses any other number of parts; the format is compared, so that one of a later
    # version is refused and not read by this one's rules.
    nonce, kind, version, time, body, commitment = dec("entry-body", packed)
    if int.from_bytes(version, "big") != form.FORMAT:
        raise ValueError("an entry of another format")
    return form.EntryOpening(
        entry=entry.raw,
        kind=kind.decode(),
        time_ms=int.from_bytes(time, "big"),
        body=body,
        nonce=nonce,
        subject_commitment=commitment,
    )


def pack_subject(nonce: bytes, subject: bytes) -> bytes:
    """Encode what the leaf key of a subject seals."""
    return enc("entry-subject", nonce, subject)


def unpack_subject(packed: bytes) -> tuple[bytes, bytes]:
    """Decode it into nonce and subject; ValueError when it is not that."""
    nonce, subject = dec("entry-subject", packed)
    return nonce, subject


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerExported:
    """What an export wrote: its size, how many entries and subjects were opened in it."""

    origin: str
    size: int
    opened: int
    subjects: int
