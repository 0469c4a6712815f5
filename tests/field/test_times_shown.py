"""Times shown: an ingest says where times came from, a search what it could not place.

esrlabs/chipmunk#399: lines before the first time are refused, or dated in silence.
"""

import pytest
from tests.absence import holds
from tests.field.conftest import Hand

LINES = b"""starting
loaded
2025-11-30 08:00:01 EST one
  at two
2025-11-30 08:00:02 IST three
2025-11-30T08:00:03Z four
"""


def test_an_ingest_counts_where_times_came_from(hand: Hand) -> None:
    said = hand.ingest(hand.file("app.log", LINES), stream="counted")
    assert said.code == 0, said.err
    expected = {
        "read": 3,
        "inherited": 1,
        "received": 2,
        "zone_assumed": {"EST": 1},
        "zone_unbelieved": {"IST": 1},
    }
    assert said.record["times"] == expected
    assert said.record["inputs"][0]["times"] == expected
    assert "lines that give no time, as does no line before them: 2" in said.err
    assert "EST" in said.err
    assert "UTC-05:00" in said.err
    assert "IST" in said.err


def test_all_times_read_are_no_reason_for_words(hand: Hand) -> None:
    said = hand.ingest(hand.file("app.log", b"2025-11-30T08:00:03Z four\n"), stream="read")
    assert said.record["times"] == {"read": 1, "inherited": 0, "received": 0}
    assert said.err.count("\n") == 2  # a new stream, in the default zone


def test_a_search_by_time_says_what_it_could_not_place(hand: Hand) -> None:
    hand.ingest(hand.file("app.log", LINES), stream="placed")
    window = ("--from", "2025-11-30", "--to", "2025-11-30")
    said = hand.search("--stream", "placed", *window)
    assert said.out.count("\n") == 4
    assert "no time places" in said.err
    assert ": 2;" in said.err
    everything = hand.search("--stream", "placed")
    assert everything.out.count("\n") == 6
    assert everything.err == ""


def test_a_search_by_time_says_how_many_of_its_lines_have_the_time_of_another(hand: Hand) -> None:
    hand.ingest(hand.file("app.log", LINES), stream="another")
    window = ("--from", "2025-11-30T08:00:03Z", "--to", "2025-11-30T14:00:00Z")
    said = hand.search("--stream", "another", *window)
    assert said.out.count("\n") == 3
    assert "that of the line before or of their receipt: 1" in said.err
    other = hand.search("--stream", "another", "--text", "two")
    assert other.err == ""


def test_lines_without_a_time_are_counted_outside_the_window_too(hand: Hand) -> None:
    hand.ingest(hand.file("app.log", b"nothing\nat all\n"), stream="outside")
    said = hand.search("--stream", "outside", "--from", "2020-01-01", "--to", "2020-02-01")
    assert "no time places" in said.err


def test_a_stream_without_such_lines_says_nothing(hand: Hand) -> None:
    hand.ingest(hand.file("app.log", b"2025-11-30T08:00:03Z four\n"), stream="dated")
    said = hand.search("--stream", "dated", "--from", "2025-11-30", "--to", "2025-11-30")
    assert said.out.count("\n") == 1
    assert said.err == ""


UNREAD = {
    "months of no language": "9 Zzz 2026 08:00:0{n} login\n",
    "a day of none": "2026-11-99 08:00:0{n} login\n",
    "signs for digits": "2026-11-30T0x:00:0{n}Z login\n",
}


@pytest.mark.parametrize("case", UNREAD)
def test_an_ingest_says_when_most_times_are_those_of_another_line(hand: Hand, case: str) -> None:
    text = "2025-11-30T08:00:00Z one\n" + "".join(UNREAD[case].format(n=n) for n in range(3))
    stream = f"unread-{list(UNREAD).index(case)}"
    said = hand.ingest(hand.file("app.log", text.encode()), stream=stream)
    assert said.record["times"] == {"read": 1, "inherited": 3, "received": 0}
    assert "lines that give no time that is read: 3" in said.err
    # The first line is found at its own time, and the others are too, though they say another.
    nothing = hand.search("--stream", stream, "--from", "2026-01-01", "--to", "2026-12-31")
    assert nothing.out == ""
    assert "a line whose time was not read" in nothing.err
    assert not holds(hand.search("--stream", stream, "--text", "nowhere").err, "was not read")


AMBIGUOUS = {
    "Europe/Paris": ("2026-10-25 02:30:00", "2026-10-25 03:30:00"),
    "America/New_York": ("2026-11-01 01:15:00", "2026-11-01 02:15:00"),
    "Africa/Casablanca": ("2026-02-15 02:05:00", "2026-02-15 03:05:00"),
}


@pytest.mark.parametrize("zone", AMBIGUOUS)
def test_an_ingest_counts_times_that_a_zone_had_twice(hand: Hand, zone: str) -> None:
    twice, once = AMBIGUOUS[zone]
    text = f"{twice} one\n{twice} two\n{once} three\n"
    stream = f"twice-{list(AMBIGUOUS).index(zone)}"
    said = hand.ingest(hand.file("app.log", text.encode()), stream=stream, zone=zone)
    assert said.record["times"] == {"read": 3, "inherited": 0, "received": 0, "ambiguous": 2}
    assert f"lines of a time that {zone} had twice, when clocks were set back: 2" in said.err
