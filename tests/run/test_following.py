"""Files that are followed: each rotation, truncation and crash, and every line there once."""

import gzip
import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from tests.run.followed import Follows, Killed, founded
from tests.run.homes import make, opened

from bailee import errors
from bailee.logs.push.acts import PushLines
from bailee.run.follow import follower
from bailee.run.wiring.app import App


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    place = tmp_path_factory.mktemp("home")
    make(place)
    with opened(place) as app:
        founded(app)
        yield app


_streams = count()


@pytest.fixture
def logs(house: App, tmp_path: Path) -> Follows:
    folder = tmp_path / "logs"
    folder.mkdir()
    return Follows(house, folder, ("a.log",), stream=f"s{next(_streams)}")


def write(path: Path, *lines: str, end: str = "\n") -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + end)


def copytruncate(path: Path) -> Path:
    copy = path.with_name(f"{path.name}.1")
    shutil.copyfile(path, copy)
    os.truncate(path, 0)
    return copy


def packed(path: Path) -> None:
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def test_lines_are_read_on_and_a_half_written_one_waits(logs: Follows) -> None:
    log = logs.folder / "a.log"
    logs.settle()  # it is not there yet
    write(log, "one", "tw", end="")
    logs.settle()
    assert logs.held() == [b"one"]
    write(log, "o", "three")
    logs.settle()
    logs.kill()
    write(log, "four")
    logs.settle()
    assert logs.held() == [b"one", b"two", b"three", b"four"]


@pytest.mark.parametrize("away", [False, True], ids=["there", "away"])
@pytest.mark.parametrize("partly", [False, True], ids=["taken", "partly"])
@pytest.mark.parametrize("way", ["rename", "copy", "pack", "twice", "deleted", "between"])
def test_a_rotation_loses_nothing_and_doubles_nothing(
    logs: Follows, way: str, *, partly: bool, away: bool
) -> None:
    log, rotated = logs.folder / "a.log", logs.folder / "a.log.1"
    write(log, "one", "two")
    logs.settle()
    if partly:
        write(log, "three")
    if away:
        logs.kill()
    expected = [b"one", b"two", *([b"three"] if partly else [])]
    if way == "copy":
        copytruncate(log)
    elif way == "deleted":
        if partly and away:
            pytest.skip("what is deleted while nobody reads it is gone")
        log.unlink()
    else:
        log.rename(rotated)
    if way == "between" and not away:
        logs.round()
    if way in ("pack", "twice"):
        packed(rotated)
    write(log, "four")
    expected += [b"four"]
    if way == "twice":
        rotated.with_name("a.log.1.gz").rename(logs.folder / "a.log.2.gz")
        log.rename(rotated)
        write(log, "five")
        expected += [b"five"]
    logs.settle()
    write(log, "six")
    logs.settle()
    logs.kill()
    logs.settle()
    assert sorted(logs.held()) == sorted([*expected, b"six"])


def test_what_lay_beside_before_it_began_is_not_taken_and_what_comes_later_is(
    logs: Follows,
) -> None:
    log = logs.folder / "a.log"
    write(logs.folder / "a.log.1", "old", "older")
    write(logs.folder / "a.log.2", "oldest")
    packed(logs.folder / "a.log.2")
    write(log, "new")
    logs.settle()
    logs.kill()
    packed(logs.folder / "a.log.1")
    write(logs.folder / "a.log.1", "between")
    logs.settle()
    assert logs.held() == [b"new", b"between"]


def test_a_file_that_was_emptied_and_begun_anew_is_another(logs: Follows) -> None:
    log = logs.folder / "a.log"
    write(log, "one", "two")
    logs.settle()
    os.truncate(log, 0)
    write(log, "one of another beginning, and longer than it was")
    logs.settle()
    log.unlink()
    write(log, "one", "two")
    logs.settle()
    assert logs.held() == [
        b"one",
        b"two",
        b"one of another beginning, and longer than it was",
        b"one",
        b"two",
    ]


