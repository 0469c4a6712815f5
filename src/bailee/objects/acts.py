"""The acts on objects."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Self

from bailee import errors
from bailee.act import (
    ByteRange,
    Client,
    Download,
    Facts,
    Is,
    Param,
    Purpose,
    Reason,
    Request,
    Upload,
)
from bailee.ids import ObjectId
from bailee.objects.model import ObjectListed, VersionRow
from bailee.seal.port import Chunk

_OBJECT = "object."

_Name = Annotated[
    str, Param(kind=Is.TEXT, help="help.object_name", option="--name", metavar="NAME|@FILE")
]
_Thing = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.object_thing", positional=True, metavar="OBJECT|NAME|@FILE|-"),
]
_Version = Annotated[
    int | None, Param(kind=Is.COUNT, help="help.object_version", metavar="N", least=1)
]
_Prefix = Annotated[
    str | None, Param(kind=Is.TEXT, help="help.object_prefix", metavar="TEXT|@FILE|-")
]
_After = Annotated[str | None, Param(kind=Is.ID, help="help.object_after", metavar="OBJECT")]
_Limit = Annotated[int | None, Param(kind=Is.COUNT, help="help.object_limit", metavar="N", least=1)]
_Range = Annotated[ByteRange, Param(kind=Is.RANGE, help="help.object_range", metavar="FIRST-LAST")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectPut(ObjectListed):
    """Object put: the new version, and the SHA-256 of its ciphertext.

    That of the plain bytes is neither shown nor kept: it would confirm a guess of what they were.
    """

    sealed_sha256: bytes


class PutObject(
    Upload[ObjectPut, Iterable[Chunk]], act="object:put", implied=Purpose.CLIENT_REQUEST
):
    """Take bytes into custody; the bytes come beside."""

    client: Client
    name: _Name
    reason: Reason = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectGiven:
    """Object given: plaintext on its way out; each chunk was verified, the outcome comes last."""

    listed: ObjectListed
    size_bytes: int
    chunks: Generator[memoryview, None, None] = field(repr=False)


class GetObject(Download[ObjectGiven], act="object:get"):
    """Give bytes back: all of them, or a range."""

    client: Client
    object: _Thing
    version: _Version = None
    range: _Range = ByteRange()
    reason: Reason = None


class ListObjects(
    Request[Sequence[ObjectListed]], act="object:list", implied=Purpose.CLIENT_REQUEST
):
    """Show names, sizes and times, by name; of those that begin with `prefix`, where it is given.

    `after` is where the list goes on, `limit` how many versions it shows.
    """

    client: Client
    prefix: _Prefix = None
    after: _After = None
    limit: _Limit = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectDeleted:
    """Object deleted: what was deleted, and from when on no older copy opens either."""

    object: ObjectId
    versions: int
    state: str = "erasure-pending"
    final_by_ms: int


class DeleteObject(Request[ObjectDeleted], act="object:delete", implied=Purpose.CLIENT_REQUEST):
    """Destroy the keys of an object, all versions; final at the turn."""

    client: Client
    object: _Thing
    reason: Reason = None


class ObjectPutFacts(Facts):
    """Object put facts: what the ledger holds of a version: sizes and digests, no name."""

    object: ObjectId
    version: int
    sealed_bytes: int
    sha256: bytes
    commitment: bytes


class ObjectGivenFacts(Facts):
    """Object given facts: what the ledger holds of bytes that went out."""

    version: int
    bytes: int


class ObjectDeletedFacts(Facts):
    """Object deleted facts: how many versions; the object stands in the entry that permitted it."""

    versions: int


class DeletedAgainFacts(Facts):
    """Deleted again facts: what a client's ledger holds of a restore: objects deleted once more.

    Their first deletion is not in the restored rows; a body numbers them `object.1` and on.
    """

    objects: tuple[ObjectId, ...]

    def facts(self) -> dict[str, str]:
        """Number the objects from 1."""
        return {f"{_OBJECT}{at}": str(one) for at, one in enumerate(self.objects, 1)}

    @classmethod
    def parse(cls, body: Mapping[str, str]) -> Self:
        """Read them from a body, which may hold more; there may be none."""
        try:
            return cls(
                objects=tuple(ObjectId.parse(body[key]) for key in body if key.startswith(_OBJECT))
            )
        except ValueError:
            raise errors.Damaged("errors_ledger.facts-malformed") from None


def put_facts(row: VersionRow) -> ObjectPutFacts:
    """Give what the ledger holds of a version: `check` compares the row with it."""
    return ObjectPutFacts(
        object=row.object,
        version=row.version,
        sealed_bytes=row.sealed_bytes,
        sha256=row.digest,
        commitment=row.commitment,
    )
