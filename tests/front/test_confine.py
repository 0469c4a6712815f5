"""A front that was broken into reaches no file, no socket and no process that it was not given."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S

from bailee.front.confine import Confined

TRIED = """
import os, socket, subprocess, sys
from pathlib import Path
from bailee.front.confine import confine, program_files
ours, theirs = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
print(sorted(one.name for one in confine(program_files())))
place = Path(sys.argv[1])
def tried(name, do):
    try:
        do()
        print(name, "done")
    except PermissionError:
        print(name, "refused")
tried("read", lambda: (place / "rows.db").read_bytes())
tried("write", lambda: (place / "new").write_bytes(b""))
tried("remove", (place / "rows.db").unlink)
tried("socket", lambda: socket.socket(socket.AF_UNIX))
tried("network", lambda: socket.socket(socket.AF_INET))
tried("program", lambda: subprocess.run(["/bin/true"]))
tried("given", lambda: (ours.send(b"x"), theirs.recv(1)))
tried("library", lambda: __import__("wave"))
"""


def test_what_is_not_its_own_is_refused_by_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "rows.db").write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-I", "-c", TRIED, str(tmp_path)],
        stdout=subprocess.PIPE,
        check=True,
        timeout=HANGS_S,
        env={},
    )
    taken, *lines = done.stdout.decode().splitlines()
    if taken != str(sorted(one.name for one in Confined)):
        # A kernel that cannot: in CI there is one that can.
        assert not os.environ.get("CI")
        pytest.skip("this kernel has no Landlock or no seccomp")
    refused = ["read", "write", "remove", "socket", "network", "program"]
    assert lines == [
        *(f"{name} refused" for name in refused),
        "given done",
        "library done",
    ]
    assert (tmp_path / "rows.db").exists()
