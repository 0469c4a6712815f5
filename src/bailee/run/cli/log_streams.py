"""`bailee log streams`: what came in, counted; no value is shown."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bailee.clock import rfc3339
from bailee.logs.acts import ListStreams, StreamListed
from bailee.run.cli import frame, option, spoken
from bailee.run.cli.log import app
from bailee.text import say

_COLUMNS = ("stream", "origin", "zone", "batches", "lines", "bytes", "first", "last", "identifiers")
_BY_DAY = ("stream", "day", "lines", "identifiers")
_NS_IN_MS = 1_000_000
_LINES = 0
_YEARS_MS = (-62_135_596_800_000, 253_402_300_799_999)
"""What a calendar date can show: the years 1 to 9999."""


@spoken.act(app, "streams", "log_streams")
def streams(
    *,
    client: option.Client,
    days: Annotated[bool, typer.Option("--days", help=say("ingest.help_days"))] = False,
    purpose: option.Purpose = None,
) -> int:
    """List the streams of a client."""
    with frame.opened() as house:
        answer = house.caller.call(ListStreams(client=client, purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    if days and frame.session.output == "table":
        frame.show([row for one in answer for row in _days(one)], columns=_BY_DAY)
    else:
        frame.show([_record(one) for one in answer], columns=_COLUMNS)
    ended = sum(one.ended for one in answer)
    if ended:
        frame.tell("ingest.counts_ended", count=ended)
    return 0


def _record(one: StreamListed) -> frame.Record:
    return {
        "stream": one.label,
        "id": str(one.stream),
        "origin": one.origin,
        "zone": one.zone,
        "batches": one.batches,
        "lines": one.lines,
        "bytes": one.size_bytes,
        "first": _moment(one.first_ns),
        "last": _moment(one.last_ns),
        "identifiers": _named(one.days.values()),
        "days": _days(one),
        "ended": one.ended,
    }


def _days(one: StreamListed) -> list[frame.Record]:
    return [
        {
            "stream": one.label,
            "day": _day(day),
            "lines": kinds.get(_LINES, 0),
            "identifiers": _named((kinds,)),
        }
        for day, kinds in one.days.items()
    ]


def _named(counts: Iterable[Mapping[int, int]]) -> dict[str, int]:
    """Add counts up by the names of kinds."""
    from bailee.scan.kinds import Kind  # noqa: PLC0415  # its package loads numba

    names = {int(kind): kind.name.lower() for kind in Kind}
    total: Counter[str] = Counter()
    for kinds in counts:
        for kind, count in kinds.items():
            if kind != _LINES:
                total[names.get(kind, str(kind))] += count
    return dict(total.most_common())


def _day(number: int) -> str | None:
    """Write a day; None for all that are too many to be told apart."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
    except OverflowError:
        return None


def _moment(time_ns: int | None) -> str | None:
    """Write a time that a line gave; None for one that no calendar has."""
    if time_ns is None or not _YEARS_MS[0] <= time_ns // _NS_IN_MS <= _YEARS_MS[1]:
        return None
    return rfc3339(time_ns // _NS_IN_MS)
