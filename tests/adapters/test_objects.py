"""The directory store: its contract, its crash states, its sweep."""

import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.adapters.store_contract import StoreContract

from bailee import errors, failpoint
from bailee.adapters.objects.directory import DirectoryStore
from bailee.ids import BlobId

REPLACE = (
    "objects.write",
    "objects.fsync",
    "objects.rename",
    "objects.fsync-folder",
)
PUT = (*REPLACE, "objects.incoming")
KEPT = {("objects.rename", "after"), ("objects.incoming", "before"), ("objects.incoming", "after")}
KEPT |= {("objects.fsync-folder", side) for side in ("before", "after")}
LEAVING = [("objects.incoming", "before")]
"""What leaves a file of its own behind that the sweep takes away."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DirectoryStore]:
    yield DirectoryStore(tmp_path / "objects")
    failpoint.arm("")


class TestDirectory(StoreContract):
    pass


def orphans(root: Path) -> list[Path]:
    return list((root / ".incoming").glob("*"))


def test_random_names_are_spread_over_folders(tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path, sharded=True)
    name = str(BlobId.new())
    store.put(name, [b"x"])
    assert (tmp_path / name[3:5] / name).is_file()
    assert list(store.names()) == [name]
    assert store.read(name) == b"x"
    with pytest.raises(errors.UsageError):
        store.put("a/b", [b""])


def test_only_the_owner_can_read(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("a/b", [b"x"])
    assert stat.S_IMODE((tmp_path / "objects/a/b").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "objects/a").stat().st_mode) == 0o700


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("point", PUT)
def test_a_failing_write_is_said_at_once_and_shows_all_or_nothing(
    store: DirectoryStore, tmp_path: Path, point: str, side: str
) -> None:
    store.put("first", [b"makes the folders"])
    failpoint.arm(f"{point}:{side}=raise")
    with pytest.raises(errors.CannotRecord):
        store.put("folder/name", [b"whole"])
    failpoint.arm("")
    if store.exists("folder/name"):
        assert store.read("folder/name") == b"whole"
        assert (point, side) in KEPT
    assert len(orphans(tmp_path / "objects")) == LEAVING.count((point, side))
    assert store.sweep_incoming(older_than_s=-60) == LEAVING.count((point, side))


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("point", REPLACE)
def test_a_failing_replacement_leaves_the_old_or_the_new(
    store: DirectoryStore, point: str, side: str
) -> None:
    store.replace("name", b"old")
    failpoint.arm(f"{point}:{side}=raise")
    with pytest.raises(errors.CannotRecord):
        store.replace("name", b"new")
    failpoint.arm("")
    assert store.read("name") in {b"old", b"new"}


KILLED = """
import sys
from pathlib import Path
from bailee.adapters.objects.directory import DirectoryStore
store = DirectoryStore(Path(sys.argv[1]))
store.put("a/name", [b"whole"] * 3)
print("acknowledged")
"""


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("point", PUT)
def test_a_killed_process_leaves_all_or_nothing(tmp_path: Path, point: str, side: str) -> None:
    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env={**os.environ, failpoint.VARIABLE: f"{point}:{side}=kill"},
        capture_output=True,
        check=False,
    )
    assert child.returncode == -9
    store = DirectoryStore(tmp_path)
    if store.exists("a/name"):
        assert store.read("a/name") == b"whole" * 3
    store.put("a/other", [b"goes on"])
    store.sweep(lambda _: frozenset({"a/other"}), older_than_s=-60)
    assert orphans(tmp_path) == []
    assert list(store.names()) == ["a/other"]


def test_the_sweep_spares_what_is_young_and_what_is_named(
    store: DirectoryStore, tmp_path: Path
) -> None:
    for name in ("named", "unnamed", "young"):
        store.put(name, [b"x"])
    (tmp_path / "objects/.incoming/orphan").write_bytes(b"left by a crash")
    past = time.time() - 7200
    for name in ("named", "unnamed", ".incoming/orphan"):
        os.utime(tmp_path / "objects" / name, (past, past))
    asked: list[str] = []

    def named(names: Iterable[str]) -> frozenset[str]:
        asked.extend(names)
        return frozenset({"named"})

    assert store.sweep(named) == 2
    assert asked == ["named", "unnamed"]
    assert list(store.names()) == ["named", "young"]


def test_a_link_planted_in_the_store_is_not_listed(store: DirectoryStore, tmp_path: Path) -> None:
    store.put("real", [b"x"])
    (tmp_path / "objects/planted").symlink_to("/etc/hostname")
    assert list(store.names()) == ["real"]


def test_a_disk_that_is_full_is_said_in_one_sentence() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    store = DirectoryStore(Path("/dev/full"))
    with pytest.raises(errors.CannotRecord) as caught:
        store.put("name", [b"x"])
    assert caught.value.reason == "errors_objects_store.not-writable"
