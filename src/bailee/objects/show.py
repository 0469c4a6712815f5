"""How objects are shown."""

from collections.abc import Iterator

from bailee.act.show import Note, Show, Shows
from bailee.clock import rfc3339
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, ObjectDeleted, ObjectGiven


def _final_by(answer: ObjectDeleted) -> Iterator[Note]:
    yield "cli.erasure_pending", {"date": rfc3339(answer.final_by_ms)[:10]}


def _size(answer: ObjectGiven) -> int:
    return answer.size_bytes


SHOWS: Shows = {
    ListObjects: Show(columns=("name", "version", "size", "stored", "object")),
    GetObject: Show(size=_size),
    DeleteObject: Show(notes=_final_by),
}