def test_a_folder_a_pattern_and_a_link_that_is_replaced(logs: Follows) -> None:
    logs.paths = ("*.log", "more", "current")
    (logs.folder / "more").mkdir()
    write(logs.folder / "a.log", "a")
    write(logs.folder / "more" / "b.txt", "b")
    write(logs.folder / "of-monday", "c")
    (logs.folder / "current").symlink_to("of-monday")
    logs.settle()
    write(logs.folder / "c.log", "d")
    write(logs.folder / "of-tuesday", "e")
    write(logs.folder / "of-monday", "f")
    (logs.folder / "next").symlink_to("of-tuesday")
    (logs.folder / "next").rename(logs.folder / "current")
    logs.settle()
    assert sorted(logs.held()) == [b"a", b"b", b"c", b"d", b"e", b"f"]


def test_a_copy_that_is_being_made_is_not_taken_for_another_log(logs: Follows) -> None:
    log, copy = logs.folder / "a.log", logs.folder / "a.log.1"
    write(log, "one", "two")
    logs.settle()
    for part in ("one\n", "two\n"):
        with copy.open("a") as file:
            file.write(part)
        logs.settle()
    write(log, "three")
    with copy.open("a") as file:
        file.write("three\n")
    os.truncate(log, 0)
    write(log, "four")
    logs.settle()
    assert logs.held() == [b"one", b"two", b"three", b"four"]


def test_what_is_no_log_is_left_out_and_said_once(logs: Follows) -> None:
    logs.paths = ("a.log", "b.log")
    (logs.folder / "a.log").write_bytes(b"SQLite format 3\0" + bytes(100))
    write(logs.folder / "b.log", "one")
    logs.settle()
    logs.settle()
    assert (logs.held(), logs.notes) == ([b"one"], ["errors_sources.form-binary"])


def test_what_was_pushed_and_not_answered_is_there_once(logs: Follows) -> None:
    log = logs.folder / "a.log"
    write(log, "one")
    logs.settle()

    def unknown(_: PushLines) -> None:
        logs.after = lambda _: None
        raise errors.OutcomeUnknown("errors_socket.gone")

    logs.after = unknown
    write(log, "two")
    assert logs.round()
    write(log, "three")
    logs.settle()
    logs.after = unknown
    write(log, "four")
    assert logs.round()
    logs.kill()
    copytruncate(log)
    logs.settle()
    assert logs.held() == [b"one", b"two", b"three", b"four"]


def test_a_crash_on_either_side_of_a_push_loses_nothing(logs: Follows) -> None:
    log = logs.folder / "a.log"

    def kill(_: PushLines) -> None:
        logs.before = logs.after = lambda _: None
        raise Killed

    for number, side in enumerate(("before", "after") * 2):
        setattr(logs, side, kill)
        write(log, f"line {number}")
        logs.settle()
        if number > 1:
            log.rename(logs.folder / f"a.log.{number}")
    assert logs.held() == [b"line %d" % number for number in range(4)]


def test_two_with_one_state_are_refused_and_one_that_does_not_read_is_not_taken_for_none(
    logs: Follows,
) -> None:
    write(logs.folder / "a.log", "one")
    logs.settle()
    with pytest.raises(errors.LockedByOther, match="held"):
        logs.start()
    logs.kill()
    state = logs.folder.parent / f"state-{logs.stream}.json"
    state.write_bytes(state.read_bytes()[:-9])
    with pytest.raises(errors.Damaged, match="unreadable"):
        logs.start()


def test_of_many_files_few_are_held_open_and_all_are_read_on(
    logs: Follows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "OPEN_FILES", 2)
    logs.paths = ("*.log",)
    names = [f"{letter}.log" for letter in "abcde"]
    for turn in range(2):
        for name in names:
            write(logs.folder / name, f"{turn} of {name}")
        logs.settle()
    assert len(logs.open_files()) <= 2
    expected = [b"%d of %s" % (turn, name.encode()) for turn in range(2) for name in names]
    assert sorted(logs.held()) == sorted(expected)
