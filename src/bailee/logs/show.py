"""Show: how logs, their streams and the months of their custody are shown."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bailee import errors
from bailee.act.show import Note, Record, Show, Shows
from bailee.clock import rfc3339
from bailee.keyring.model import Erasure
from bailee.keys.model import DAY_MS
from bailee.logs.acts import (
    DestroyEpoch,
    Ending,
    EpochDestroyed,
    EraseLog,
    ExportLog,
    LineProved,
    ListEpochs,
    ListStreams,
    LogErased,
    LogExported,
    Month,
    PartOfMonth,
    ProveLog,
    StreamListed,
)
from bailee.scan.kinds import Kind
from bailee.vault import epoch as months

BY_DAY = ("stream", "day", "lines", "identifiers")
_STREAMS = ("stream", "origin", "zone", "batches", "lines", "bytes", "first", "last", "identifiers")
_MONTHS = (
    "month",
    "names",
    "names_until",
    "text",
    "text_until",
    "identifiers",
    "batches",
    "lines",
    "bytes",
)
_STEPS = ("client", "month", "part", "state", "from", "until")
_WAITS = {"asked", "needs-another", "waiting", "clock-jumped"}
_MINUTE_MS = 60_000
_NS_IN_MS = 1_000_000
_LINES = 0
"""Stands for lines where kinds are counted."""
_YEARS_MS = (-62_135_596_800_000, 253_402_300_799_999)
"""What a calendar date can show: the years 1 to 9999."""


# --- streams ---------------------------------------------------------------------------------


def _stream(one: StreamListed) -> Record:
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


def _days(one: StreamListed) -> list[Record]:
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
    names = {int(kind): kind.name.lower() for kind in Kind}
    total: Counter[str] = Counter()
    for kinds in counts:
        for kind, count in kinds.items():
            if kind != _LINES:
                # By number where the name is not known: a home of a newer version may hold kinds of
                # its own.
                total[names.get(kind, str(kind))] += count
    return dict(total.most_common())


def _day(number: int) -> str | None:
    """Write a day; None for the row that counts all days beyond the bound."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).date().isoformat()
    except OverflowError:
        return None


