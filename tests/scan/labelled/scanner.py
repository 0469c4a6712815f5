"""Our own scanner as the evaluator sees a scanner: bytes in, (start, end, kind) out."""

from collections.abc import Iterator
from functools import cache

from tests.scan.labelled.evaluate import Find

from bailee.scan import Flag, Kind, Scanner


@cache
def _scanner() -> Scanner:
    return Scanner()


def finds_of(data: bytes) -> Iterator[Find]:
    """Scan one stream; what is only suspected is never replaced, so it does not count."""
    finds = _scanner().scan(data)
    columns = (finds.start.tolist(), finds.end.tolist(), finds.kind.tolist(), finds.rule.tolist())
    for start, end, kind, rule in zip(*columns, strict=True):
        if finds.rules[rule].replaces:
            yield start, end, Kind(kind).name.lower()


def system_accounts(data: bytes) -> set[tuple[int, int]]:
    """Scan one stream for the spans that carry the flag `system`."""
    finds = _scanner().scan(data)
    flagged = (finds.flags & Flag.SYSTEM) != 0
    return set(zip(finds.start[flagged].tolist(), finds.end[flagged].tolist(), strict=True))
