"""Order: lines are shown as they happened, whatever they came in by, and cheaply under a limit.

pbek/loganalyzer#6 and ptmcg/logmerger#51 (files one after the other), flutter/devtools#2932 (lines
of one time change places).
"""

import pytest
from tests.field.conftest import Hand

from bailee.logs.search import scan
from bailee.logs.store.columns import TextColumns


def at(*seconds: int, what: str = "line") -> bytes:
    return b"".join(
        b"2025-11-30T08:%02d:%02dZ %s %d\n" % (*divmod(n, 60), what.encode(), n) for n in seconds
    )


def bodies(said: str) -> list[str]:
    return [line.split("  ")[-1].split("Z ")[-1] for line in said.splitlines()]


def test_the_first_lines_are_those_that_happened_first(hand: Hand) -> None:
    hand.ingest(hand.file("access.log", at(20, 21, 22)), stream="web")
    hand.ingest(hand.file("access.log.1", at(10, 11, 12)), stream="web")
    said = hand.search("--stream", "web", "--limit", "2")
    assert bodies(said.out) == ["line 10", "line 11"]
    assert "more lines than the 2 that --limit allows" in said.err
    received = hand.search("--stream", "web", "--limit", "2", "--order", "received")
    assert bodies(received.out) == ["line 20", "line 21"]


def test_files_that_overlap_are_shown_as_one(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", at(0, 3, 6, 9)), stream="mixed")
    hand.ingest(hand.file("b.log", at(1, 4, 7)), stream="mixed")
    hand.ingest(hand.file("c.log", at(8, 2, 5)), stream="mixed")
    for limit in range(1, 12):
        said = hand.search("--stream", "mixed", "--limit", str(limit))
        assert bodies(said.out) == [f"line {n}" for n in range(min(limit, 10))]
        assert said.err.count("there are more") == (limit < 10)


def test_lines_of_one_time_keep_the_order_of_their_receipt(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", at(5, 5, what="a") + at(6, what="a")), stream="same")
    hand.ingest(hand.file("b.log", at(4, what="b") + at(5, 5, what="b")), stream="same")
    said = hand.search("--stream", "same")
    assert bodies(said.out) == ["b 4", "a 5", "a 5", "b 5", "b 5", "a 6"]


def test_a_text_and_a_window_are_ordered_too(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", at(*range(30, 60))), stream="text")
    hand.ingest(hand.file("b.log", at(*range(30))), stream="text")
    said = hand.search("--stream", "text", "--text", "7", "--limit", "4")
    assert bodies(said.out) == ["line 7", "line 17", "line 27", "line 37"]
    window = ("--from", "2025-11-30T08:00:28Z", "--to", "2025-11-30T08:00:32Z")
    said = hand.search("--stream", "text", *window)
    assert bodies(said.out) == ["line 28", "line 29", "line 30", "line 31"]


def test_a_person_is_found_in_order(hand: Hand) -> None:
    who = "anna@example.com"
    hand.ingest(hand.file("a.log", at(9, 7, what=who)), stream="person")
    hand.ingest(hand.file("b.log", at(8, 6, what=who)), stream="person")
    about = ("--about", f"@{hand.file('who', who.encode())}", "--purpose", "security")
    said = hand.search("--stream", "person", *about)
    assert [line[-1] for line in said.out.splitlines()] == ["6", "7", "8", "9"]


def test_what_lies_behind_the_last_line_shown_is_not_opened(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        hand.ingest(hand.file(f"{number}.log", at(number * 10, number * 10 + 1)), stream="cheap")
    opened: list[TextColumns] = []

    class Counted(TextColumns):
        def __init__(self, *given: object) -> None:
            opened.append(self)
            super().__init__(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(scan, "TextColumns", Counted)
    said = hand.search("--stream", "cheap", "--limit", "3")
    assert bodies(said.out) == ["line 0", "line 1", "line 10"]
    # Two to find four lines in, and those once more to read them.
    assert len(opened) == 4


def test_a_count_has_no_order(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", at(3, 1, 2)), stream="count")
    for order in ("time", "received"):
        assert hand.search("--stream", "count", "--count", "--order", order).out == "3\n"


def test_an_order_that_is_none_is_refused(hand: Hand) -> None:
    said = hand.search("--order", "size")
    assert said.code == 2
    assert "time, received" in said.err
