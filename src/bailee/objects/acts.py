"""The acts on objects: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.ids import ObjectId
from bailee.objects.model import ObjectListed


@dataclass(frozen=True, slots=True, kw_only=True)
class PutObject:
    """Take bytes into custody; the bytes come beside."""

    act: ClassVar[str] = "object:put"
    client: str
    name: str
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What was taken in."""

    listed: ObjectListed
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GetObject:
    """Give bytes back: all, or `length` bytes from `start` (from 0; None: to the end)."""

    act: ClassVar[str] = "object:get"
    client: str
    object: str
    purpose: str | None = None
    reason: str | None = None
    version: int | None = None
    start: int = 0
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListObjects:
    """Show names, sizes and times."""

    act: ClassVar[str] = "object:list"
    client: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteObject:
    """Destroy the keys of an object, all versions; final at the turn."""

    act: ClassVar[str] = "object:delete"
    client: str
    object: str
    purpose: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What was deleted, and from when on no older copy opens either."""

    object: ObjectId
    versions: int
    final_by_ms: int
