"""What lines say of their time, form by form."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.logs.texts import padded

from bailee.logs.ingest.times import Timeline
from bailee.logs.store.lines import Moments

RECEIPT = datetime(2026, 3, 1, 12, tzinfo=UTC)
RECEIPT_NS = int(RECEIPT.timestamp()) * 10**9


def read(text: bytes, zone: str = "UTC", last_ns: int | None = None) -> Moments:
    held = padded(text)
    ends = np.flatnonzero(held.bytes[: len(text)] == 10) + 1
    starts = np.concatenate([[0], ends[ends < len(text)]]).astype(np.int64)
    place = UTC if zone == "UTC" else ZoneInfo(zone)
    line = Timeline(receipt_ns=RECEIPT_NS, zone=place, last_ns=last_ns)
    return line.read(held.address, starts, len(text))


FORMS = {
    "CLF": ('1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET', "2000-10-10T20:55:36"),
    "RFC 3339": ("2026-01-02T03:04:05.123456Z y", "2026-01-02T03:04:05.123456"),
    "with an offset": ("x 2026-01-02T03:04:05+01:00 y", "2026-01-02T02:04:05"),
    "with an offset after a space": ("2026-01-02 03:04:05 +0100 y", "2026-01-02T02:04:05"),
    "ISO with a comma": ("2005-06-09 06:07:04,123 x", "2005-06-09T06:07:04.123"),
    "slashes": ("2016/09/28 04:30:30 [error]", "2016-09-28T04:30:30"),
    "syslog of this year": ("Feb 10 06:55:46 host sshd", "2026-02-10T06:55:46"),
    "syslog of last year": ("Mar  4 06:55:46 host sshd", "2025-03-04T06:55:46"),
    "syslog of tomorrow": ("Mar  2 06:55:46 host sshd", "2026-03-02T06:55:46"),
    "syslog with a priority": ("<34>Oct 11 22:14:15 su", "2025-10-11T22:14:15"),
    "a leap day without year": ("Feb 29 00:00:00 x", "2024-02-29T00:00:00"),
    "asctime": ("[Sun Dec 04 04:47:44 2005] [notice]", "2005-12-04T04:47:44"),
    "asctime with a fraction": ("[Wed Oct 11 14:32:52.5 2000]", "2000-10-11T14:32:52.5"),
    "squid": ("1286536308.779    921 192", "2010-10-08T11:11:48.779"),
    "Unix milliseconds in JSON": ('{"ts":1600000000123,"x"', "2020-09-13T12:26:40.123"),
    "Unix seconds by key": ("level=info time=1600000000 x", "2020-09-13T12:26:40"),
    "a leap second": ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00"),
    "after the first 64 bytes": ("x" * 100 + " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
}
NONE = {
    "no such day": "2023-02-30 00:00:00",
    "no such month": "2023-13-01 00:00:00",
    "no such hour": "2023-01-01 24:00:00",
    "a counter of twelve digits": "123456789012 x",
    "a run of digits without a key": "id 1600000000 x",
    "a far year": "9999-01-01 00:00:00",
    "a time without a date": "at 10:11:12 x",
    "beyond 256 bytes": "x" * 260 + " 2026-01-02T03:04:05Z",
    "nothing": "",
}


@pytest.mark.parametrize("form", FORMS)
def test_form(form: str) -> None:
    line, expected = FORMS[form]
    found = read(line.encode() + b"\n")
    assert not found.inherited[0]
    assert np.datetime64(int(found.event[0]), "ns") == np.datetime64(expected, "ns")


@pytest.mark.parametrize("form", NONE)
def test_what_is_no_time_takes_the_arrival(form: str) -> None:
    found = read(NONE[form].encode() + b"\n")
    assert found.inherited[0]
    assert int(found.event[0]) == RECEIPT_NS


def test_a_line_without_time_inherits_the_one_before() -> None:
    found = read(b"first\n2026-01-02T03:04:05Z a\nmore\n")
    assert found.inherited.tolist() == [True, False, True]
    assert found.event[0] == RECEIPT_NS
    assert found.event[2] == found.event[1]


def test_the_last_time_is_carried_from_block_to_block() -> None:
    assert int(read(b"x\n", last_ns=77).event[0]) == 77


def test_a_wall_time_is_of_the_zone_that_was_declared() -> None:
    text = b"2026-01-01 12:00:00 a\n2026-07-01 12:00:00 b\n2026-07-01T12:00:00Z c\n"
    hours = [str(np.datetime64(int(at), "ns"))[11:13] for at in read(text, "Europe/Paris").event]
    assert hours == ["11", "10", "12"]
