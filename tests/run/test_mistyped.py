"""What is typed wrong is said in one sentence that names it, before anything is opened or begun."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.absence import holds
from tests.answers import done
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell, make, opened

from bailee.accounts.acts import AddActor
from bailee.act import Principal
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.objects.acts import DeleteObject, GetObject, PutObject
from bailee.run.wiring.app import open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.scan.vm import cache
from bailee.secret import Secret


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("mistyped")
    query = InitOptions(home=place / "home", domain="hosting.example")
    found(query, Secret(PASSPHRASE), who=os_principal())
    with open_app(place / "home", take_passphrase=lambda: Secret(PASSPHRASE)) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.send(PutObject(client="acme", name="letter.txt"), [b"0123456789"])
    return Shell(place)


TWICE = {
    "a role": ("actor", "add", "--os-user", "x", "--role", "dpo", "--role", "legal"),
    "a client": ("object", "list", "--client", "acme", "--client", "zebu"),
    "the same value": ("log", "search", "--client", "acme", "--limit", "5", "--limit", "5"),
    "the home": ("client", "list", "--home", "/one", "--home=/two"),
    "the output": ("client", "list", "-o", "json", "--output", "table"),
}


@pytest.mark.parametrize("words", TWICE.values(), ids=TWICE.keys())
def test_an_option_of_one_value_is_not_given_twice(shell: Shell, words: tuple[str, ...]) -> None:
    refused = shell(*words, expect=2)
    assert "twice" in refused.err
    assert any(word in refused.err for word in words if word.startswith("-"))
    assert refused.out == b""


def test_a_restore_says_which_home_it_gives_up(shell: Shell) -> None:
    for both in ((), ("--rehearse", "--take-over")):
        refused = shell("backup", "restore", *both, "some.backup", expect=2)
        assert "--rehearse" in refused.err
        assert "--take-over" in refused.err


SLIPS = {
    "a label": (("client", "add", "--labl", "x"), "LABEL"),
    "a command": (("--version",), "version is given without dashes"),
    "a month": (("epoch", "destroy", "--client", "acme", "--month", "2026-01"), "--epoch"),
}


@pytest.mark.parametrize(("words", "said"), SLIPS.values(), ids=SLIPS.keys())
def test_what_is_no_option_is_said_by_its_own_word(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    assert said in shell(*words, expect=2).err


def test_an_option_of_many_values_is(shell: Shell) -> None:
    words = ("log", "prove", "--client", "acme", "--batch", "bt-a", "--line", "1")
    refused = shell(*words, "--open", "a", "--open", "b", expect=None)
    assert not holds(refused.err, "is given twice")


INGEST = {
    "a month": (("--epoch", "2026-13"), "month"),
    "a zone": (("--tz", "Mars/Olympus"), "zone"),
    "an origin": (("--origin", "somewhere"), "origin"),
}


@pytest.mark.parametrize(("words", "named"), INGEST.values(), ids=INGEST.keys())
def test_what_ingest_cannot_take_is_found_before_the_kernels_compile(
    shell: Shell, tmp_path: Path, words: tuple[str, ...], named: str
) -> None:
    """With no kernel compiled yet, which takes most of a minute."""
    log = tmp_path / "web.log"
    log.write_bytes(b"a line\n")
    cold = Shell(shell.place, {"BAILEE_KERNELS": str(tmp_path / "cold")})
    (tmp_path / "cold").mkdir()
    where = ("--client", "acme", "--stream", "web")
    refused = cold("log", "ingest", *where, *words, str(log), expect=2)
    assert named in refused.err
    assert list((tmp_path / "cold").rglob(f"*{cache.SUFFIX}")) == []


def test_a_reader_that_goes_away_is_no_failure(shell: Shell) -> None:
    """As `head` does; the command has more to say than a pipe holds."""
    reading, writing = os.pipe()
    os.close(reading)
    for words in (("client", "list", "-o", "json"), ("object", "list", "--client", "acme")):
        done = subprocess.run(
            [sys.executable, "-m", "bailee", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            env=shell.variables(),
            timeout=HANGS_S,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(writing)


GET = ("object", "get", "--client", "acme", "--purpose", "client-request", "letter.txt")


@pytest.mark.parametrize("text", ["10-", "10-12", "99-"])
def test_a_range_beyond_the_end_is_said(shell: Shell, text: str) -> None:
    refused = shell(*GET, "--range", text, expect=2)
    assert "range-beyond" in refused.err
    assert "10 bytes" in refused.err


def test_a_range_that_begins_within_is_given_to_the_end(shell: Shell) -> None:
    assert shell(*GET, "--range", "9-99").out == b"9"


def test_a_version_that_is_not_there_is_named_as_such(shell: Shell) -> None:
    refused = shell(*GET, "--version", "99", expect=5)
    assert "no-such-version" in refused.err


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_search_for_no_lines_says_what_the_least_is(shell: Shell, limit: str) -> None:
    refused = shell("log", "search", "--client", "acme", "--limit", limit, expect=2)
    assert "--limit" in refused.err
    assert not holds(refused.err, "at most ")


def test_a_refused_get_by_name_is_recorded_as_what_was_asked(tmp_path: Path) -> None:
    make(tmp_path)
    auditor = Principal(os_user="binta")
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddActor(os_user=auditor.os_user, role="auditor"))
        house.caller.send(PutObject(client="acme", name="letter.txt"), [b"x"])
    with opened(tmp_path, who=auditor) as house:
        house.caller.call(GetObject(client="acme", object="letter.txt", purpose="client-request"))
        house.caller.call(DeleteObject(client="acme", object="letter.txt"))
        house.caller.send(PutObject(client="acme", name="other.txt"), [b"x"])
    with opened(tmp_path) as house:
        told = done(house.caller.call(ShowEntries(client="acme", purpose="security"))).entries
    refused = [one.body["act"] for one in told if one.opening.kind == "refusal"]
    assert refused == ["object:get", "object:delete", "object:put"]
