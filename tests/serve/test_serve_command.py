"""`bailee serve` refuses what it was told wrong before it listens, and leaves no place behind."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.test_hostile import MARK, values
from tests.serve.served import found, running

from bailee import errors
from bailee.client import caller
from bailee.client.server import SOCKET, Server
from bailee.run.cli import frame, run

OPTIONS = ("--listen", "--certificate", "--private-key", "--proxy")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found(tmp_path)
    return tmp_path


@pytest.mark.parametrize("option", OPTIONS)
def test_whatever_is_thrown_at_an_option_is_one_sentence(
    place: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in values(place).values():
        frame.session.home = place / "home"
        code = run(["serve", f"{option}={value}"])
        out, err = capsys.readouterr()
        assert code == errors.UsageError.exit_code
        assert err.strip()
        assert not holds(out + err, MARK)
    assert not (place / "home" / SOCKET).exists()


def test_a_passphrase_that_is_wrong_leaves_no_place_at_which_nobody_answers(place: Path) -> None:
    words = [sys.executable, "-m", "bailee", "--home", str(place / "home"), "serve"]
    said = subprocess.run(
        words,
        env={**os.environ, "BAILEE_PASSPHRASE_COMMAND": "false"},
        stderr=subprocess.PIPE,
        timeout=HANGS_S,
        check=False,
    )
    assert said.returncode == errors.Sealed.exit_code
    assert not (place / "home" / SOCKET).exists()


def test_a_server_that_is_stopped_is_not_waited_for_without_an_end(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "ANSWERS_S", 0.01)
    child = os.fork()
    if child == 0:
        with running(place):
            signal.pause()
    try:
        server = Server(place / "home" / SOCKET)
        while not (place / "home" / SOCKET).exists():
            os.sched_yield()
        os.kill(child, signal.SIGSTOP)
        with closing(server), pytest.raises(errors.Unreachable) as raised:
            server.state()
        assert raised.value.reason == "errors_socket.silent"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
