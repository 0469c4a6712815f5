"""Times: every form that the formats of this field write, and what is no time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.field.times import DATES, EPOCHS, FIELDS, ZONES, Form
from tests.logs.texts import padded

from bailee.logs.ingest import zones
from bailee.logs.ingest.times import Timeline
from bailee.logs.store.lines import Moments

RECEIPT_NS = int(datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()) * 10**9
FORMS = {
    f"{kind}: {name}": form
    for kind, forms in (("zone", ZONES), ("date", DATES), ("field", FIELDS), ("epoch", EPOCHS))
    for name, form in forms.items()
}


def read(text: str, zone: str = "UTC") -> tuple[Moments, Timeline]:
    raw = text.encode()
    held = padded(raw)
    ends = np.flatnonzero(held.bytes[: len(raw)] == ord("\n")) + 1
    starts = np.concatenate([[0], ends[ends < len(raw)]]).astype(np.int64)
    place = UTC if zone == "UTC" else ZoneInfo(zone)
    line = Timeline(receipt_ns=RECEIPT_NS, zone=place)
    return line.read(held.address, starts, len(raw)), line


def shown(form: Form) -> str:
    found, _ = read(form.line + "\n", form.zone)
    return "none" if found.inherited[0] else str(np.datetime64(int(found.event[0]), "ns"))


@pytest.mark.parametrize("name", FORMS)
def test_a_line_is_dated_as_its_format_writes_it(name: str) -> None:
    form = FORMS[name]
    expected = form.time if form.time == "none" else str(np.datetime64(form.time, "ns"))
    assert shown(form) == expected


def test_dates_of_two_meanings_are_read_as_another_line_shows() -> None:
    found, _ = read("03/04/2025 08:00:01 a\n13/04/2025 08:00:01 b\n")
    days = [str(np.datetime64(int(at), "ns"))[:10] for at in found.event]
    assert days == ["2025-04-03", "2025-04-13"]


def test_dates_of_two_meanings_stay_unread_where_lines_contradict() -> None:
    found, line = read("03/04/2025 08:00:01 a\n13/04/2025 08:00:01 b\n04/13/2025 08:00:01 c\n")
    assert found.inherited.tolist() == [True, False, False]
    assert line.unplaced == 1


def test_where_the_times_came_from_is_counted() -> None:
    _, line = read("x\ny\n2025-11-30 08:00:01 a\nmore\n2025-11-30 08:00:01 b\n")
    assert (line.read_own, line.inherited, line.unplaced) == (2, 1, 2)


def test_what_was_made_of_a_zone_is_counted() -> None:
    times = "2025-11-30 08:00:01"
    _, line = read("".join(f"{times} {zone} x\n" for zone in ("EST", "EST", "IST", "CET", "INFO")))
    assert (dict(line.assumed), dict(line.unbelieved)) == ({"EST": 2}, {"IST": 1})


def test_a_zone_that_there_is_not_is_counted_and_not_repeated() -> None:
    _, line = read("[30-Nov-2025 08:00:01 Secret/Place] PHP\n")
    assert dict(line.unbelieved) == {"?": 1}


@pytest.mark.parametrize("name", zones.BELIEVED)
def test_the_zone_database_does_not_contradict_what_is_believed(name: str) -> None:
    for zone in ("Europe/Paris", "Asia/Tokyo", "America/Anchorage", "Pacific/Auckland"):
        for month in (1, 7):
            there = datetime(2025, month, 15, tzinfo=ZoneInfo(zone))
            if there.tzname() == name:
                assert zones.BELIEVED[name] * 60 * 10**9 == zones.east_of(there)
