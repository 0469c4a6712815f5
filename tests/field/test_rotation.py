"""Rotation: a log is known by what it holds, whatever it is called since, and goes on there.

open-telemetry/opentelemetry-collector-contrib#40523, vectordotdev/vector#7990 (packed since),
elastic/beats#39731 (copied and truncated), logstash-plugins/logstash-input-file#225 (renamed),
elastic/beats#50566 (distinct logs that begin alike).
"""

import bz2
import gzip
import lzma
from collections.abc import Callable, Mapping

import pytest
import zstandard
from tests.field.conftest import Hand
from tests.field.containers import tar, zipped


def lines(first: int, count: int) -> bytes:
    return b"".join(
        b'192.0.2.%d - - [30/Nov/2025:%02d:%02d:%02d +0000] "GET /%d HTTP/1.1" 200 %d\n'
        % (n % 250, n // 3_600 % 24, n // 60 % 60, n % 60, n, n * 7)
        for n in range(first, first + count)
    )


OLD, NEW = lines(0, 500), lines(500, 300)

Rename = tuple[str, Callable[[bytes], bytes]]
SCHEMES: Mapping[str, Rename] = {
    "a number": ("access.log.1", bytes),
    "a number, packed": ("access.log.2.gz", gzip.compress),
    "packed by bzip2": ("access.log.2.bz2", bz2.compress),
    "packed by xz": ("access.log.3.xz", lzma.compress),
    "packed by zstd": ("access.log.4.zst", zstandard.compress),
    "a date": ("access.log-20251130", bytes),
    "a date, packed": ("access.log-20251130.gz", gzip.compress),
    "a date with the hour": ("access-2025-11-30-08.log", bytes),
    "another extension": ("access.1.log", bytes),
    "a folder for what is old": ("old/access.log", bytes),
    "a suffix": ("access.log.old", bytes),
    "a prefix": ("2025-11-30.access.log", bytes),
    "archived": ("logs.tar", lambda data: tar({"access.log.1": data})),
    "archived and packed": ("logs.tar.gz", lambda data: gzip.compress(tar({"access.log": data}))),
    "zipped": ("access.log.zip", lambda data: zipped({"access.log": data})),
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_held_under_another_name_is_not_held_again(hand: Hand, scheme: str) -> None:
    stream = "s" + "".join(char for char in scheme if char.isalpha())
    name, pack = SCHEMES[scheme]
    assert hand.ingest(hand.file("access.log", OLD), stream=stream).record["lines"] == 500
    moved = hand.file(name, pack(OLD))
    said = hand.ingest(moved, hand.file("access.log", NEW), stream=stream)
    assert said.code == 0, said.err
    assert [one["lines"] for one in said.record["inputs"]] == [0, 300]
    assert said.record["held_before"] == len(OLD)
    assert hand.export("--stream", stream) == OLD + NEW


def test_a_file_put_together_of_held_logs_is_not_held_again(hand: Hand) -> None:
    """As `cat access.log.2 access.log.1 access.log > all.log` makes it, and more behind them."""
    first, second, third = lines(0, 200), lines(5_000, 300), lines(9_000, 100)
    for name, text in (("a.log", first), ("b.log", second), ("c.log", third)):
        hand.ingest(hand.file(name, text), stream="joined")
    more = lines(20_000, 50)
    said = hand.ingest(hand.file("all.log", second + first + third + more), stream="joined")
    assert said.code == 0, said.err
    assert said.record["lines"] == 50
    assert said.record["held_before"] == len(first + second + third)
    grown = hand.file("all.log", second + first + third + more + lines(30_000, 10))
    assert hand.ingest(grown, stream="joined").record["lines"] == 10
    assert hand("check", "--deep").code == 0


def test_a_held_log_that_has_grown_is_known_up_to_there_behind_another(hand: Hand) -> None:
    first, second = lines(0, 200), lines(5_000, 300)
    hand.ingest(hand.file("a.log", first), stream="grown-behind")
    hand.ingest(hand.file("b.log", second), stream="grown-behind")
    hand.ingest(hand.file("b.log", second + lines(5_300, 20)), stream="grown-behind")
    joined = first + second + lines(5_300, 25)
    said = hand.ingest(hand.file("both.log", joined), stream="grown-behind")
    assert said.record["lines"] == 5


def test_a_line_that_another_log_began_with_is_not_lost_behind_this_one(hand: Hand) -> None:
    """Too short to be known by: the same line may well be written twice."""
    one = lines(700, 1)
    hand.ingest(hand.file("short.log", one), stream="short")
    hand.ingest(hand.file("long.log", lines(0, 40)), stream="short")
    said = hand.ingest(hand.file("long.log", lines(0, 40) + one), stream="short")
    assert said.record["lines"] == 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_came_between_the_last_look_and_the_rotation_is_taken_in(
    hand: Hand, scheme: str
) -> None:
    stream = "g" + "".join(char for char in scheme if char.isalpha())
    name, pack = SCHEMES[scheme]
    hand.ingest(hand.file("access.log", lines(0, 200)), stream=stream)
    hand.ingest(hand.file("access.log", lines(0, 350)), stream=stream)
    said = hand.ingest(hand.file(name, pack(OLD)), stream=stream)
    assert said.record["lines"] == 150
    assert hand.ingest(hand.files / name, stream=stream).record["lines"] == 0
    assert hand.export("--stream", stream) == OLD


def test_a_year_of_rotations_holds_each_line_once(hand: Hand) -> None:
    log = hand.file("logs/access.log", b"")
    for turn in range(5):
        log.write_bytes(lines(turn * 100, 60))
        hand.ingest(log.parent, stream="year")
        log.write_bytes(lines(turn * 100, 100))
        for number in range(turn, 0, -1):
            before = log.parent / f"access.log.{number}.gz"
            before.rename(log.parent / f"access.log.{number + 1}.gz")
        (log.parent / "access.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.write_bytes(b"")
    last = hand.ingest(log.parent, stream="year").record
    assert last["lines"] == 40
    assert hand("log", "search", "--client", "acme", "--stream", "year", "--count").out == "500\n"


def test_a_copy_and_its_truncated_original(hand: Hand) -> None:
    log = hand.file("app.log", OLD)
    hand.ingest(log, stream="truncated")
    copy = hand.file("app.log.1", OLD)
    log.write_bytes(NEW)
    said = hand.ingest(copy, log, stream="truncated")
    assert [one["lines"] for one in said.record["inputs"]] == [0, 300]
    log.write_bytes(NEW + lines(800, 10))
    assert hand.ingest(log, stream="truncated").record["lines"] == 10
    assert hand.export("--stream", "truncated") == OLD + NEW + lines(800, 10)


def test_truncated_and_grown_beyond_where_it_was(hand: Hand) -> None:
    log = hand.file("app.log", lines(0, 100))
    hand.ingest(log, stream="regrown")
    log.write_bytes(lines(100, 400))
    assert hand.ingest(log, stream="regrown").record["lines"] == 400


def test_what_came_by_a_pipe_is_known_as_a_file(hand: Hand) -> None:
    first = hand.file("a.log", OLD)
    with pytest.MonkeyPatch.context() as patch, first.open("rb") as stream:
        patch.setattr("sys.stdin", type("Stdin", (), {"buffer": stream}))
        assert hand.ingest("-", stream="piped").record["lines"] == 500
    assert hand.ingest(first, stream="piped").record["lines"] == 0


@pytest.mark.parametrize("line", [b"# started\n", b"2025-11-30 08:00:01 started\n"])
def test_two_logs_that_begin_with_one_line_keep_it_both(hand: Hand, line: bytes) -> None:
    stream = f"alike-{len(line)}"
    hand.ingest(hand.file("a.log", line), stream=stream)
    said = hand.ingest(hand.file("b.log", line + b"then more\n"), stream=stream)
    assert said.record["lines"] == 2
    assert hand.export("--stream", stream) == line + line + b"then more\n"


def test_another_stream_holds_it_by_itself(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", OLD), stream="mine")
    assert hand.ingest(hand.file("a.log.1", OLD), stream="other").record["lines"] == 500


def test_a_line_that_differs_is_another_log(hand: Hand) -> None:
    hand.ingest(hand.file("a.log", OLD), stream="differs")
    other = OLD.replace(b"/499 ", b"/498 ")
    assert hand.ingest(hand.file("b.log", other), stream="differs").record["lines"] == 500


def test_lines_without_times_are_known_too(hand: Hand) -> None:
    plain = b"".join(b"job %d done\n" % number for number in range(500))
    hand.ingest(hand.file("a.log", plain), stream="undated")
    assert hand.ingest(hand.file("a.log.1", plain), stream="undated").record["lines"] == 0
