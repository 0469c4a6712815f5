"""`bailee log follow` as a process: through logrotate, its own death and the server's."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.answers import done
from tests.patience import HANGS_S
from tests.programs import require
from tests.run.test_log_push import held, lines_of
from tests.serve.served import Running, found, running

from bailee.clients.acts import AddClient

POLL_S = 0.1
ROTATING = """
{place}/logs/created.log {{
    rotate 9
    create
    compress
    missingok
}}
{place}/logs/copied.log {{
    rotate 9
    copytruncate
    missingok
}}
{place}/logs/numbered.log {{
    rotate 9
    create
    extension .log
    compress
    delaycompress
    missingok
}}
"""
LOGS = ("created", "copied", "numbered")


@contextmanager
def following(place: Path) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, "-m", "bailee", "--home", str(place / "home"), "log", "follow"]
    words += [str(place / "logs" / f"{log}.log") for log in LOGS]
    words += ["--client", "acme", "--stream", "web", "--origin", "infrastructure"]
    words += ["--state", str(place / "followed.json")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


class Writing:
    """Writes numbered lines into each log, and rotates all of them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.lines: list[bytes] = []
        (place / "rotating").write_text(ROTATING.format(place=place))
        (place / "rotating").chmod(0o600)

    def write(self) -> None:
        for log in LOGS:
            with (self.place / "logs" / f"{log}.log").open("ab") as file:
                for _ in range(20):
                    self.lines.append(b"%d in %s" % (len(self.lines), log.encode()))
                    file.write(self.lines[-1] + b"\n")

    def rotate(self) -> None:
        words = ["logrotate", "--force", "--state", str(self.place / "rotated")]
        subprocess.run([*words, str(self.place / "rotating")], check=True, timeout=HANGS_S)

    def await_all(self, server: Running) -> None:
        while lines_of(server) < len(self.lines):
            time.sleep(POLL_S)


def test_nothing_is_lost_and_nothing_doubled_through_rotations_deaths_and_an_outage(
    tmp_path: Path,
) -> None:
    require("logrotate")
    (tmp_path / "logs").mkdir()
    found(tmp_path)
    writing = Writing(tmp_path)
    with running(tmp_path) as server:
        done(server.server.caller.call(AddClient(label="acme")))
        writing.write()
        with following(tmp_path):
            writing.await_all(server)
            writing.rotate()
            writing.write()
            writing.await_all(server)
            writing.write()  # and is killed, wherever it is with these
        for _ in range(2):
            writing.rotate()
            writing.write()
        with following(tmp_path):
            writing.await_all(server)
    with following(tmp_path) as follower:  # nobody answers
        writing.write()
        writing.rotate()
        writing.write()
        with running(tmp_path) as server:
            writing.await_all(server)
            follower.send_signal(signal.SIGTERM)
            assert follower.wait(HANGS_S) == 0
            assert sorted(held(server.server).splitlines()) == sorted(writing.lines)
