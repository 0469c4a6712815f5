"""Acceptances run by name, and each committed note says on what it ran."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.acceptance import ground
from tests.acceptance.__main__ import NAMES
from tests.acceptance.note import FIELDS, FOLDER, Note

NOTES = sorted(path.name for path in FOLDER.glob("*"))


def test_every_note_is_of_an_acceptance() -> None:
    assert {Path(name).stem for name in NOTES} <= set(NAMES)


@pytest.mark.parametrize("name", NOTES)
def test_a_note_says_what_ran_where(name: str) -> None:
    head = (FOLDER / name).read_text("utf-8").partition("\n\n")[0].splitlines()
    said = {line[:12].strip(): line[12:] for line in head}
    assert tuple(said) == FIELDS
    assert re.match(r"[0-9a-f]{40}\b", said["revision"])
    assert said["result"] == "holds"


def test_an_unknown_one_is_refused() -> None:
    words = [sys.executable, "-m", "tests.acceptance", "nothing"]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 2


SUITE = """
import pytest

def test_good(): pass
def test_bad(): assert False
@pytest.mark.skip
def test_left_out(): pass
@pytest.fixture
def broken(): raise OSError
def test_unmade(broken): pass
"""


def test_failures_and_errors_of_a_round_are_counted(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE, "utf-8")
    report = tmp_path / "report.xml"
    words = ["-m", "pytest", "-c", "/dev/null", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *words, f"--junitxml={report}", "-p", "no:cacheprovider"],
        capture_output=True,
        check=False,
    )
    seen = ground.read(report, done.returncode, 1.0)
    assert seen.tests == 4
    assert {name.rpartition("::")[2] for name in seen.failed} == {"test_bad", "test_unmade"}


def test_a_round_without_a_report_has_failed(tmp_path: Path) -> None:
    assert ground.read(tmp_path / "none.xml", 4, 1.0).failed == ("no report, exit code 4",)


def test_a_note_is_kept_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.acceptance.note.FOLDER", tmp_path)
    monkeypatch.setattr("tests.acceptance.note._revision", lambda: "0" * 40)
    note = Note.begun("ground", ["ground"])
    note.say("one round")
    assert "result      unfinished\n\none round\n" in (tmp_path / "ground.txt").read_text("utf-8")
    assert (note.end(0), note.end(2)) == (0, 1)
    assert "does not hold: 2 failures" in (tmp_path / "ground.txt").read_text("utf-8")
