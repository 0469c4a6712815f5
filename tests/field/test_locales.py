"""A locale without UTF-8, and file names that are no text: nothing breaks, nothing is lost.

Reported where: borg#382 (a command ends in a traceback in a locale of ASCII), borg#5222 (what was
made in one locale is not read in another), borg#7535 (JSON shows another name than the table), and
Backblaze/B2_Command_Line_Tool#215 (a file whose name is no UTF-8 is not taken).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell

from bailee.act.show import printable
from bailee.adapters.sources.place import SourcePlace
from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

LINE = b"Nov 30 08:00:01 host sshd[1]: user=anna from 192.0.2.1 port 4\n"
NAME = "reçu-€.txt"
BYTES = b"re\xe7u.log"
ASCII = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
LOCALES: dict[str, dict[str, str]] = {
    "C": {"LC_ALL": "C"},
    "POSIX": {"LC_ALL": "POSIX"},
    "none": {"LANG": "", "LC_ALL": ""},
    "one that is not installed": {"LC_ALL": "fr_FR.ISO-8859-15"},
    "ASCII": ASCII,
    "ISO-8859-1": {"PYTHONIOENCODING": "iso-8859-1"},
    "UTF-16": {"PYTHONIOENCODING": "utf-16-le"},
}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("locales")
    options = InitOptions(home=place / "home", domain="hosting.example")
    found(options, Secret(PASSPHRASE), who=os_principal())
    shell = Shell(place)
    shell("client", "add", "acme")
    (place / NAME).write_bytes(LINE)
    shell("object", "put", "--client", "acme", str(place / NAME))
    return shell


def run(shell: Shell, locale: str, *words: str | bytes) -> tuple[int, bytes, bytes]:
    """Run a command in a locale; words are given as bytes, as a shell does."""
    typed = [word if isinstance(word, bytes) else word.encode() for word in words]
    done = subprocess.run(
        [sys.executable, "-m", "bailee", *typed],
        capture_output=True,
        env={**shell.variables(), **LOCALES[locale]},
        timeout=HANGS_S,
        check=False,
    )
    assert not holds(done.stderr.decode("utf-8", "replace"), "Traceback (most recent")
    return done.returncode, done.stdout, done.stderr


@pytest.mark.sampled(3)
@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_held_is_shown_and_found_by_its_name(shell: Shell, locale: str) -> None:
    encoding = LOCALES[locale].get("PYTHONIOENCODING", "utf-8")
    code, out, _ = run(shell, locale, "-o", "json", "object", "list", "--client", "acme")
    assert code == 0
    # Other tests of this home hold names that are no text.
    assert [one["name"] for one in json.loads(out.decode(encoding))].count(NAME) == 1
    purpose = ("--purpose", "client-request")
    assert run(shell, locale, "object", "get", "--client", "acme", *purpose, NAME)[:2] == (0, LINE)
    assert run(shell, locale, "object", "list", "--client", "acme")[0] == 0
    path = str(shell.place / NAME)
    code, out, _ = run(shell, locale, "--lang", "fr", "log", "scan", path)
    assert code == 0
    assert "ipv4" in out.decode(encoding)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_sentence_with_letters_of_no_ascii_is_said(shell: Shell, locale: str) -> None:
    code, _, said = run(shell, locale, "--lang", "fr", "object", "list", "--client", "personne")
    assert code == 5
    assert said


@pytest.mark.parametrize("locale", ["C", "ASCII"])
def test_a_file_whose_name_is_no_text_is_taken_in_and_given_back(
    shell: Shell, tmp_path: Path, locale: str
) -> None:
    path = os.fsencode(tmp_path) + b"/" + locale.encode() + BYTES
    Path(os.fsdecode(path)).write_bytes(LINE)
    put = ("object", "put", "--client", "acme")
    code, out, said = run(shell, locale, "-o", "json", *put, path)
    assert code == 0, said
    shown = json.loads(out)["name"]
    assert shown == f"{locale}re\\xe7u.log"
    purpose = ("--purpose", "client-request")
    given = run(shell, locale, "object", "get", "--client", "acme", *purpose, shown)
    assert given[:2] == (0, LINE)


@pytest.mark.parametrize("locale", ["C", "ASCII"])
def test_a_log_whose_name_is_no_text_is_shown_as_it_may_be_typed(
    shell: Shell, tmp_path: Path, locale: str
) -> None:
    path = os.fsencode(tmp_path) + b"/" + BYTES
    Path(os.fsdecode(path)).write_bytes(LINE + locale.encode() + b"\n")
    stream = ("--client", "acme", "--stream", "a", "--origin", "infrastructure")
    code, out, said = run(shell, locale, "-o", "json", "log", "ingest", *stream, path)
    assert code == 0, said
    (source,) = json.loads(out)["inputs"]
    assert source["name"].endswith("/re\\xe7u.log")
    code, out, _ = run(shell, locale, "log", "scan", path)
    assert code == 0
    assert b"/re\\xe7u.log:1:" in out


def test_bytes_are_shown_as_bytes() -> None:
    name = os.fsdecode(BYTES)
    assert printable(name) == "re\\xe7u.log"
    assert SourcePlace(path=name).name == "re\\xe7u.log"
    typed = SourcePlace(path="/x/re\\xe7u.log").address
    assert SourcePlace(path="/x/" + name).address == typed