def _moment(time_ns: int | None) -> str | None:
    """Write a time that a line gave; None for one that no calendar has."""
    if time_ns is None or not _YEARS_MS[0] <= time_ns // _NS_IN_MS <= _YEARS_MS[1]:
        return None
    return rfc3339(time_ns // _NS_IN_MS)


def by_day(answer: Sequence[StreamListed]) -> list[Record]:
    """Give a record for each day of each stream."""
    return [row for one in answer for row in _days(one)]


def _ended(answer: Sequence[StreamListed]) -> Iterator[Note]:
    count = sum(one.ended for one in answer)
    if count:
        yield "ingest.counts_ended", {"count": count}


# --- months ----------------------------------------------------------------------------------


def _month(one: Month) -> Record:
    return {
        "month": months.text_of(one.epoch),
        **_part("names", one.names),
        **_part("text", one.text),
        "identifiers": one.values,
        "batches": one.batches,
        "lines": one.lines,
        "bytes": one.size_bytes,
    }


def _part(name: str, part: PartOfMonth) -> Record:
    asked = {} if part.asked_from_ms is None else {f"{name}_asked": True}
    # What has ended has no day on which it will.
    until = rfc3339(part.until_ms)[:10] if part.life in ("alive", "due") else None
    return {name: str(part.life), f"{name}_until": until, **asked}


def _asked(answer: Sequence[Month]) -> Iterator[Note]:
    if any(part.life == "due" for one in answer for part in (one.names, one.text)):
        yield "ending.due", {}
    for one in answer:
        for name, part in (("names", one.names), ("text", one.text)):
            if part.sooner_ms:
                days = part.sooner_ms // DAY_MS
                yield f"ending.sooner-{name}", {"month": months.text_of(one.epoch), "days": days}
            if part.asked_from_ms is not None and part.asked_until_ms is not None:
                facts = {
                    "month": months.text_of(one.epoch),
                    "start": _from(part.asked_from_ms),
                    "end": _until(part.asked_until_ms),
                }
                yield f"ending.asked-{name}", facts


def _endings(answer: EpochDestroyed) -> Iterator[tuple[Ending, EpochDestroyed]]:
    return ((one, answer) for one in answer.endings)


def _step(both: tuple[Ending, EpochDestroyed]) -> Record:
    one, answer = both
    ended = one.step == "ended"
    # Shown with the end and not with a request: only what ended becomes final.
    final = {"final_by": rfc3339(answer.erasure.effective_ms), "class": answer.erasure.wrap_class}
    return {
        "client": str(one.client),
        "month": months.text_of(one.epoch),
        "part": one.part,
        "state": str(one.step),
        "from": None if one.from_ms is None else _from(one.from_ms),
        "until": None if one.until_ms is None else _until(one.until_ms),
        **(final if ended else {}),
    }


def _explained(answer: EpochDestroyed) -> Iterator[Note]:
    for one in {(one.epoch, one.part, one.step): one for one in answer.endings}.values():
        facts = {
            "month": months.text_of(one.epoch),
            "start": "" if one.from_ms is None else _from(one.from_ms),
            "end": "" if one.until_ms is None else _until(one.until_ms),
        }
        name = f"ended-{one.part}" if one.step == "ended" else str(one.step)
        yield f"ending.step-{name}", facts
    if any(one.step == "ended" for one in answer.endings):
        yield from _final(answer.erasure)
    if not answer.endings:
        yield "ending.nothing-due", {}


def _final(erasure: Erasure) -> Iterator[Note]:
    yield erasure.sentence, {"date": rfc3339(erasure.effective_ms)[:10]}
    yield "ending.at-once", {}
    yield erasure.residual, {}


def _waiting(answer: EpochDestroyed) -> int:
    waits = any(one.step in _WAITS for one in answer.endings)
    return errors.WaitingForSecond.exit_code if waits else 0


def _from(time_ms: int) -> str:
    """Write a moment to the minute, never before it."""
    # Rounded up: whoever agrees at the minute that was shown must not be a second too soon.
    return _until(-(-time_ms // _MINUTE_MS) * _MINUTE_MS)


def _until(time_ms: int) -> str:
    """Write a moment to the minute, never after it."""
    # Cut, not rounded: at the minute that was shown the request still stands.
    return rfc3339(time_ms)[:16] + "Z"


# --- one value, one line, received bytes -----------------------------------------------------


def listed(forms: Mapping[str, int]) -> str:
    """List what was looked for: each kind, with its number of forms where there are several."""
    return ", ".join(kind if count == 1 else f"{kind} ({count})" for kind, count in forms.items())


def _erased(answer: LogErased) -> Record:
    return {
        "state": _state(answer),
        "looked_for": answer.forms,
        "doubtful": answer.doubtful,
        "kinds": answer.kinds,
        "months": [months.text_of(month) for month in answer.months],
        "final_by": rfc3339(answer.erasure.effective_ms),
        "class": answer.erasure.wrap_class,
        "searches_forgotten": answer.searches,
        "searches_kept_by": answer.kept_by,
    }


def _state(answer: LogErased) -> str:
    if answer.kinds:
        return f"erasure-{answer.erasure.stage}"
    return "doubtful" if answer.doubtful else "nothing-held"


def _erasure(answer: LogErased) -> Iterator[Note]:
    if answer.kinds:
        yield from _final(answer.erasure)
        yield "ending.erased-where-recognised", {}
        yield "ending.erased-search-records", {}
    elif not answer.doubtful:
        yield "ending.nothing-held", {"date": rfc3339(answer.erasure.effective_ms)[:10]}
    if answer.doubtful:
        yield "ending.doubtful", {"count": answer.doubtful}
    if answer.kept_by is not None:
        yield "ending.searches-kept", {"law": answer.kept_by, "days": answer.term_days}
    elif answer.searches:
        yield "ending.searches-forgotten", {"count": answer.searches}
    if not answer.kinds:
        yield "search.looked-for", {"forms": listed(answer.forms)}


def _receipt(answer: LineProved) -> bytes:
    return answer.receipt


def _size(answer: LogExported) -> int:
    return answer.size_bytes


SHOWS: Shows = {
    ListStreams: Show(columns=_STREAMS, record=_stream, notes=_ended),
    ListEpochs: Show(columns=_MONTHS, record=_month, notes=_asked),
    DestroyEpoch: Show(
        columns=_STEPS, rows=_endings, record=_step, notes=_explained, exit_code=_waiting
    ),
    EraseLog: Show(record=_erased, notes=_erasure),
    ProveLog: Show(file=_receipt),
    ExportLog: Show(size=_size),
}
