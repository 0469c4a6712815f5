"""One server of a home at a time, wherever it listens; what else lies there is left alone."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

import pytest
from tests.answers import done
from tests.serve.process import left_behind
from tests.serve.served import found, serving

from bailee import errors
from bailee.client.server import ENVIRONMENT, SOCKET, Server, find_server
from bailee.clients.acts import ListClients
from bailee.run.serve.place import Place


@contextmanager
def taken(home: Path, where: Path) -> Iterator[Place]:
    place = Place(home, where)
    try:
        yield place
    finally:
        place.leave()


def test_of_those_that_start_at_once_one_serves(tmp_path: Path) -> None:
    """Over the socket that a killed one left, too, which each would take away."""
    left_behind(tmp_path / SOCKET)
    at_once = Barrier(8)

    def start() -> Place | None:
        at_once.wait()
        try:
            return Place(tmp_path, tmp_path / SOCKET)
        except errors.Conflict:
            return None

    with ThreadPoolExecutor(8) as threads:
        begun = [one for one in threads.map(lambda _: start(), range(8)) if one is not None]
    (won,) = begun
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.connect(str(tmp_path / SOCKET))
    won.leave()
    assert not (tmp_path / SOCKET).exists()


def test_a_home_has_one_server_wherever_it_listens(tmp_path: Path) -> None:
    with taken(tmp_path, tmp_path / "a"), pytest.raises(errors.Conflict):
        Place(tmp_path, tmp_path / "b")
    with taken(tmp_path, tmp_path / "b"):
        pass


def test_a_place_has_one_server_whichever_home_it_is_of(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with taken(tmp_path / "a", tmp_path / "socket"), pytest.raises(errors.Conflict):
        Place(tmp_path / "b", tmp_path / "socket")


def test_a_file_in_the_way_is_not_taken_away(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(errors.CannotRecord) as raised:
        Place(tmp_path, tmp_path / "notes")
    assert raised.value.reason == "errors_socket.no-place"
    assert (tmp_path / "notes").read_text() == "mine"


def test_the_socket_of_another_program_is_not_taken_away(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        other.bind(str(tmp_path / "other"))
        other.listen()
        with pytest.raises(errors.Conflict):
            Place(tmp_path, tmp_path / "other")
        assert (tmp_path / "other").is_socket()


def test_nobody_else_can_hold_the_lock(tmp_path: Path) -> None:
    with taken(tmp_path, tmp_path / SOCKET):
        mode = (tmp_path / "socket.lock").stat().st_mode
    assert stat.S_IMODE(mode) == stat.S_IRUSR | stat.S_IWUSR


@pytest.mark.parametrize("chars", [80, 120, 200])
def test_a_home_may_lie_deeper_than_a_sockets_name_is_long(tmp_path: Path, chars: int) -> None:
    place = tmp_path / ("d" * chars)
    place.mkdir()
    found(place)
    with serving(place) as server:
        assert list(done(server.caller.call(ListClients()))) == []
        assert len(os.fsencode(place / "home" / SOCKET)) > chars


def test_a_server_at_another_place_is_found_by_its_name_and_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(tmp_path)
    with TemporaryDirectory() as folder:
        where = Path(folder) / "bailee"
        monkeypatch.setenv(ENVIRONMENT, str(where))
        # Said to be there: to open the home instead would be another thing.
        with pytest.raises(errors.Unreachable):
            find_server(tmp_path / "home")
        with serving(tmp_path, where=where):
            server = find_server(tmp_path / "home")
            assert server is not None
            assert list(done(server.caller.call(ListClients()))) == []
            server.close()


LISTENS = """
import os, socket, sys
os.setuid(61_234)
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
    listener.bind(sys.argv[1])
    listener.listen()
    print(flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="takes root, which makes a process another user's")
@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_passphrase_goes_to_nobody_who_waits_in_a_shared_folder(mode: int) -> None:
    """A folder of many, and who listens neither owns it nor is root nor who asks."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(mode)
        where = Path(folder) / SOCKET
        words = [sys.executable, "-c", LISTENS, str(where)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            for ask in (Server(where).state, lambda: find_server(Path(folder))):
                with pytest.raises(errors.Unreachable) as raised:
                    ask()
                assert raised.value.reason == "errors_socket.not-trusted"
