"""What a person hands over, as an editor or a mail left it: read all the same, or named by line.

Reported where: influxdata/telegraf#1378 and TheElectronWill/night-config#67 (settings that Notepad
saved with a byte order mark), python-poetry/tomlkit#593 (CR LF in TOML).
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.absence import holds
from tests.field.conftest import Hand
from tests.run.homes import PASSPHRASE, make

from bailee import errors
from bailee.adapters.kms.passphrase import passphrase
from bailee.encoding import handed
from bailee.keys.recovery import join, read_share
from bailee.run import config
from bailee.run.cli.special.key import pages
from bailee.scan import Own

LEFT: dict[str, Callable[[str], bytes]] = {
    "as it was": str.encode,
    "CR LF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR alone": lambda text: text.replace("\n", "\r").encode(),
    "a mark of UTF-8": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16 of the other end": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "blanks at the ends": lambda text: text.replace("\n", " \t\n").encode(),
    "no end of line": lambda text: text.rstrip("\n").encode(),
    "lines after it": lambda text: (text + "\n \n\n").encode(),
    "all at once": lambda text: (
        (text.rstrip("\n") + "  ").replace("\n", "\t\r\n").encode("utf-8-sig")
    ),
}


@pytest.fixture(params=sorted(LEFT))
def left(request: pytest.FixtureRequest) -> Callable[[str], bytes]:
    """Leave a text as some editor does."""
    return LEFT[request.param]


def test_settings(tmp_path: Path, left: Callable[[str], bytes]) -> None:
    written = config.Config(domain="hosting.example", backups=(Path("/backups"),))
    written.write(tmp_path)
    page = tmp_path / config.FILE_NAME
    page.write_bytes(left(page.read_text("utf-8")))
    assert config.read(tmp_path) == written


def test_settings_with_quotes_of_a_letter_are_named_by_line(tmp_path: Path) -> None:
    config.Config(domain="hosting.example", backups=()).write(tmp_path)
    page = tmp_path / config.FILE_NAME
    page.write_text(
        page.read_text("utf-8").replace('"hosting.example"', "“hosting.example”"), "utf-8"
    )
    with pytest.raises(errors.UsageError) as wrong:
        config.read(tmp_path)
    assert (wrong.value.reason, wrong.value.facts) == ("errors_home.settings-form", {"line": 3})


def test_recovery_shares(tmp_path: Path, left: Callable[[str], bytes]) -> None:
    founded = make(tmp_path)
    typed = "".join(founded.pages[:2])
    shares = [read_share(page) for page in pages(handed(left(typed)).decode())]
    assert len(shares) == 2
    assert join(shares).reveal()


@pytest.mark.sampled(4)
def test_a_receipt_that_was_edited_is_said_to_be(hand: Hand, left: Callable[[str], bytes]) -> None:
    key = hand("ledger", "key", "--client", "acme").out
    entries = hand("ledger", "show", "--client", "acme", output="jsonl").out.splitlines()
    target = hand.files / "receipt"
    entry = json.loads(entries[0])["entry"]
    proven = hand("ledger", "prove", "--client", "acme", entry, "--to", str(target))
    assert proven.code == 0, proven.err
    text = target.read_text("utf-8")
    receipt = hand.file("receipt-left", left(text))
    said = hand("verify", str(receipt), "--key", key.strip())
    if receipt.read_bytes() == text.encode():
        assert (said.code, said.err) == (0, "")
    else:  # as the vectors have it: what is not as it was made does not verify
        assert said.code != 0
        assert "saved by an editor" in said.err
    receipt.write_bytes(handed(receipt.read_bytes()))
    for given in (key.strip(), f"“{key.strip()}”", f"\ufeff{key.strip()}\r\n", f" {key}"):
        assert hand("verify", str(receipt), "--key", given).code == 0


def test_what_is_another_text_does_not_verify(hand: Hand) -> None:
    entries = hand("ledger", "show", "--client", "acme", output="jsonl").out.splitlines()
    target = hand.files / "receipt"
    entry = json.loads(entries[0])["entry"]
    hand("ledger", "prove", "--client", "acme", entry, "--to", str(target))
    key = hand("ledger", "key", "--client", "acme").out.strip()
    text = target.read_text("utf-8")
    changed = re.sub("[A-Za-z]", "q", text[-40:])
    other = hand.file("other", (text[:-40] + changed).encode())
    assert hand("verify", str(other), "--key", key).code != 0


def test_a_value_in_a_file(hand: Hand, left: Callable[[str], bytes]) -> None:
    name = hand.file("name", left("Élodie Ndiaye, dossier.txt\n"))
    body = hand.file("body", b"x")
    put = hand("object", "put", "--client", "acme", str(body), "--name", f"@{name}", output="json")
    assert put.code == 0, put.err
    assert put.record["name"] == "Élodie Ndiaye, dossier.txt"


def test_a_person_in_a_file(hand: Hand, left: Callable[[str], bytes]) -> None:
    who = hand.file("who", left("anna@example.com\n"))
    said = hand.search("--about", f"@{who}", "--purpose", "service")
    assert said.code == 0, said.err
    assert not holds(said.err, "anna@example.com")


def test_a_list_of_ones_own(left: Callable[[str], bytes]) -> None:
    listed = left("192.0.2.1  # a server\nops@hosting.example\n198.51.100.0/24\n")
    own = Own.of(handed(listed).decode().splitlines())
    assert own.values == {b"192.0.2.1", b"ops@hosting.example"}
    assert len(own.networks) == 1


@pytest.mark.parametrize("data", [b"%s\n", b"%s\r\n", b"\xef\xbb\xbf%s\r\n", b"%s"])
def test_a_passphrase(tmp_path: Path, data: bytes) -> None:
    page = tmp_path / "passphrase"
    page.write_bytes(data % PASSPHRASE.encode())
    given = passphrase({"BAILEE_PASSPHRASE_COMMAND": f"cat {page}"})
    assert given.reveal() == PASSPHRASE
