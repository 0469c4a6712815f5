"""Binds the acts on objects to the parts of a process."""

from bailee.act import Binding
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.port import ObjectRows
from bailee.objects.service import Objects
from bailee.parts import Parts


def bind(parts: Parts, rows: ObjectRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    objects = Objects(
        work=parts.work,
        rows=rows,
        blobs=parts.blobs,
        keys=parts.keyring,
        monitor=parts.monitor,
        find_client=parts.find_client,
        final_by_ms=parts.final_by_ms,
        clock=parts.clock,
    )
    return (
        PutObject.by(objects.put),
        GetObject.by(objects.get),
        ListObjects.by(objects.list),
        DeleteObject.by(objects.delete),
    )
