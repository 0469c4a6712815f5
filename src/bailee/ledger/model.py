"""What the ledger keeps: drafts, entries, heads, openings.  Values only.

An entry's row shows an observer of the database when something happened and to which log it
belongs, nothing of what; kind and body are sealed under the law key of their year, the subject
under a leaf key of its own, so that it can be forgotten while the entry stays verifiable.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bailee.encoding import dec, enc
from bailee.grant import Ref
from bailee.ids import ClientId, EntryId, LogId
from bailee.proof.receipt import entry as form
from bailee.proof.tree.checkpoint import Checkpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.tree.note import VerifierKey
from bailee.seal.row import row_aad

ENTRY_NOUN = "entry"
SUBJECT_NOUN = "subject"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """What is to be recorded."""

    kind: str
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
    """How far a log has been signed: the note as published, and when."""

    size: int
    root: bytes
    note: bytes
    signed_ms: int


UNSIGNED = LedgerHead(size=0, root=EMPTY_ROOT, note=b"", signed_ms=0)
"""The head of a log that was never signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTaken:
    """When the provider's log last took a client's head, and when that head was signed."""

    taken_ms: int
    signed_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A log as the database has it: `count` entries are committed, `head.size` are signed."""

    client: ClientId
    log: LogId
    origin: str
    public_key: bytes
    count: int
    head: LedgerHead

    @property
    def key(self) -> VerifierKey:
        """The verifier key that the client is given once, and that signs now."""
        return VerifierKey(name=self.origin, public=self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry as the database has it; the body is None when it was lost in a recovery."""

    index: int
    entry: EntryId
    leaf: bytes
    time_ms: int
    year: int
    body: bytes | None
    subject: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedEntry:
    """What there is to open in a stretch of a log."""

    years: int
    subjects: int
    lost: int

    @property
    def openings(self) -> int:
        """How many a grant needs to read all of it: a key per year, a key per subject."""
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
        """What it says without naming anyone."""
        return form.decode_body(self.opening.body)

    @property
    def subject(self) -> Mapping[str, str] | None:
        """Whom it names and why; None when it names nobody or was forgotten."""
        blob = self.opening.subject
        return None if blob is None else form.decode_subject(blob)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerHead:
    """What the signer remembers outside the database: the last head it agreed to sign."""

    origin: str
    size: int
    root: bytes

    def checkpoint(self) -> Checkpoint:
        """Return it as a checkpoint, whose three lines are also how it is kept."""
        return Checkpoint(origin=self.origin, size=self.size, root=self.root)


def subject_ref(client: ClientId, entry: EntryId) -> Ref:
    """Name the leaf key of a subject."""
    return Ref(client=client, noun=SUBJECT_NOUN, id=entry.raw)


def body_aad(client: ClientId, entry: EntryId) -> bytes:
    """Bind a sealed body to its entry."""
    return row_aad(client.raw, ENTRY_NOUN, entry.raw, "body", form.FORMAT)


def subject_aad(client: ClientId, entry: EntryId) -> bytes:
    """Bind a sealed subject to its entry."""
    return row_aad(client.raw, ENTRY_NOUN, entry.raw, "subject", form.FORMAT)


def pack_body(opening: form.EntryOpening) -> bytes:
    """Encode what is sealed under the law key: nonce, kind, version, time, body, commitment."""
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
    """Encode what is sealed under the leaf key of the subject."""
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
