"""Model of objects: versions, each with a sealed label and sealed content, a leaf key apiece.

The label (name, true size, time) opens without the content, so that a list needs no content key;
and the true size stands in it because whoever could edit it could cut a file short unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bailee import errors
from bailee.encoding import dec, enc
from bailee.grant import Ref, Scope
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.limits import NAME_BYTES

NOUN = "object"
"""The noun by which names of objects stand in shards."""
CONTENT = "object"
LABEL = "object-label"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """Version row: its sealed label, which sealed file holds it, and what that file must be."""

    client: ClientId
    object: ObjectId
    version: int
    sealed_label: bytes
    blob: BlobId
    sealed_bytes: int
    digest: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectListed:
    """Object listed: one version as a list shows it; time in milliseconds since 1970."""

    object: ObjectId
    version: int
    name: str
    size_bytes: int
    stored_ms: int

    def label(self) -> bytes:
        """Encode what is sealed in the row."""
        return enc("object-label", self.name, self.size_bytes, self.stored_ms)


def check_name(name: str) -> None:
    """LimitExceeded when a name is empty or too long."""
    if not 0 < len(name.encode()) <= NAME_BYTES:
        raise errors.LimitExceeded("errors_objects.name-length", limit=NAME_BYTES)


def listed(row: VersionRow, label: bytes) -> ObjectListed:
    """Read an opened label."""
    name, size, stored = dec("object-label", label)
    return ObjectListed(
        object=row.object,
        version=row.version,
        name=name.decode(),
        size_bytes=int.from_bytes(size, "big"),
        stored_ms=int.from_bytes(stored, "big"),
    )


def label_ref(client: ClientId, obj: ObjectId, version: int) -> Ref:
    """Return the ref of the leaf key of one version's label."""
    return Ref(client=client, noun=LABEL, id=obj.raw, version=version)


def content_ref(client: ClientId, obj: ObjectId, version: int) -> Ref:
    """Return the ref of the leaf key of one version's content."""
    return Ref(client=client, noun=CONTENT, id=obj.raw, version=version)


def labels_scope(objects: Iterable[ObjectId] | None = None) -> Scope:
    """Return the scope of the labels of these objects, or of all of the client's."""
    if objects is None:
        return Scope(noun=LABEL)
    return Scope(noun=LABEL, ids=frozenset(obj.raw for obj in objects))


def content_scope(obj: ObjectId) -> Scope:
    """Return the scope of the contents of one object and of no other."""
    return Scope(noun=CONTENT, ids=frozenset((obj.raw,)))
