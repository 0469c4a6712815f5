"""Our own scanner as the evaluator sees a scanner: bytes in, (start, end, kind) out."""

from collections.abc import Iterator
from functools import cache

from tests.scan.labelled.evaluate import Find

from bailee.scan import Scanner
from bailee.scan.kinds import Flag, Kind


@cache
def _scanner() -> Scanner:
    return Scanner()


def finds_of(data: bytes) -> Iterator[Find]:
    """Scan one stream; what is only suspected is never replaced, so it does not count."""
    finds = _scanner().scan(data)
    columns = zip(finds.start, finds.end, finds.kind, finds.flags, strict=True)
    for start, end, kind, flags in columns:
        if not int(flags) & Flag.SUSPECTED:
            yield int(start), int(end), Kind(int(kind)).name.lower()
