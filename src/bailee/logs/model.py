"""Model of logs: streams, sources, batches, and the sealed objects of each batch.

Rows name what exists; what they show of a log (sizes, counts, times) an observer of the store sees
anyway.  A stream's name is the operator's word and stands sealed, found by a keyed hash.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bailee import errors
from bailee.act import Facts
from bailee.encoding import dec, enc
from bailee.grant import Ref
from bailee.ids import ID_BYTES, BatchId, BlobId, ClientId, EntryId, SourceId, StreamId
from bailee.limits import LABEL_CHARS
from bailee.logs.facts import SealedFacts, under
from bailee.seal.row import row_aad

STREAM = "stream"
RUN = "run"
STREAM_DOMAIN, SOURCE_DOMAIN = "log-stream", "log-source"
"""MAC domains."""
SEVERAL = StreamId(bytes(ID_BYTES))
"""In a run's row instead of a stream: it was merged from runs of several."""
SECRETS_DAYS = 30
"""How long secrets are kept where a necessity was recorded."""

_PLACE_BYTES = 8 + 8 + 32
_LABEL = re.compile(r"[a-z0-9-]+")


class Origin(StrEnum):
    """Origin: whose log it is; a closed list, for legal duties hang on it."""

    PROVIDER_TOOL = "provider-tool"
    CLIENT_APPLICATION = "client-application"
    INFRASTRUCTURE = "infrastructure"


class SegmentPart(StrEnum):
    """Segment part: one sealed object of a batch; the word is also the noun of its leaf key.

    `text` is the redacted text, `names` the identifier map.
    """

    TEXT = "text"
    NAMES = "names"
    SECRETS = "log-secrets"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """Stream row: one stream of a client; its label stands sealed, and keyed to be found by."""

    client: ClientId
    stream: StreamId
    label_key: bytes
    sealed_label: bytes
    origin: str


class StreamFacts(Facts):
    """Stream facts: what a stream is from its first ingest on; `of` is the entry of that."""

    of: EntryId
    stream: StreamId
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """Source row: one source, found by where it lies; its batches say how far it was taken in."""

    client: ClientId
    source: SourceId
    stream: StreamId
    address_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """Batch row: one batch; first and last time are nanoseconds since 1970.

    `offset` and `length` are in received bytes, rounded up (`coarse`): exact, they would tell the
    length of a value in a batch of one line.  `identity` is None once a re-sending of it need not
    be recognised any more.  `sealed_place` is the exact `BatchPlace`, under the vault key of the
    month in its `vault_version`; a turn after an erasure ends that, and with it both.  `ended` is
    whether a newline ended the last line.  `unplaced` is how many lines have the time of their
    receipt for want of another; None in a row of before, which does not tell.
    """

    client: ClientId
    batch: BatchId
    stream: StreamId
    source: SourceId | None
    offset: int
    length: int
    lines: int
    values: int
    epoch: int
    received_ms: int
    first_ns: int
    last_ns: int
    identity: bytes | None
    entry: EntryId
    log_index: int
    sealed_place: bytes | None = None
    vault_version: int | None = None
    ended: bool | None = None
    unplaced: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlace:
    """Batch place: which received bytes of its source a batch is; `digest` is their SHA-256."""

    offset: int
    length: int
    digest: bytes

    @property
    def end(self) -> int:
        """The offset of the byte after it."""
        return self.offset + self.length

    def write(self) -> bytes:
        """Encode it, always in as many bytes."""
        return self.offset.to_bytes(8, "big") + self.length.to_bytes(8, "big") + self.digest

    @classmethod
    def read(cls, blob: bytes) -> "BatchPlace":
        """Decode it; Damaged when it is not as written."""
        if len(blob) != _PLACE_BYTES:
            raise errors.Damaged("errors_sql.damaged")
        offset, length = int.from_bytes(blob[:8], "big"), int.from_bytes(blob[8:16], "big")
        return cls(offset=offset, length=length, digest=blob[16:])


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """Sealed row: one sealed object: where it is, and what its ciphertext must be."""

    blob: BlobId
    sealed_bytes: int
    sealed_extent: bytes
    """The true size, sealed: whoever could edit it could cut an object short unseen.

    Of a text, its counts by day and kind follow.
    """
    digest: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """Part row: one object of a batch; `until_ms` for what ends before its epoch does."""

    client: ClientId
    batch: BatchId
    part: SegmentPart
    sealed: SealedRow
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """Run row: one run of the token index of an epoch; its id is its file's.

    Of one stream, or of `SEVERAL`.
    """

    client: ClientId
    stream: StreamId
    epoch: int
    postings: int
    sealed: SealedRow

    def may_name(self, stream: StreamId) -> bool:
        """Tell whether a batch of a stream may stand in it."""
        return self.stream in (stream, SEVERAL)


