"""A home at an odd place is founded or refused in a sentence; a failure leaves nothing behind.

Reported where: syncany#95 (local files of an `init` that failed remain), borg#850 (an interrupted
`init` leaves a folder that no later one takes), borg#4730 and borg#4491 (a place that cannot be
written ends in a traceback), libgit2#5188 (`init` leaves a dangling link).
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, SOMEONE, Shell, make, opened

from bailee import errors, failpoint
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

INIT = ("init", "--provider", "hosting.example")


def tree(place: Path) -> dict[str, str]:
    """Say what lies below a place: of files their size, of links where they lead."""
    return {
        str(path.relative_to(place)): str(path.readlink())
        if path.is_symlink()
        else ("folder" if path.is_dir() else str(path.stat().st_size))
        for path in sorted(place.rglob("*"))
    }


def _file(place: Path) -> Path:
    (place / "home").write_bytes(b"of somebody")
    return place / "home"


def _dangling(place: Path) -> Path:
    (place / "home").symlink_to(place / "nowhere" / "at-all")
    return place / "home"


def _loop(place: Path) -> Path:
    (place / "home").symlink_to(place / "home")
    return place / "home"


def _full(place: Path) -> Path:
    (place / "home").mkdir()
    (place / "home" / "file").write_bytes(b"of somebody")
    return place / "home"


def _below_file(place: Path) -> Path:
    (place / "file").write_bytes(b"of somebody")
    return place / "file" / "home"


ODD: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], str]] = {
    "a file": (_file, (), "home-exists"),
    "a dangling link": (_dangling, (), "home-exists"),
    "a link to itself": (_loop, (), "home-exists"),
    "a folder that is not empty": (_full, (), "home-exists"),
    "below a file": (_below_file, (), "place"),
    "below the process table": (lambda _: Path("/proc/bailee/home"), (), "place"),
    "a line feed": (lambda place: place / "ho\nme", (), "place-name"),
    "an escape": (lambda place: place / "ho\x1b[31mme", (), "place-name"),
    "a name without end": (lambda place: place / ("h" * 250), (), "place"),
    "bytes that are no text": (lambda place: place / "caf\udce9", (), "place-name"),
    "a custodian that is a file": (
        lambda place: place / "home",
        ("--custodian", "{file}", "--custodian", "{new}"),
        "place",
    ),
    "a custodian in use": (
        lambda place: place / "home",
        ("--custodian", "{new}", "--custodian", "{used}"),
        "custodian-in-use",
    ),
    "a backup that is a file": (lambda place: place / "home", ("--backup", "{file}"), "place"),
    "a backup of two lines": (lambda place: place / "home", ("--backup", "{new}\na"), "place-name"),
    "a kit that no one could join": (
        lambda place: place / "home",
        ("--shares", "2", "--threshold", "3"),
        "share-figures",
    ),
    "no domain": (lambda place: place / "home", ("--provider", "a b"), "domain"),
}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("case", ODD)
def test_an_odd_place_is_refused_and_left_as_it_was(tmp_path: Path, case: str) -> None:
    prepare, words, slug = ODD[case]
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "file").write_bytes(b"of somebody")
    (tmp_path / "used").mkdir(mode=0o700)
    (tmp_path / "used" / "x").write_bytes(b"of somebody")
    names = {name: str(tmp_path / name) for name in ("file", "used", "new")}
    home = prepare(place)
    before = tree(tmp_path)
    typed = INIT if "--provider" not in words else INIT[:1]
    shell = Shell(tmp_path, {"BAILEE_HOME": str(home)})
    said = shell(*typed, *(word.format(**names) for word in words), expect=None)
    assert said.code in {2, 6, 15}, said.err
    assert f"[{slug}]" in said.err
    assert tree(tmp_path) == before


PLAIN: dict[str, Callable[[Path], str]] = {
    "a blank at its end": lambda place: f"{place}/home ",
    "a slash at its end": lambda place: f"{place}/home/",
    "no parents": lambda place: f"{place}/one/two/home",
    "letters of no ASCII": lambda place: f"{place}/hôme é",
    "a step up": lambda place: f"{place}/other/../home",
    "quotes": lambda place: f"{place}/a \"home\" 'here' \\n",
}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("case", PLAIN)
def test_a_place_that_is_only_odd_is_a_home(tmp_path: Path, case: str) -> None:
    (tmp_path / "other").mkdir()
    home = PLAIN[case](tmp_path)
    shell = Shell(tmp_path, {"BAILEE_HOME": home})
    shell(*INIT)
    assert shell("client", "add", "acme").code == 0
    assert shell("backup", "create").code == 0
    assert Path(home).is_dir()


def points() -> list[str]:
    """Name each durable write that founding a home passes."""
    return [f"{name}:{side}" for name in WRITES for side in ("before", "after")]


WRITES = (
    *("home.make", "kms.custodian-folder", "kms.custodian-found", "kms.turn-write"),
    *("home.config", "rows.create", "home.move"),
)


@pytest.mark.parametrize("point", points())
def test_whichever_write_fails_nothing_is_left(tmp_path: Path, point: str) -> None:
    failpoint.arm(f"{point}=raise")
    place = tmp_path / "place"
    place.mkdir()
    passed = failpoint._armed.passed
    try:
        with pytest.raises(errors.BaileeError):
            make(place)
    finally:
        failpoint.arm("")
    assert passed, "no home passes this write: name another"
    assert tree(place) == {}
    make(place)
    with opened(place):
        pass


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk that is too small for a home, and one that nobody may write."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_without_room_is_said_with_how_much_is_needed(small: Path) -> None:
    shell = Shell(small.parent, {"BAILEE_HOME": str(small / "home")})
    said = shell(*INIT, expect=15)
    assert "[no-room]" in said.err
    assert "128.0 MiB" in said.err
    assert "--home" in said.err
    assert tree(small) == {}


def test_a_disk_that_nobody_writes_is_said(small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    for option in ("--custodian", "--backup"):
        words = (option, str(small / "x"), *(("--custodian", "y") * (option == "--custodian")))
        said = Shell(small.parent)(*INIT, *words, expect=15)
        assert "[place]" in said.err
        assert option in said.err
    assert Shell(small.parent, {"BAILEE_HOME": str(small / "h")})(*INIT, expect=15).code
    assert set(tree(small.parent)) == {"disk"}


# --- the kit, which nothing shows again -----------------------------------------------------------


@pytest.mark.parametrize("redirected", [">&-", ">/dev/full"])
def test_a_home_whose_kit_nobody_saw_is_not_there(tmp_path: Path, redirected: str) -> None:
    shell = Shell(tmp_path)
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "bailee", *INIT],
        capture_output=True,
        env=shell.variables(),
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 1
    assert b"output-lost" in done.stderr
    assert tree(tmp_path) == {}


def test_a_home_whose_kit_had_no_reader_is_not_there(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "bailee", *INIT],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=Shell(tmp_path).variables(),
        timeout=HANGS_S,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1
    assert not holds(done.stderr.decode(), "Traceback (most recent")
    assert tree(tmp_path) == {}


def test_the_kit_is_handed_out_before_the_home_is_there(tmp_path: Path) -> None:
    seen = []
    options = InitOptions(home=tmp_path / "home", domain="hosting.example")
    found(
        options,
        Secret(PASSPHRASE),
        who=SOMEONE,
        hand_out=lambda founded: seen.append((founded.pages, (tmp_path / "home").exists())),
    )
    ((pages, there),) = seen
    assert len(pages) == 3
    assert not there
