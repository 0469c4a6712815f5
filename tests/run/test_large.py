"""Big files pass through in bounded memory, and a person at a terminal sees how far they are."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S
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
    house.caller.send(PutObject(client="acme", name="big"), source())
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
from tests.patience import HandTime
from bailee.run.cli import frame

frame.time = HandTime()

def slowly():
    for _ in range(13):
        frame.time.sleep(0.25)
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
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # the child's end is closed
                break
            if not part:
                break
            said += part
        assert child.wait(timeout=HANGS_S) == 0
    os.close(ours)
    return said


def test_a_terminal_sees_rate_and_time_left_after_two_seconds() -> None:
    said = said_to(terminal=True).decode()
    shown = [line for line in said.split("\r") if "/s" in line]
    assert len(shown) == 5  # at 2.25 s and at each quarter of a second after
    assert "MiB" in shown[0]
    assert "s left" in shown[0]


def test_what_is_not_a_terminal_sees_nothing() -> None:
    assert said_to(terminal=False) == b""
