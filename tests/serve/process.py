"""A server in a process of its own, of a home at a cost that tests can pay: it may be killed.

    python -m tests.serve.process PLACE [SOCKET]

As `bailee serve`, but for the passphrase, which is the tests' own.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from tests.patience import HANGS_S, NovemberClock
from tests.run.homes import CHEAP, PASSPHRASE

from bailee.client.server import SOCKET, Server
from bailee.run.serve.keeper import Keeper
from bailee.run.serve.open_home import OpenHome
from bailee.run.serve.place import Place
from bailee.secret import Secret

ROOT = Path(__file__).parents[2]


def main(place: Path, where: Path) -> None:
    """Serve until a signal."""
    home = OpenHome(place / "home", clock=NovemberClock(), unsafe_cost=CHEAP)
    keeper = Keeper(home, Place(place / "home", where), fault=lambda *at: sys.exit(str(at)))

    def stop(number: int, at: FrameType | None) -> None:
        del number, at
        keeper.stop()

    signal.signal(signal.SIGTERM, stop)
    home.open(Secret(PASSPHRASE))
    sys.stdout.write("open\n")
    sys.stdout.flush()
    keeper.run()


@contextmanager
def process(
    place: Path, where: Path | None = None, *, before: Sequence[str] = ()
) -> Iterator["subprocess.Popen[str]"]:
    """Serve a home in a process, and wait until it is open; killed at the end."""
    where = where or place / "home" / SOCKET
    words = [*before, sys.executable, "-m", "tests.serve.process", str(place), str(where)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            assert running.stdout.readline() == "open\n"
            yield running
        finally:
            with suppress(ProcessLookupError):
                running.kill()
            running.wait(HANGS_S)


def server_of(place: Path) -> Server:
    """Speak with it."""
    return Server(place / "home" / SOCKET)


def left_behind(place: Path) -> None:
    """Leave the socket of a server that was killed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.bind(str(place))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
