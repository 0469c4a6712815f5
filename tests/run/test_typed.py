"""What is typed: places and bytes are looked at before an act is asked for, and nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.absence import holds
from tests.answers import done
from tests.run.homes import Shell, make, opened

from bailee.act import Denial
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.objects.acts import GetObject, PutObject
from bailee.run.wiring.app import App

GET = ("object", "get", "--client", "acme", "--purpose", "client-request")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as app:
        done(app.caller.call(AddClient(label="acme")))
        done(app.caller.send(PutObject(client="acme", name="a"), [b"content"]))
        yield app


def results(app: App) -> list[str]:
    """Give the outcome of each `object:get`, in order; an act without one gives an empty text."""
    entries = done(app.caller.call(ShowEntries(client="acme"))).entries
    ends = {one.body["of"]: one.body["result"] for one in entries if "of" in one.body}
    return [ends.get(str(one.entry), "") for one in entries if one.opening.kind == "object:get"]


def test_what_was_permitted_and_never_begun_has_an_outcome(house: App) -> None:
    request = GetObject(client="acme", object="a", purpose="client-request")
    given = done(house.caller.call(request))
    given.chunks.close()
    assert results(house) == ["failed"]


def test_what_was_taken_to_its_end_is_done_once(house: App) -> None:
    request = GetObject(client="acme", object="a", purpose="client-request")
    given = done(house.caller.call(request))
    assert b"".join(bytes(chunk) for chunk in given.chunks) == b"content"
    given.chunks.close()
    assert results(house) == ["done"]


def test_what_is_forgotten_by_its_reader_has_an_outcome(house: App) -> None:
    request = GetObject(client="acme", object="a", purpose="client-request")
    answer = house.caller.call(request)
    assert not isinstance(answer, Denial)
    del answer
    assert results(house) == ["failed"]


BEFORE: dict[str, tuple[tuple[str, ...], int]] = {
    "a place that is taken": (("--to", "{taken}", "a"), 6),
    "a folder that is not there": (("--to", "/nowhere/at-all", "a"), 1),
    "a place without a name": (("--to", "", "a"), 6),
    "a reason that is no text": (("--reason", "r\udcff", "a"), 2),
}


@pytest.mark.parametrize("case", BEFORE)
def test_a_slip_of_typing_asks_for_nothing(case: str, tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    shell("client", "add", "acme")
    (tmp_path / "a").write_bytes(b"content")
    shell("object", "put", "--client", "acme", str(tmp_path / "a"))
    words, code = BEFORE[case]
    said = shell(*GET, *(word.format(taken=tmp_path / "a") for word in words), expect=code)
    assert not holds(said.err, "Traceback (most recent")
    shown = shell("ledger", "show", "--client", "acme", "-o", "jsonl").text
    assert not holds(shown, '"kind": "object:get"')


def test_a_name_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell("init", "--provider", "hosting.example")
    shell("client", "add", "acme")
    (tmp_path / "a").write_bytes(b"content")
    put = ("object", "put", "--client", "acme", "--name", "n\udcff", str(tmp_path / "a"))
    said = shell(*put, expect=2)
    assert not holds(said.err, "Traceback (most recent")
