"""Lines that are pushed: durable when they are answered, once by their positions, few batches."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LogExported
from bailee.logs.push.acts import LinesPushed, PushLines
from bailee.run.wiring.app import App


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
    yield tmp_path
    failpoint.arm("")


@pytest.fixture
def house(place: Path) -> Iterator[App]:
    with opened(place) as app:
        yield app


def push(
    house: App,
    lines: bytes,
    source: str | None = None,
    *,
    start: int | None = None,
    position: int | None = None,
) -> LinesPushed:
    request = PushLines(
        client="acme",
        stream="web",
        origin="infrastructure",
        source=source,
        start=start,
        position=position,
    )
    answer = done(house.caller.send(request, [lines] if lines else []))
    assert isinstance(answer, LinesPushed)
    return answer


def held(house: App) -> bytes:
    """Give all lines in custody, as they were received."""
    answer = done(house.caller.call(ExportLog(client="acme", stream="web", purpose="service")))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks))


def batches(house: App) -> int:
    """Count the batches in custody."""
    client = house.parts.find_client(house.caller.who, "acme")
    return len(house.parts.work.read(lambda tx: SqlLogRows().batches(tx, client)))


def test_lines_are_in_custody_when_they_are_answered(house: App) -> None:
    first = push(house, b"from 192.0.2.7\n")
    second = push(house, b'{"level": "info", "ip": "192.0.2.8"}')
    assert (first.repeated, len(first.batches), second.stream) == (False, 1, first.stream)
    assert held(house) == b'from 192.0.2.7\n{"level": "info", "ip": "192.0.2.8"}\n'


def test_the_same_position_again_has_no_second_effect(house: App) -> None:
    push(house, b"one\n", "a", position=4)
    again = push(house, b"one\n", "a", position=4)
    assert (again.repeated, again.batches, again.position) == (True, (), 4)
    push(house, b"one\n", "b", position=4)
    push(house, b"one\n", "a", position=8)
    assert held(house) == b"one\none\none\n"
    assert push(house, b"", "a").position == 8
    assert push(house, b"", "c").position == 0


def test_lines_that_begin_elsewhere_are_not_taken(house: App) -> None:
    push(house, b"one\n", "a", start=0, position=4)
    for start in (0, 3, 5):
        with pytest.raises(errors.Conflict, match="elsewhere"):
            push(house, b"one\ntwo\n", "a", start=start, position=8)
    push(house, b"two\n", "a", start=4, position=8)
    assert held(house) == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("source", "more", "slug"),
    [
        (None, {"position": 1}, "no-source"),
        (None, {"start": 1}, "no-source"),
        ("a\nb", {"position": 1}, "source"),
        ("", {}, "source-length"),
    ],
    ids=str,
)
def test_what_names_no_source_is_refused(
    house: App, source: str | None, more: dict[str, int], slug: str
) -> None:
    with pytest.raises(errors.UsageError, match=slug):
        push(house, b"one\n", source, **more)


def test_a_new_stream_needs_an_origin_and_one_by_its_id_must_be_there(house: App) -> None:
    with pytest.raises(errors.UsageError, match="origin-needed"):
        house.caller.send(PushLines(client="acme", stream="web"), [b"one\n"])
    stream = push(house, b"one\n").stream
    house.caller.send(PushLines(client="acme", stream=str(stream)), [b"two\n"])
    assert held(house) == b"one\ntwo\n"
    with pytest.raises(errors.NotFound, match="no-stream"):
        house.caller.send(
            PushLines(client="acme", stream="st-aaaaaaaaaaaaaaaaaaaaaaaaaa"), [b"three\n"]
        )


def test_many_at_once_become_few_batches_and_all_are_there(house: App) -> None:
    push(house, b"first\n")  # compiles the kernels, before all others come
    answers: list[LinesPushed] = []
    threads = [
        threading.Thread(
            target=lambda n=number: answers.append(
                push(house, b"line %d\n" % n, f"s{n}", position=1)
            )
        )
        for number in range(200)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 200
    assert all(len(one.batches) == 1 for one in answers)
    assert sorted(held(house).splitlines()) == sorted(
        [b"first", *(b"line %d" % number for number in range(200))]
    )
    assert batches(house) <= 100


@pytest.mark.parametrize("side", ["before", "after"])
def test_what_was_not_answered_is_sent_again_and_is_there_once(place: Path, side: str) -> None:
    with opened(place) as house:
        push(house, b"one\n", "a", position=4)
        failpoint.arm(f"objects.fsync:{side}=raise")
        with pytest.raises(errors.BaileeError):
            push(house, b"two\n", "a", position=8)
        failpoint.arm("")
        push(house, b"two\n", "a", position=8)
        assert held(house) == b"one\ntwo\n"


def test_a_kill_between_durable_and_answer_leaves_one_effect(place: Path) -> None:
    with opened(place) as house:
        push(house, b"0\n", "a", position=1)
    repeated = set()
    # Somewhere among these passages the batch becomes durable: before it the push is taken in when
    # it is sent again, after it it is there.
    for count in range(2, 6):
        line = b"%d from 192.0.2.7\n" % count
        child = os.fork()
        if not child:
            with opened(place) as house:
                failpoint.arm(f"rows.commit:after=kill@{count}")
                push(house, line, "a", position=count)
            os._exit(0)
        os.waitpid(child, 0)
        with opened(place) as house:
            repeated.add(push(house, line, "a", position=count).repeated)
            assert held(house).count(line) == 1
    assert repeated == {True, False}


@pytest.mark.parametrize(
    "harm",
    [
        "update push_mark set position = 100",
        "update push_mark set mac = zeroblob(32)",
        "delete from push_mark",
    ],
    ids=str,
)
def test_a_mark_that_somebody_altered_loses_no_lines(place: Path, harm: str) -> None:
    with opened(place) as house:
        push(house, b"one\n", "a", position=4)
    with sqlite3.connect(place / "home" / "rows.db") as connection:
        connection.execute(harm)
    connection.close()
    with opened(place) as house:
        assert not push(house, b"two\n", "a", position=8).repeated
        assert held(house) == b"one\ntwo\n"
