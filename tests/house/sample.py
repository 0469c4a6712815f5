"""A sample of work: what is added to a copy of the house by hand, and what is then generated.

A sample is a folder below `tests/house/cost`: whole new files under `new/`, and `edits.diff` for
files that are there.  A block of it begins with `@@ PATH`; its lines are context (a space), gone
(`-`) or added (`+`).  Context and gone lines together stand in that file once, or the sample fails
and names them.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.house.source import ROOT
from tests.patience import HANGS_S

NOTHING: Mapping[str, str] = MappingProxyType({})
SAMPLES = Path(__file__).parent / "cost"
COPIED = ("src", "tests", "spec", "docs", "changelog.d")
PAGES = (".importlinter", "pyproject.toml", "ARCHITECTURE.md", "CONTRIBUTING.md", "README.md")
FIRST = (
    "tests/house/test_acts.py::test_the_table_is_what_is_declared",
    "tests/house/test_steps.py",
)
"""Write the act table, which the others import, and the SQL by which they make a home."""

THEN = (
    "tests/house/test_acts.py",
    "tests/house/test_layers.py::test_architecture_shows_the_same_order",
    "tests/house/test_names.py",
    "tests/house/test_rooms.py",
    "tests/house/test_rows.py",
    "tests/house/test_shape.py",
    "tests/house/test_text.py",
    "tests/ledger/test_vocabulary.py::test_the_kinds_are_those_of_the_lock_file",
    "tests/policy/test_matrix.py",
)
"""Tests that write what is derived, and those that refuse an act or a noun that is not whole."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One change of one file: lines that stand there, and what stands there then."""

    path: str
    before: str
    after: str
    added: int


def blocks(page: Path) -> Iterator[Block]:
    """Read the blocks of a sample's edits."""
    if not page.exists():
        return
    for text in page.read_text("utf-8").removeprefix("@@ ").split("\n@@ "):
        path, *lines = text.rstrip("\n").split("\n")
        assert all(line[:1] in {" ", "+", "-"} for line in lines), path
        yield Block(
            path=path,
            before="".join(f"{line[1:]}\n" for line in lines if line[0] != "+"),
            after="".join(f"{line[1:]}\n" for line in lines if line[0] != "-"),
            added=sum(line[0] == "+" and bool(line[1:].strip()) for line in lines),
        )


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample, and the copy that it was added to."""

    name: str
    root: Path

    @property
    def lines(self) -> dict[str, int]:
        """Count what is written by hand: lines that are not empty, by path."""
        found: dict[str, int] = {}
        for block in blocks(SAMPLES / self.name / "edits.diff"):
            found[block.path] = found.get(block.path, 0) + block.added
        for path, page in self._new():
            text = page.read_text("utf-8").splitlines()
            found[path] = sum(bool(line.strip()) for line in text)
        return found

    def _new(self) -> Iterator[tuple[str, Path]]:
        folder = SAMPLES / self.name / "new"
        for page in sorted(folder.rglob("*")):
            if page.is_file():
                yield page.relative_to(folder).as_posix().removesuffix(".sample"), page

    def copy(self) -> None:
        """Copy the house, and add what is written by hand."""
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name, ignore=_left_out)
        for name in PAGES:
            shutil.copy(ROOT / name, self.root / name)
        for path, page in self._new():
            place = self.root / path
            assert not place.exists(), f"{path} is there already"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(page, place)
        for block in blocks(SAMPLES / self.name / "edits.diff"):
            place = self.root / block.path
            text = place.read_text("utf-8")
            times = text.count(block.before)
            assert times == 1, f"{block.path} has {times} times:\n{block.before}"
            place.write_text(text.replace(block.before, block.after), "utf-8")

    def finish(self) -> None:
        """Write what is generated, and run the tests that refuse what is not whole."""
        words = ("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly")
        for tests in (FIRST, THEN):
            self.python(*words, *tests, more={"BAILEE_UPDATE": "1"})

    def python(self, *words: str, more: Mapping[str, str] = NOTHING) -> None:
        """Run Python on the copy in a child process, which must end well."""
        done = subprocess.run(
            [sys.executable, *words],
            capture_output=True,
            cwd=self.root,
            env={**os.environ, **self.environment(), **more},
            timeout=HANGS_S,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr).decode()[-4_000:]

    def environment(self) -> dict[str, str]:
        """Return what makes a child process import the copy."""
        return {"PYTHONPATH": f"{self.root / 'src'}:{self.root}"}


def _left_out(folder: str, names: list[str]) -> list[str]:
    """Leave out the samples: they are no part of a house."""
    return [one for one in names if Path(folder, one) == SAMPLES]
