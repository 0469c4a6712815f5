"""A cache that cannot be written: the scan goes on, and says what to set.

Reported where: numba#1771 (installed by root, used by another), numba#5566 (a service user without
a home), numba#4032 ("cannot cache function: no locator available").
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S

from bailee.scan.vm import cache

SAY = """
from bailee.scan.vm import cache
folder = cache.folder()
(folder / "x.code").parent.mkdir(parents=True, exist_ok=True)
(folder / "x.code").write_bytes(b"x")
print(folder, cache.lasting())
"""


def said(**variables: str) -> tuple[Path, bool]:
    """Ask a process of its own where it keeps what it compiles."""
    kept = {name: value for name, value in os.environ.items() if name != cache.PLACE}
    done = subprocess.run(
        [sys.executable, "-c", SAY],
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=True,
    )
    folder, lasting = done.stdout.split()
    return Path(folder), lasting == "True"


UNWRITABLE = {
    "below a file": "{file}/cache",
    "below the process table": "/proc/bailee",
    "a name without end": "{folder}/" + "x" * 300,
}


@pytest.mark.parametrize("name", ["XDG_CACHE_HOME", cache.PLACE])
@pytest.mark.parametrize("case", UNWRITABLE)
def test_one_that_cannot_be_written_is_of_the_process_alone(
    tmp_path: Path, case: str, name: str
) -> None:
    (tmp_path / "file").write_bytes(b"")
    place = UNWRITABLE[case].format(file=tmp_path / "file", folder=tmp_path)
    folder, lasting = said(**{name: place})
    assert not lasting
    assert not folder.exists()


def test_one_that_can_is_kept(tmp_path: Path) -> None:
    folder, lasting = said(XDG_CACHE_HOME=str(tmp_path))
    assert lasting
    assert folder.is_relative_to(tmp_path)
    assert (folder / "x.code").exists()
