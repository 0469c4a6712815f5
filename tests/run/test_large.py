"""Big files pass through in bounded memory, and a person at a terminal sees how far they are."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.run.homes import make

PASS = """
import resource, sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tests.run.homes import opened
from bailee.clients.acts import AddClient
from bailee.objects.acts import GetObject, PutObject

MIB = 1024 * 1024
size = int(sys.argv[2]) * MIB

def source() -> Iterator[bytes]:
    block = bytes(range(256)) * (MIB // 256)
    for number in range(size // MIB):
        chunk = number.to_bytes(8, "big") + block[8:]
        put.update(chunk)
        yield chunk

put, got = sha256(), sha256()
with opened(Path(sys.argv[1])) as house:
    house.caller.call(AddClient(label="acme"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    house.caller.call(PutObject(client="acme", name="big"), source())
    given = house.caller.call(GetObject(client="acme", object="big", purpose="service"))
    for chunk in given.chunks:
        got.update(chunk)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert put.digest() == got.digest()
print(after - before)
"""


def grown_kib(place: Path, size_mib: int) -> int:
    make(place)
    done = subprocess.run(
        [sys.executable, "-c", PASS, str(place), str(size_mib)],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def test_a_file_of_256_mib_costs_no_memory_of_its_size(tmp_path: Path) -> None:
    assert grown_kib(tmp_path, 256) < 24 * 1024


@pytest.mark.sweep
def test_a_file_of_10_gib_costs_no_memory_of_its_size(tmp_path: Path) -> None:
    assert grown_kib(tmp_path, 10 * 1024) < 24 * 1024


SLOW = """
import sys, time
from tests.run.homes import opened
from bailee.run.cli import frame
from pathlib import Path

def slowly():
    for _ in range(13):
        time.sleep(0.2)
        yield bytes(1024 * 1024)

for _ in frame.Progress(13 * 1024 * 1024).watch(slowly()):
    pass
"""


def said_to(terminal: bool) -> bytes:  # noqa: FBT001  # the one thing that differs
    if not terminal:
        return subprocess.run([sys.executable, "-c", SLOW], capture_output=True, check=True).stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", SLOW], stderr=theirs) as child:
        os.close(theirs)
        said = b""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the child's end is closed
                break
            if not part:
                break
            said += part
        assert child.wait(timeout=10) == 0
    os.close(ours)
    return said


def test_a_terminal_sees_rate_and_time_left_after_two_seconds() -> None:
    said = said_to(terminal=True).decode()
    shown = [line for line in said.split("\r") if "/s" in line]
    assert 1 <= len(shown) <= 5
    assert "MiB" in shown[0]
    assert "s left" in shown[0]


def test_what_is_not_a_terminal_sees_nothing() -> None:
    assert said_to(terminal=False) == b""
