"""A command leaves no core, lets nobody attach, and locks its memory where it may."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S
from tests.run.homes import Shell, make

STATE = """
import ctypes, re, resource
from pathlib import Path
{before}
from bailee.run.hardening import harden
locked = harden()
held = bytearray(64 << 20)
held[::4096] = b"x" * len(held[::4096])
status = Path("/proc/self/status").read_text()
print(int(locked), *resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3),
      re.search(r"VmLck:\\s+(\\d+)", status)[1])
"""
LIMITED = """
resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, 1 << 16))
libc = ctypes.CDLL(None)
assert libc.prctl(24, 24, 0, 0, 0) in (0, -1)
class Header(ctypes.Structure): _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
header, none = Header(0x20080522, 0), (ctypes.c_uint32 * 6)()
assert libc.capset(ctypes.byref(header), none) == 0
"""


def state(before: str = "") -> list[int]:
    """Harden a child; give: locked, both limits of a core, whether it is dumped, KiB locked."""
    done = subprocess.run(
        [sys.executable, "-c", STATE.format(before=before)],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS_S,
    )
    return [int(word) for word in done.stdout.split()]


def test_no_core_is_dumped_and_nobody_attaches() -> None:
    _, soft, hard, dumped, _ = state()
    assert (soft, hard, dumped) == (0, 0, 0)


def test_memory_is_locked_exactly_when_it_is_said() -> None:
    locked, *_, kib = state()
    assert (kib >= 64 << 10) == bool(locked)


def test_under_a_limit_nothing_is_locked_and_nothing_fails() -> None:
    locked, *_, kib = state(LIMITED)
    assert (locked, kib) == (0, 0)


@pytest.mark.parametrize("command", [("version",), ("client", "list")])
def test_every_command_begins_with_it(command: tuple[str, ...], tmp_path: Path) -> None:
    make(tmp_path)
    code = (
        "import resource, sys; from bailee.run import cli;"
        "cli.run = lambda argv: print(resource.getrlimit(resource.RLIMIT_CORE)) or 0;"
        "cli.main()"
    )
    shell = Shell(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=True,
        env=shell.variables(),
        timeout=HANGS_S,
    )
    assert re.fullmatch(r"\(0, 0\)\n", done.stdout)
