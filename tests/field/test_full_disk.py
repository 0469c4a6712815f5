"""A full disk: said with how much is needed and where; what ends things goes on; then all is whole.

Reported where: borg#2756 and borg#239 (on a full disk nothing can be deleted either, and it stays
full), restic#3289 (what frees space needs space), torognes/vsearch#243 (taken for success).
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.homes import Done, Shell

from bailee.act import ACTS
from bailee.limits import RESERVE_BYTES
from bailee.monitor.model import OWED

SIZE_BYTES = 3 * RESERVE_BYTES
LINE = b"Nov 30 08:00:01 host sshd[1]: user=anna from 192.0.2.1 port 4\n"
NEEDED = "128 MiB"


class Disk:
    """A small disk with a home on it, which can be filled to the last block."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.shell = Shell(place)

    def fill(self) -> None:
        """Take all the space that is left."""
        disk = os.statvfs(self.place)
        with (self.place / "filler").open("ab") as file:
            end = file.tell()
            os.posix_fallocate(file.fileno(), end, disk.f_bavail * disk.f_frsize or 1)

    def free(self) -> None:
        """Give it back."""
        (self.place / "filler").unlink()

    def __call__(self, *words: str, expect: int | None = 0) -> Done:
        return self.shell(*words, expect=expect)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(tmp_path)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    disk = Disk(tmp_path)
    disk("init", "--provider", "hosting.example")
    disk("client", "add", "acme")
    (tmp_path / "log").write_bytes(LINE)
    for name in ("a", "b"):
        disk("object", "put", "--client", "acme", "--name", name, str(tmp_path / "log"))
    stream = ("--client", "acme", "--stream", "web", "--origin", "infrastructure")
    disk("log", "ingest", *stream, str(tmp_path / "log"))
    yield disk
    subprocess.run(["umount", str(tmp_path)], check=True)


def names(disk: Disk) -> list[str]:
    listed = disk("-o", "json", "object", "list", "--client", "acme")
    return sorted(one["name"] for one in json.loads(listed.out))


def test_what_is_deleted_and_turned_goes_on_and_then_all_is_whole(disk: Disk) -> None:
    disk.fill()
    put = ("object", "put", "--client", "acme", "--name", "c", str(disk.place / "log"))
    refused = disk(*put, expect=15)
    assert NEEDED in refused.err
    assert "disk of the home" in refused.err
    disk("object", "delete", "--client", "acme", "a")
    disk("key", "turn")
    refused = disk("object", "list", "--client", "acme", expect=15)  # what opens waits for space
    assert NEEDED in refused.err
    disk.free()
    assert names(disk) == ["b"]
    disk(*put)
    assert names(disk) == ["b", "c"]
    assert disk("check").code == 0


def test_a_person_is_erased_on_a_full_disk(disk: Disk) -> None:
    disk.fill()
    (disk.place.parent / "who").write_bytes(b"192.0.2.1")
    about = ("--about", f"@{disk.place.parent / 'who'}")
    disk("log", "erase", "--client", "acme", *about, "--purpose", "client-request")
    disk.free()
    found = disk("log", "search", "--client", "acme", *about, "--purpose", "client-request")
    assert not found.out
    assert disk("check").code == 0


def test_a_file_that_is_too_large_says_how_much_room_is_needed(disk: Disk) -> None:
    large = disk.place.parent / "large"
    large.write_bytes(bytes(2 * RESERVE_BYTES))
    refused = disk("object", "put", "--client", "acme", str(large), expect=15)
    large.unlink()
    assert NEEDED in refused.err
    assert "[full]" in refused.err
    assert names(disk) == ["a", "b"]
    assert disk("check").code == 0


def test_the_reserve_is_kept_again_once_there_is_room(disk: Disk) -> None:
    disk.fill()
    disk("object", "delete", "--client", "acme", "a")
    reserve = disk.place / "home" / "reserve"
    assert not reserve.exists()
    disk.free()
    names(disk)
    assert reserve.stat().st_size == RESERVE_BYTES


def test_what_is_owed_are_acts_that_there_are() -> None:
    assert set(ACTS) > OWED
