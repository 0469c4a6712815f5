"""A file is gone on with where it was left, also once its bytes can be compared no more.

After an erasure and its turn no digest of received bytes is left; what is stored of the lines
anyway, their number and their times, tells whether the file still begins with them.
"""

from pathlib import Path

import pytest
from tests.logs.test_guesses import Scene

from bailee.logs.acts import Ingested

TIMED = b"2026-09-20T10:00:%02dZ mail to awa.kone@example.org was sent %d\n"
LINES = b"".join(TIMED % (number, number) for number in range(50))
MORE = b"2026-09-20T11:00:00Z nothing of anybody\n"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path / "scene")


def forgotten(scene: Scene) -> None:
    scene.erase()
    scene.turn()


def test_it_goes_on_after_an_erasure_and_its_turn_and_brings_nobody_back(scene: Scene) -> None:
    forgotten(scene)
    taken = scene.ingest(scene.text + MORE)
    assert (taken.start, taken.lines) == (len(scene.text), 1)
    again = scene.ingest(scene.text + MORE)
    assert again.start == again.end == len(scene.text + MORE)
    assert scene.held() == 0


def test_several_batches_of_which_the_first_can_be_compared_no_more(scene: Scene) -> None:
    scene.ingest(LINES, address="/var/log/grows.log")
    forgotten(scene)
    for step in range(1, 4):
        taken = scene.ingest(LINES + MORE * step, address="/var/log/grows.log")
        assert (taken.start, taken.lines) == (len(LINES + MORE * (step - 1)), 1)


OTHERS = {
    "lines of other times": LINES.replace(b"10:00:", b"12:00:"),
    "one line fewer": LINES[: LINES.rindex(b"\n", 0, -1) + 1],
    "a last line of another time": LINES.replace(b"10:00:49", b"10:00:59"),
    "lines without times": b"".join(line[21:] + b"\n" for line in LINES.splitlines()),
    "UTF-16": LINES.decode().encode("utf-16"),
    "nothing": b"",
}


@pytest.mark.parametrize("case", OTHERS)
def test_another_file_is_taken_in_from_its_first_byte(scene: Scene, case: str) -> None:
    scene.ingest(LINES, address="/var/log/rotates.log")
    forgotten(scene)
    assert scene.ingest(OTHERS[case], address="/var/log/rotates.log").start == 0


def test_a_line_that_nothing_ended_is_taken_in_anew_rather_than_its_rest_lost(
    scene: Scene,
) -> None:
    half = LINES[:-9]
    scene.ingest(half, address="/var/log/half.log")
    forgotten(scene)
    taken = scene.ingest(LINES + MORE, address="/var/log/half.log")
    assert taken.start == LINES.rindex(b"\n", 0, -1) + 1
    assert taken.lines == 2
    assert scene.ingest(LINES + MORE, address="/var/log/half.log").lines == 0


def test_a_mark_before_the_first_line_is_passed_over(scene: Scene) -> None:
    marked = b"\xef\xbb\xbf" + LINES
    scene.ingest(marked, address="/var/log/marked.log")
    forgotten(scene)
    assert scene.ingest(marked + MORE, address="/var/log/marked.log").start == len(marked)


def test_lines_without_a_time_of_their_own_follow_those_before(scene: Scene) -> None:
    trace = LINES + b"  at one place\n  at another\n"
    scene.ingest(b"no time yet\n" + trace, address="/var/log/trace.log")
    forgotten(scene)
    taken = scene.ingest(b"no time yet\n" + trace + MORE, address="/var/log/trace.log")
    assert taken.start == len(b"no time yet\n" + trace)


def test_a_large_file_of_many_steps(scene: Scene) -> None:
    large = b"".join(
        b"2026-09-20T10:%02d:%02dZ %b awa.kone@example.org\n"
        % (number // 600 % 60, number // 10 % 60, b"x" * (number % 301))
        for number in range(20_000)
    )
    scene.ingest(large, address="/var/log/large.log")
    forgotten(scene)
    assert scene.ingest(large + MORE, address="/var/log/large.log").start == len(large)


def test_the_same_log_sent_twice_is_known_in_its_month_until_something_was_erased(
    scene: Scene,
) -> None:
    assert scene.ingest(scene.text, lasting=False, address="-").repeated == 1
    scene.erase()
    assert scene.ingest(scene.text, lasting=False, address="-").repeated == 1
    scene.turn()
    assert scene.ingest(scene.text, lasting=False, address="-").repeated == 0
    assert scene.ingest(scene.text, lasting=False, address="-").repeated == 1
    scene.clock.wall_ms += 30 * 24 * 3_600_000  # the next month: another batch
    assert scene.ingest(scene.text, lasting=False, address="-").repeated == 0


def renamed(scene: Scene, text: bytes, name: str = "grows.log.1") -> Ingested:
    return scene.ingest(text, address=f"/var/log/{name}")


def test_a_rotated_log_brings_nobody_back_after_an_erasure_and_its_turn(scene: Scene) -> None:
    scene.ingest(LINES, address="/var/log/grows.log")
    forgotten(scene)
    assert scene.held() == 0
    taken = renamed(scene, LINES + MORE)
    assert (taken.start, taken.lines) == (len(LINES), 1)
    assert (taken.likened, taken.doubted) == (True, False)
    again = renamed(scene, LINES + MORE, "grows.log.2")
    assert again.start == again.end
    assert scene.held() == 0


def test_a_log_that_came_under_each_of_its_names_is_known_after_a_turn(scene: Scene) -> None:
    scene.ingest(LINES, address="/var/log/grows.log")
    renamed(scene, LINES + MORE)
    forgotten(scene)
    taken = renamed(scene, LINES + MORE, "grows.log.2")
    assert taken.start == taken.end == len(LINES + MORE)


def test_another_log_whose_later_lines_are_written_by_the_same_clock_keeps_them(
    scene: Scene,
) -> None:
    first, last = LINES[: len(LINES) // 2], LINES[len(LINES) // 2 :]
    first += last[: last.index(b"\n") + 1]
    scene.ingest(first.replace(b"sent", b"here"), address="/var/log/a.log")
    scene.ingest(LINES.replace(b"sent", b"here"), address="/var/log/a.log")
    scene.ingest(first, address="/var/log/b.log")
    forgotten(scene)
    assert scene.ingest(LINES, address="/var/log/b.log").start == len(first)


def test_one_time_is_not_enough_to_know_a_log_by_and_that_is_said(scene: Scene) -> None:
    forgotten(scene)
    taken = renamed(scene, scene.text)
    assert (taken.start, taken.likened, taken.doubted) == (0, False, True)


UNKNOWN = {
    "without times": (b"awa.kone@example.org came\nand went\n", True),
    "in UTF-16": (LINES.decode().encode("utf-16"), True),
    "of a pipe": (LINES, False),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_cannot_be_known_again_is_said_to_be_in_doubt(scene: Scene, case: str) -> None:
    text, lasting = UNKNOWN[case]
    assert not scene.ingest(text, address="/var/log/x.log", lasting=lasting).doubted
    forgotten(scene)
    assert scene.ingest(text, address="/var/log/x.log", lasting=lasting).doubted


def test_lines_of_later_times_are_in_no_doubt(scene: Scene) -> None:
    forgotten(scene)
    assert not scene.ingest(MORE, address="/var/log/other.log").doubted
