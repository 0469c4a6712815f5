"""`bailee log push` as a person, a pipe and rsyslog run it."""

import io
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.answers import done
from tests.patience import HANGS_S
from tests.programs import require
from tests.serve.served import Running, found, running, serving

from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.client.server import Server
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LogExported
from bailee.run.cli.pushing import BLOCK_BYTES, DEFERRED, OK, blocks, confirmed

POLL_S, OUTAGE_S = 0.1, 3
PUSH = ("log", "push", "--client", "acme", "--stream", "web", "--origin", "infrastructure")


def command(place: Path) -> list[str]:
    return [sys.executable, "-m", "bailee", "--home", str(place / "home"), *PUSH]


def run(place: Path, lines: bytes, *more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command(place), *more], input=lines, capture_output=True, check=True, timeout=HANGS_S
    )


def held(server: Server) -> bytes:
    """Give all lines in custody."""
    answer = done(server.caller.call(ExportLog(client="acme", stream="web", purpose="service")))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks))


def test_standard_input_is_pushed_and_gone_on_with(tmp_path: Path) -> None:
    found(tmp_path)
    with serving(tmp_path) as server:
        done(server.caller.call(AddClient(label="acme")))
        run(tmp_path, b"one\ntwo\n", "--source", "a")
        run(tmp_path, b"one\ntwo\nthree\n", "--source", "a")
        assert held(server) == b"one\ntwo\nthree\n"
        spoken = run(
            tmp_path, b"four\nBEGIN TRANSACTION\nfive\nsix\nCOMMIT TRANSACTION\n", "--omprog"
        )
        assert spoken.stdout.decode().split() == [OK, OK, OK, DEFERRED, DEFERRED, OK]
        assert held(server).endswith(b"three\nfour\nfive\nsix\n")


def test_a_message_is_confirmed_by_what_becomes_of_it() -> None:
    sent: list[list[bytes]] = []

    def send(lines: list[bytes]) -> str | None:
        sent.append(lines)
        return "no" if b"bad\n" in lines else None

    come = [b"a\n", b"bad\n", b"BEGIN TRANSACTION\n", b"bad\n", b"b\n", b"COMMIT TRANSACTION\n"]
    assert [*confirmed(come, send)] == [OK, OK, "no", OK, DEFERRED, DEFERRED, "no"]
    assert sent == [[b"a\n"], [b"bad\n"], [b"bad\n", b"b\n"]]
    assert [*confirmed(come[2:3] + come[5:], send)] == [OK, OK, OK]


def test_blocks_end_with_a_line_and_nothing_is_held_without_a_bound() -> None:
    text = b"x" * 10 + b"\n" + b"y" * (3 * BLOCK_BYTES) + b"\nend"
    found_blocks = [*blocks(io.BufferedReader(io.BytesIO(text)))]
    assert b"".join(found_blocks) == text
    assert max(map(len, found_blocks)) <= 2 * BLOCK_BYTES


RSYSLOG = """
global(workDirectory="{place}/spool")
module(load="imptcp")
module(load="omprog")
template(name="line" type="string" string="%rawmsg%\\n")
input(type="imptcp" path="{place}/log" ruleset="out" unlink="on")
ruleset(name="out") {{
  action(type="omprog" binary="{command} --omprog" template="line"
    confirmMessages="on" confirmTimeout="600000" useTransactions="on" output="{place}/output"
    action.resumeInterval="1" action.resumeRetryCount="-1"
    queue.type="LinkedList" queue.filename="bailee" queue.saveOnShutdown="on")
}}
"""


@contextmanager
def rsyslog(place: Path) -> Iterator[Path]:
    """Run rsyslog, which pushes what comes on the socket that is given."""
    (place / "spool").mkdir(exist_ok=True)
    where = place / "rsyslog.conf"
    where.write_text(RSYSLOG.format(place=place, command=shlex.join(command(place))), "utf-8")
    said = (place / "said").open("ab")
    with (
        said,
        subprocess.Popen(
            ["rsyslogd", "-n", "-f", str(where), "-i", str(place / "pid")], stdout=said, stderr=said
        ) as process,
    ):
        try:
            while not (place / "log").exists():
                assert process.poll() is None
                time.sleep(POLL_S)
            yield place / "log"
        finally:
            process.terminate()


def send(where: Path, lines: list[str]) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(where))
        connection.sendall("".join(f"<13>{line}\n" for line in lines).encode())


def lines_of(running: Running) -> int:
    """Count the lines in custody, without an act."""
    with running.home.using() as app:
        parts = app.parts
        client = parts.find_client(app.caller.who, "acme")
        rows = parts.work.read(lambda tx: SqlLogRows().batches(tx, client))
    return sum(row.lines for row in rows)


def test_rsyslog_loses_nothing_while_the_server_is_away(tmp_path: Path) -> None:
    require("rsyslogd")
    parts = [[f"part {part} line {number}" for number in range(200)] for part in range(3)]
    found(tmp_path)
    with ExitStack() as ending:
        with running(tmp_path) as server:
            done(server.server.caller.call(AddClient(label="acme")))
            log = ending.enter_context(rsyslog(tmp_path))
            send(log, parts[0])
            while lines_of(server) < 200:
                time.sleep(POLL_S)
        send(log, parts[1])  # while it is away
        time.sleep(OUTAGE_S)
        with running(tmp_path) as server:
            send(log, parts[2])
            while lines_of(server) < 600:
                time.sleep(POLL_S)
            ending.close()
            came = held(server.server).decode().splitlines()
    assert {line.removeprefix("<13>") for line in came} == {line for part in parts for line in part}