def check_label(label: str) -> str:
    """Return a stream's label; UsageError or LimitExceeded when it is none."""
    if len(label) > LABEL_CHARS:
        raise errors.LimitExceeded("errors_logs.stream-length", limit=LABEL_CHARS)
    # Letters, digits and hyphens: it is shown in tables and typed in commands, never escaped.
    if not _LABEL.fullmatch(label):
        raise errors.UsageError("errors_logs.stream-label")
    return label


def stream_label(label: str, zone: str) -> bytes:
    """Encode what is sealed of a stream: its label, and the zone of its wall times."""
    return enc("stream", label, zone)


def read_stream_label(blob: bytes) -> tuple[str, str]:
    """Decode what `stream_label` encoded: label and zone."""
    label, zone = dec("stream", blob)
    return label.decode(), zone.decode()


def stream_message(client: ClientId, label: str) -> bytes:
    """Encode the message of the keyed hash by which a stream is found."""
    return enc("log-stream", client.raw, label)


def source_message(client: ClientId, stream: StreamId, address: str) -> bytes:
    """Encode the message of the keyed hash by which a source is found.

    Of a path in NFC: systems differ in how they compose an accent, and it is one file all the same.
    """
    composed = unicodedata.normalize("NFC", address)
    return enc("log-source", client.raw, stream.raw, composed)


def batch_message(client: ClientId, address_key: bytes, epoch: int, place: BatchPlace) -> bytes:
    """Encode the message of the tag by which a batch that is sent again is known.

    The month is in it: the same bytes declared for another month are another batch.
    """
    return enc("log-batch", client.raw, address_key, epoch, place.offset, place.digest)


def stream_ref(client: ClientId, stream: StreamId) -> Ref:
    """Return the ref of the leaf key of a stream's label."""
    return Ref(client=client, noun=STREAM, id=stream.raw)


def stream_aad(client: ClientId, stream: StreamId) -> bytes:
    """Return the associated data that binds a sealed label to its stream."""
    return row_aad(client.raw, STREAM, stream.raw, "label", 0)


def part_ref(client: ClientId, batch: BatchId, part: SegmentPart, epoch: int) -> Ref:
    """Return the ref of the leaf key of one object of a batch."""
    # Secrets end after 30 days, long before their month: below the month's key they could end only
    # with it, so theirs hang on the client's.
    own = 0 if part is SegmentPart.SECRETS else epoch
    return Ref(client=client, noun=str(part), id=batch.raw, epoch=own)


def run_ref(client: ClientId, run: BlobId, epoch: int) -> Ref:
    """Return the ref of the leaf key of an index run; it ends with the identifiers of its month."""
    return Ref(client=client, noun=RUN, id=run.raw, epoch=epoch)


def extent_aad(ref: Ref) -> bytes:
    """Return the associated data that binds a sealed true size to its object."""
    return row_aad(ref.client.raw, ref.noun, ref.id, "extent", 0)


def sealed_facts(sealed: SealedRow) -> SealedFacts:
    """Give what the ledger records of a sealed object; `check` compares the row with it."""
    return SealedFacts(
        sha256=sealed.digest, commitment=sealed.commitment, bytes=sealed.sealed_bytes
    )


def facts_of(name: str, sealed: SealedRow) -> Mapping[str, str]:
    """Give the facts of a sealed object under its name, as the entry of its batch has them."""
    return under(name, sealed_facts(sealed).facts())
