"""`bailee log push` as a person, a pipe and rsyslog run it."""

import io
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.serve.served import found, serving

from bailee.client.server import Server
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LogExported
from bailee.run.cli.special.log_push import BLOCK_BYTES, DEFERRED, OK, blocks, confirmed

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
