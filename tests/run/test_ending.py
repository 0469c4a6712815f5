"""The commands that end things, as a person runs them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.logs.sources import Held
from tests.run.homes import PASSPHRASE, SOMEONE, Shell

from bailee.accounts.acts import AddActor
from bailee.clients.acts import AddClient
from bailee.logs.acts import Ingested, IngestLog
from bailee.run.init import Wish, found
from bailee.run.wiring import House, open_house, os_principal
from bailee.secret import Secret

VALUE = "awa.kone@example.org"


@contextmanager
def opened(place: Path) -> Iterator[House]:
    """Open, as who founded it, a home that a command opens too: its passphrase costs the same."""
    home, phrase = place / "home", Secret(PASSPHRASE)
    with open_house(home, who=SOMEONE, take_passphrase=lambda: phrase) as house:
        yield house


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("ending")
    wish = Wish(home=place / "home", domain="hosting.example")
    found(wish, Secret(PASSPHRASE), who=SOMEONE)
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddActor(os_user=os_principal().os_user, role="dpo"))
        text = Held(f"GET /?q={VALUE} from Awa.Kone@Example.org\n".encode(), lasting=False)
        log = IngestLog(client="acme", stream="web", origin="client-application")
        assert isinstance(house.caller.call(log, text), Ingested)
    return Shell(place)


def test_a_value_is_never_an_argument(shell: Shell) -> None:
    done = shell("log", "erase", "--client", "acme", "--about", VALUE, expect=2)
    assert "as-argument" in done.err
    assert VALUE not in done.err


def test_one_person_is_erased_and_told_when_and_how_surely(shell: Shell) -> None:
    words = ("log", "erase", "--client", "acme", "--about", "-", "--purpose", "rights")
    first = shell(*words, "-o", "json", stdin=f"{VALUE}\n".encode())
    second = shell(*words, "-o", "json", stdin=f"{VALUE}\n".encode())
    erased, again = json.loads(first.text), json.loads(second.text)
    assert (erased["state"], erased["kinds"]) == ("erasure-pending", {"email": 2})
    assert f"erasure pending, effective by {erased['final_by'][:10]}" in first.err
    assert "class file" in first.err
    assert (again["state"], again["kinds"]) == ("nothing-held", {})
    assert VALUE not in first.err + second.err + first.text + second.text


def test_without_the_right_purpose_nothing_is_said_of_what_is_there(shell: Shell) -> None:
    words = ("log", "erase", "--client", "acme", "--about", "-", "--purpose", "service")
    there = shell(*words, stdin=VALUE.encode(), expect=4)
    absent = shell(*words, stdin=b"nobody@example.org", expect=4)
    assert there.err == absent.err
