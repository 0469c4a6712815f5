"""What a service manager hears: ready, there as long as requests are taken, ending."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S
from tests.serve.served import found, running

from bailee.run.serve.readiness import ALIVE, READY, SOCKET, STOPPING, WATCHDOG, Readiness


@pytest.fixture
def manager(tmp_path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.bind(str(tmp_path / "notify"))
    made.settimeout(HANGS_S)
    return made


def heard(manager: socket.socket) -> str:
    return manager.recv(100).decode()


def test_a_server_is_said_to_be_there_as_long_as_it_goes_on(
    tmp_path: Path, manager: socket.socket
) -> None:
    beats = iter([0, 1, 1, 2])
    one = Readiness(lambda: next(beats), {SOCKET: str(tmp_path / "notify")})
    for _ in range(4):
        one.look()
    one.say(STOPPING)
    said = [heard(manager) for _ in range(4)]
    assert said == [ALIVE, ALIVE, ALIVE, STOPPING]  # the third look found that it hung
    manager.close()


def test_a_real_one_goes_on(tmp_path: Path) -> None:
    found(tmp_path)
    with running(tmp_path) as one:
        before = one.keeper.beat()
        one.server.state()
        assert one.keeper.beat() > before


def test_nobody_is_told_where_nobody_listens(tmp_path: Path) -> None:
    for environment in ({}, {SOCKET: str(tmp_path / "nobody")}, {SOCKET: "@nobody"}):
        one = Readiness(lambda: 0, environment)
        one.start()
        one.stop()


def test_the_command_says_that_it_is_ready_there_and_ending(
    tmp_path: Path, manager: socket.socket
) -> None:
    found(tmp_path)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        SOCKET: str(tmp_path / "notify"),
        WATCHDOG: "2000",
    }
    words = [sys.executable, "-m", "bailee", "--home", str(tmp_path / "home"), "serve"]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as server:
        assert [heard(manager), heard(manager)] == [READY, ALIVE]
        assert (tmp_path / "home" / "socket").exists()
        server.send_signal(signal.SIGTERM)
        while (said := heard(manager)) == ALIVE:
            pass
        assert said == STOPPING
    assert server.returncode == os.EX_OK
    manager.close()
