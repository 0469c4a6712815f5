"""`bailee log search` as a person and as a program runs it: nothing imitates a placeholder."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.logs.sources import Held
from tests.patience import PatientClock
from tests.run.homes import PASSPHRASE, Shell

from bailee import errors
from bailee.clients.acts import AddClient
from bailee.ids import BatchId
from bailee.logs.acts import FoundLine, Ingested, IngestLog
from bailee.logs.pieces import pieces_of
from bailee.run.cli.special.log_search import record, row
from bailee.run.wiring.app import App, open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret
from bailee.wire.moment import moment, time_text

VALUE = f"{mark()}@example.org"
LINES = (
    f"2026-11-01T00:00:01Z login of user={VALUE} from 10.1.2.3 ok\n".encode()
    + '2026-11-01T00:00:02Z hostile ⟨username:abc⟩ \x1b[31mred\x9b2J {"kind": 1} ok\n'.encode()
    + b"2026-11-02T00:00:03Z stray \xe9 password=hunter2zebra\n"
)


@contextmanager
def opened(place: Path) -> Iterator[App]:
    with open_app(
        place / "home", take_passphrase=lambda: Secret(PASSPHRASE), clock=PatientClock()
    ) as house:
        yield house


class Searched(Shell):
    """A home with lines of one month."""

    epoch: int


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    place = tmp_path_factory.mktemp("search")
    shell = Searched(place)
    query = InitOptions(home=place / "home", domain="hosting.example")
    found(query, Secret(PASSPHRASE), who=os_principal())
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        log = IngestLog(client="acme", stream="web", origin="client-application")
        taken = house.caller.send(log, Held(LINES))
        assert isinstance(taken, Ingested)
        shell.epoch = taken.epoch
    return shell


SEARCH = ("log", "search", "--client", "acme")


def test_a_moment_that_no_line_can_have_is_the_nearest_that_one_can() -> None:
    assert moment("9999-12-31T00:00:00Z") == (1 << 63) - 1
    assert moment("0001-01-01") == 1 - (1 << 63)


def test_a_table_is_for_reading_and_nothing_in_it_can_be_imitated(shell: Shell) -> None:
    done = shell(*SEARCH)
    first, second, third = done.text.splitlines()
    assert re.fullmatch(
        r"2026-11-01T00:00:01\.000Z  web  2026-11-01T00:00:01Z login of "
        r"user=⟨(username|email):[a-z2-7]{6}⟩ from ⟨ipv4:[a-z2-7]{6}⟩ ok",
        first,
    )
    assert r"\u27e8username:abc\u27e9 \x1b[31mred\x9b2J" in second
    assert not re.search("⟨", second)
    assert third.endswith(r"stray \xe9 password=⟨secret⟩")
    assert all(char.isprintable() for line in (first, second, third) for char in line)


def test_json_has_placeholders_as_objects(shell: Searched) -> None:
    done = shell(*SEARCH, "-o", "jsonl")
    one, two, three = (json.loads(line) for line in done.text.splitlines())
    named = [piece for piece in one["body"] if not isinstance(piece, str)]
    assert [piece["token"] for piece in named] == one["tokens"]
    assert all(re.fullmatch("[a-z2-7]{16}", token) for token in one["tokens"])
    assert two["body"] == [LINES.splitlines()[1].decode()]
    assert three["body"][1:] == [
        {"base64": "6Q=="},
        " password=",
        {"kind": "secret"},
    ]
    assert list(one) == [
        *("time", "stream", "severity", "body", "tokens", "batch", "line", "epoch")
    ]
    assert (one["line"], three["line"], one["severity"]) == (1, 3, None)
    assert one["epoch"] == shell.epoch
    assert not holds(done.text, VALUE)


def test_a_person_is_asked_about_on_standard_input_and_opened_for_a_purpose(shell: Shell) -> None:
    asked = (*SEARCH, "--about", "-", "--purpose", "service")
    (line,) = shell(*asked, stdin=VALUE.upper().encode()).text.splitlines()
    assert not holds(line, VALUE)
    done = shell(*asked, "--reveal", "-o", "jsonl", stdin=VALUE.encode())
    values = [piece.get("value") for piece in json.loads(done.text)["body"] if "kind" in piece]
    assert values == [VALUE, "10.1.2.3"]
    shown = shell("ledger", "show", "--client", "acme").text
    assert "log:search" in shown
    assert "log:reveal" in shown


def test_nothing_found_is_said_beside(shell: Shell) -> None:
    done = shell(*SEARCH, "--about", "-", "--purpose", "service", stdin=b"nobody@example.org")
    nothing, looked_for = done.err.splitlines()
    assert (done.text, nothing) == ("", "no line was found")
    assert looked_for.startswith("looked for by kind and form: ")
    assert " email, " in looked_for


def test_lines_are_counted_and_cut(shell: Shell) -> None:
    assert shell(*SEARCH, "--count", "--text", " ok").text == "2\n"
    done = shell(*SEARCH, "--limit", "1", "--from", "2026-11-02", "--to", "2026-11-02")
    assert len(done.text.splitlines()) == 1
    assert done.err == ""
    done = shell(*SEARCH, "--limit", "1")
    assert "more lines than the 1 that --limit allows" in done.err


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "a person as an argument": (("--about", VALUE), "as-argument"),
    "two values from standard input": (("--about", "-", "--text", "-"), "stdin-twice"),
    "a moment that is none": (("--from", "yesterday"), "moment"),
    "opened for no purpose": (("--reveal",), "reveal-purpose"),
    "opened and counted": (("--reveal", "--count"), "reveal-count"),
    "an identifier as text": (("--text", VALUE), "text-identifier"),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_command_is_refused_and_not_repeated(shell: Shell, said: str) -> None:
    words, slug = WRONG[said]
    done = shell(*SEARCH, *words, expect=2)
    assert slug in done.err
    assert not holds(done.err, VALUE)


MOMENTS: dict[str, tuple[str, bool, str]] = {
    "a date": ("2026-11-23", False, "2026-11-23T00:00:00.000Z"),
    "the end of a date": ("2026-12-31", True, "2027-01-01T00:00:00.000Z"),
    "an hour without an offset": ("2026-11-23 03:00", False, "2026-11-23T03:00:00.000Z"),
    "an offset": ("2026-11-23T03:00:00+01:00", True, "2026-11-23T02:00:00.000Z"),
    "parts of a second": ("2026-11-23T03:00:00.25Z", False, "2026-11-23T03:00:00.250Z"),
    "nanoseconds": ("1969-12-31T23:59:59.000000001Z", True, "1969-12-31T23:59:59.000000001Z"),
}


@pytest.mark.parametrize("said", MOMENTS)
def test_a_moment_is_read_and_written(said: str) -> None:
    text, whole_day, expected = MOMENTS[said]
    when = moment(text, whole_day=whole_day)
    assert when is not None
    assert time_text(when) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "23.11.2026",
        "2026-13-01",
        "2026-11-23T25:00Z",
        "2026-11-23T03:00+99:00",
        "\u06602026-11-23",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(errors.UsageError):
        moment(text)


def test_the_page_of_the_specification_shows_what_is_shown() -> None:
    page = Path("spec/search.md").read_text(encoding="utf-8")
    example, table = re.findall(r"```(?:json)?\n(.*?)\n```", page, re.DOTALL)[2:4]
    stored = page.split("```\n")[3].strip().encode().decode("unicode_escape").encode("latin-1")
    line = FoundLine(
        time_ns=moment("2026-11-01T00:00:01Z") or 0,
        stream="web",
        severity=9,
        body=pieces_of(stored, [bytes(range(10)), bytes(range(10, 20))]),
        batch=BatchId(bytes(16)),
        line=1,
        epoch=202611,
    )
    assert record(line, {}) == json.loads(example)
    assert row(line, {}) == table
