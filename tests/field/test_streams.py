"""Standard streams that are closed, full, gone or impatient: said in a sentence, and no lie.

Reported where: circus#417, rsyslog#1526 (a closed stream, and a file opened in its place),
uutils/coreutils#9782, torognes/vsearch#243 (a full device behind the output taken for success),
uutils/coreutils#10613 (another exit code where nobody can be told), httpie#565, honcho#168 (a pipe
that does not wait, and a traceback in the middle of a table).
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell

from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

LINE = b"Nov 30 08:00:01 host sshd[1]: user=anna from 192.0.2.1 port 4\n"
LINES = 4_000
LOST, UNREADABLE = "output-lost", "stdin-unreadable"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    place = tmp_path_factory.mktemp("streams")
    options = InitOptions(home=place / "home", domain="hosting.example")
    found(options, Secret(PASSPHRASE), who=os_principal())
    shell = Shell(place)
    shell("client", "add", "acme")
    (place / "log").write_bytes(LINE)
    (place / "long").write_bytes(LINE * LINES)
    shell("object", "put", "--client", "acme", str(place / "log"))
    stream = ("--client", "acme", "--stream", "a", "--origin", "infrastructure")
    shell("log", "ingest", *stream, str(place / "log"))
    return shell


def run(shell: Shell, redirected: str, words: Sequence[str]) -> tuple[int, str, str]:
    """Run a command with its streams as a shell gives them; `{log}` is a file that is there."""
    typed = [word.format(log=shell.place / "log", long=shell.place / "long") for word in words]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "bailee", *typed],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=shell.variables(),
        timeout=HANGS_S,
        check=False,
    )
    said = done.stderr.decode()
    assert not holds(said, "Traceback (most recent")
    assert not holds(said, "Exception ignored")
    return done.returncode, done.stdout.decode(), said


EXPORT = ("log", "export", "--client", "acme")
GET = ("object", "get", "--client", "acme", "--purpose", "client-request")
SHOWN: dict[str, tuple[str, ...]] = {
    "help": ("--help",),
    "nothing typed": (),
    "a version": ("version",),
    "a scan": ("log", "scan", "{log}"),
    "a summary": ("log", "scan", "--summary", "{log}"),
    "a list": ("client", "list"),
    "JSON": ("client", "list", "-o", "json"),
    "a file": (*GET, "log"),
    "a search": ("log", "search", "--client", "acme"),
    "lines as they came": (*EXPORT, "--stream", "a", "--purpose", "client-request"),
    "a ledger": ("ledger", "show", "--client", "acme"),
    "a checkpoint": ("ledger", "head", "--client", "acme"),
    "the promise": ("promise",),
}
NOWHERE = {"closed": ">&-", "full": ">/dev/full"}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("where", NOWHERE)
@pytest.mark.parametrize("case", SHOWN)
def test_what_cannot_be_shown_is_a_failure_in_a_sentence(
    shell: Shell, case: str, where: str
) -> None:
    code, out, said = run(shell, NOWHERE[where], SHOWN[case])
    assert (code, out) == (1, "")
    assert LOST in said


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_where_nobody_is_told_the_code_stays(shell: Shell, where: str) -> None:
    assert run(shell, where, ("log", "scan", "{log}"))[:2] == (
        0,
        run(shell, "", SHOWN["a scan"])[1],
    )
    assert run(shell, where, ("log", "scan", "nothing-here"))[0] == 3
    assert run(shell, where, ("object", "list", "--client", "nobody"))[0] == 5
    assert run(shell, where, ("object", "list"))[0] == 2


def test_no_file_is_opened_in_the_place_of_a_stream(shell: Shell) -> None:
    for redirected, wanted in ((">&-", 1), ("<&- >&- 2>&-", 1), ("<&-", 0)):
        code, _, _ = run(shell, redirected, ("client", "list"))
        assert code == wanted
    assert run(shell, "<&- >&- 2>&-", ("client", "suspend", "acme"))[0] in {1, 2}
    assert shell("check").code == 0


ASKED: dict[str, tuple[str, ...]] = {
    "a file": ("object", "put", "--client", "acme", "-", "--name", "b"),
    "a name": ("object", "put", "--client", "acme", "{log}", "--name", "-"),
    "a reason": (*GET, "log", "--reason", "-"),
    "a person": ("log", "search", "--client", "acme", "--about", "-"),
    "a log": ("log", "ingest", "--client", "acme", "--stream", "a", "-"),
    "a log to look at": ("log", "scan", "-"),
    "shares": ("key", "rehearse"),
}


@pytest.mark.parametrize("where", ["<&-", "0>/dev/null"])
@pytest.mark.parametrize("case", ASKED)
def test_what_cannot_be_read_is_named(shell: Shell, case: str, where: str) -> None:
    code, out, said = run(shell, where, ASKED[case])
    assert (code, out) == (2, "")
    assert UNREADABLE in said


def test_a_passphrase_that_cannot_be_typed_is_asked_for_in_words(shell: Shell) -> None:
    unasked = Shell(shell.place, {"BAILEE_PASSPHRASE_COMMAND": ""})
    code, _, said = run(unasked, "<&-", ("client", "list"))
    assert code == 7
    assert "passphrase" in said


@pytest.mark.parametrize("case", SHOWN)
def test_a_reader_that_is_gone_is_no_failure(shell: Shell, case: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "bailee", *_typed(shell, SHOWN[case])],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=shell.variables(),
        timeout=HANGS_S,
        check=False,
    )
    os.close(writing)
    assert not holds(done.stderr.decode(), "Traceback (most recent")
    assert done.returncode == 0, done.stderr


def _typed(shell: Shell, words: Sequence[str]) -> list[str]:
    return [word.format(log=shell.place / "log", long=shell.place / "long") for word in words]


def test_a_pipe_that_does_not_wait_gets_all(shell: Shell) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    command = [sys.executable, "-m", "bailee", "log", "scan", str(shell.place / "long")]
    with subprocess.Popen(command, stdout=writing, env=shell.variables()) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            shown = pipe.read()
        assert process.wait(HANGS_S) == 0
    assert len(shown.splitlines()) == 2 * LINES


def test_the_verifier_alone_says_so_too(shell: Shell, tmp_path: Path) -> None:
    receipt = tmp_path / "nothing"
    words = [sys.executable, "-m", "bailee.proof", str(receipt)]
    for redirected in (">&-", ">/dev/full"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {redirected}', "sh", *words[:-1], "--help"],
            capture_output=True,
            env=shell.variables(),
            timeout=HANGS_S,
            check=False,
        )
        assert done.returncode == 14
        assert not holds(done.stderr.decode(), "Traceback (most recent")
        assert done.stderr
