"""What an act costs, and what a noun costs: samples are added to a copy of the house and driven.

Only what a person writes counts; what `BAILEE_UPDATE=1` writes is generated.  The files are those
that the checklists of CONTRIBUTING.md name, so that the checklists are tried as well.
"""

import getpass
import json
import re
import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.house.sample import Sample
from tests.house.source import ROOT
from tests.run.homes import PASSPHRASE, SOMEONE, Shell

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.check.model import Report
from bailee.clients.acts import AddClient
from bailee.objects.acts import PutObject
from bailee.run.wiring.app import App, open_app
from bailee.run.wiring.init import InitOptions, found
from bailee.run.wiring.parts import ROWS
from bailee.secret import Secret

ME = getpass.getuser()
CONFLICT = errors.Conflict.exit_code
NOT_FOUND = errors.NotFound.exit_code
NOTE = mark()


def sample(name: str, factory: pytest.TempPathFactory) -> Sample:
    """Add a sample to a copy of the house, which stands all house tests that it could fail."""
    made = Sample(name=name, root=factory.mktemp(name))
    made.copy()
    made.finish()
    return made


def checklist(title: str) -> list[str]:
    """Read the files that a checklist names, as patterns of paths."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = re.search(rf"^### {title}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, title
    return [str(name) for name in re.findall(r"^- `([^`]+)`", section[1], re.MULTILINE)]


def matches(path: str, pattern: str) -> bool:
    """Tell whether a path is one that a checklist names; `<noun>` stands for any name."""
    return re.fullmatch(re.sub(r"<[^>]+>", r"[^/]+", pattern), path) is not None


def assert_as_listed(made: Sample, title: str) -> None:
    """See that the checklist names what was touched, and that each line of it was needed."""
    named = checklist(title)
    assert [one for one in made.lines if not any(matches(one, form) for form in named)] == []
    assert [form for form in named if not any(matches(one, form) for one in made.lines)] == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Found a home with the house as it is, by someone else; nobody has put anything in it."""
    options = InitOptions(home=tmp_path / "home", domain="hosting.example")
    found(options, Secret(PASSPHRASE), who=SOMEONE)
    with by_founder(tmp_path) as app:
        done(app.caller.call(AddClient(label="acme")))
    return tmp_path


def by_founder(place: Path) -> AbstractContextManager[App]:
    """Open the home as who founded it."""
    return open_app(place / "home", who=SOMEONE, take_passphrase=lambda: Secret(PASSPHRASE))


def enrol(place: Path, role: str) -> None:
    """Give a role to who runs the tests, and with that the commands."""
    with by_founder(place) as app:
        done(app.caller.call(AddActor(os_user=ME, role=role)))


def recorded(shell: Shell, act: str) -> dict[str, str]:
    """Give the outcome that the client's ledger holds of the last act of that name."""
    shown = json.loads(shell("-o", "json", "ledger", "show", "--client", "acme").out)
    entry = [one for one in shown if one["kind"] == act][-1]["entry"]
    return next(one["body"] for one in shown if one["body"].get("of") == entry)


@pytest.fixture(scope="module")
def rename(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample("rename", tmp_path_factory)


def test_an_act_costs_eight_files_and_sixty_lines(rename: Sample) -> None:
    assert len(rename.lines) <= 8
    assert sum(rename.lines.values()) <= 60
    assert_as_listed(rename, "An act")


def test_the_act_is_done_refused_and_recorded(rename: Sample, home: Path) -> None:
    with by_founder(home) as app:
        for name in ("nyala.txt", "oryx.txt"):
            done(app.caller.send(PutObject(client="acme", name=name), [b"lait"]))
    shell = Shell(home, rename.environment())
    french = Shell(home, {**rename.environment(), "BAILEE_LANG": "fr"})
    words = ("object", "rename", "--client", "acme", "nyala.txt", "--name")

    enrol(home, "support")
    refused = shell(*words, "-", stdin=b"okapi.txt\n", expect=4)
    assert "no policy permits this act to the roles of this actor" in refused.err

    enrol(home, "operations")
    assert "--name -" in shell(*words, "okapi.txt", expect=2).err
    taken = shell(*words, "-", stdin=b"oryx.txt\n", expect=CONFLICT)
    assert "another object of this client has that name" in taken.err
    taken = french(*words, "-", stdin=b"oryx.txt\n", expect=CONFLICT)
    assert "un autre objet de ce client porte ce nom" in taken.err

    answer = json.loads(shell("-o", "json", *words, "-", stdin=b"okapi.txt\n").out)
    listed = json.loads(shell("-o", "json", "object", "list", "--client", "acme").out)
    assert {one["name"] for one in listed} == {"okapi.txt", "oryx.txt"}
    assert recorded(shell, "object:rename").items() >= {
        ("object", answer["object"]),
        ("relabelled", "1"),
        ("result", "done"),
    }
    shell("check", "--deep")


# --- a noun --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def memo(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample("memo", tmp_path_factory)


@pytest.fixture
def upgraded(memo: Sample, home: Path) -> Path:
    """Bring the home that was made without memos to the form of the copy."""
    enrol(home, "operations")
    shell = Shell(home, memo.environment())
    assert "bailee home upgrade" in shell("check", expect=CONFLICT).err
    shell("home", "upgrade")
    return home


def test_a_noun_costs_sixteen_files_and_five_hundred_lines(memo: Sample) -> None:
    assert len(memo.lines) <= 16
    assert sum(memo.lines.values()) <= 500
    assert_as_listed(memo, "A noun")


def test_the_noun_is_driven_in_a_home_made_without_it(memo: Sample, upgraded: Path) -> None:
    shell = Shell(upgraded, memo.environment())
    french = Shell(upgraded, {**memo.environment(), "BAILEE_LANG": "fr"})

    def on(verb: str, *words: str) -> tuple[str, ...]:
        return ("-o", "json", "memo", verb, "--client", "acme", *words)

    added = json.loads(shell(*on("add", "kola", "--text", "-"), stdin=NOTE.encode()).out)
    shell(*on("add", "karité", "--text", "-"), stdin=b"beurre\n")
    taken = french(*on("add", "kola", "--text", "-"), stdin=b"noix\n", expect=CONFLICT)
    assert "ce client a une note de ce nom" in taken.err
    assert json.loads(shell(*on("show", "kola")).out)["text"] == NOTE
    assert [one["name"] for one in json.loads(shell(*on("list")).out)] == ["karité", "kola"]
    kept = [page for page in (upgraded / "home").rglob("*") if page.is_file()]
    assert [page for page in kept if holds(page.read_bytes(), NOTE.encode())] == []
    shell("check", "--deep")

    shell(*on("delete", "kola"))
    assert recorded(shell, "memo:delete")["memo"] == added["memo"]
    assert "no memo of that name" in shell(*on("show", "kola"), expect=NOT_FOUND).err
    shell("check", "--deep")

    [left] = json.loads(shell(*on("list")).out)
    spoil(upgraded / "home" / ROWS)
    found = shell("check", "--deep", expect=Report.DAMAGED).text
    assert f"or does not open: memo {left['memo']}" in found


def spoil(rows: Path) -> None:
    """Change one byte of the memo that is stored."""
    with closing(sqlite3.connect(rows)) as connection, connection:
        [(sealed,)] = connection.execute("select sealed from memo")
        changed = bytes([*sealed[:-1], sealed[-1] ^ 1])
        connection.execute("update memo set sealed = ?", (changed,))
