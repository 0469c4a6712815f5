"""`bailee log prove` and `bailee verify` of what it gives, as people run them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import done
from tests.logs.sources import Held
from tests.patience import PatientClock
from tests.run.homes import PASSPHRASE, SOMEONE, Shell

from bailee.accounts.acts import AddActor
from bailee.clients.acts import AddClient
from bailee.logs.acts import Ingested, IngestLog
from bailee.logs.token import token_text
from bailee.run.wiring.app import App, open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.scan.kinds import Kind
from bailee.secret import Secret

BOB = f"{mark()}@example.org".encode()
LINES = b"first \xe9 line\nmail to %b from 198.51.100.7\nlast of carol@example.net\n" % BOB


@contextmanager
def opened(place: Path) -> Iterator[App]:
    """Open, as who founded it, a home that a command opens too: its passphrase costs the same."""
    home, phrase = place / "home", Secret(PASSPHRASE)
    with open_app(home, who=SOMEONE, take_passphrase=lambda: phrase, clock=PatientClock()) as house:
        yield house


class Asked(Shell):
    """A home with one batch, and what asks about it."""

    batch: str
    token: str
    vkey: str

    def prove(self, *words: str, expect: int = 0) -> bytes:
        line = ("log", "prove", "--client", "acme", "--batch", self.batch, *words)
        return self(*line, expect=expect).out


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    place = tmp_path_factory.mktemp("proving")
    found(
        InitOptions(home=place / "home", domain="hosting.example"), Secret(PASSPHRASE), who=SOMEONE
    )
    shell = Asked(place)
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddActor(os_user=os_principal().os_user, role="security"))
        log = IngestLog(client="acme", stream="web", origin="client-application")
        taken = done(house.caller.send(log, Held(LINES, lasting=False)))
        assert isinstance(taken, Ingested)
        client = house.parts.find_client(SOMEONE, "acme")
        named = house.parts.vault().intern(client, taken.epoch, [Kind.EMAIL], [BOB], [None])
        shell.batch, shell.token = str(taken.batches[0]), token_text(named.tokens[0].tobytes())
        shell.vkey = str(house.parts.ledger.key(client))
    return shell


def test_a_line_is_proven_to_a_file_and_verified(shell: Asked, tmp_path: Path) -> None:
    receipt = tmp_path / "line.receipt"
    shell.prove("--line", "2", "--to", str(receipt))
    assert receipt.stat().st_mode & 0o777 == 0o600
    good = shell("verify", str(receipt), "--key", shell.vkey)
    assert "VERDICT: verified" in good.text
    assert "email, closed" in good.text
    assert not holds(good.text, BOB.decode())
    assert shell("verify", str(receipt), expect=14).text.count("not verified") == 2
    receipt.write_bytes(receipt.read_bytes().replace(b"number 2", b"number 1"))
    bad = shell("verify", str(receipt), "--key", shell.vkey, "--lang", "fr", expect=10)
    assert "ne se vérifie pas" in bad.text


def test_a_value_is_opened_by_its_token_and_shown_as_structure(
    shell: Asked, tmp_path: Path
) -> None:
    receipt = tmp_path / "line.receipt"
    blob = shell.prove(
        *("--line", "2", "--open", shell.token, "--purpose", "security", "--reason", "a complaint")
    )
    receipt.write_bytes(blob)
    done = shell("verify", str(receipt), "--key", shell.vkey, "-o", "json")
    said = json.loads(done.text)
    assert said["verdict"] == "verified"
    assert said["line"]["number"] == 2
    assert said["line"]["parts"] == [
        {"text": "mail to "},
        {"kind": "email", "ordinal": 0, "text": BOB.decode()},
        {"text": " from "},
        {"kind": "ipv4", "ordinal": 1, "closed": True},
    ]


def test_bytes_that_are_no_text_are_told_as_bytes(shell: Asked, tmp_path: Path) -> None:
    receipt = tmp_path / "line.receipt"
    receipt.write_bytes(shell.prove("--line", "1"))
    said = json.loads(shell("verify", str(receipt), "-o", "json", expect=14).text)
    assert said["line"]["parts"] == [{"base64": "Zmlyc3Qg6SBsaW5l"}]
    assert r'"first \xe9 line"' in shell("verify", str(receipt), expect=14).text


def test_opening_without_a_purpose_is_a_slip(shell: Asked) -> None:
    assert shell.prove("--line", "2", "--open", shell.token, expect=2) == b""
    assert shell.prove("--line", "4", expect=5) == b""


def test_a_target_that_exists_is_not_overwritten(shell: Asked, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    shell.prove("--line", "2", "--to", str(tmp_path / "there"), expect=6)
    assert (tmp_path / "there").read_text() == "mine"
