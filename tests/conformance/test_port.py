"""The folder for a stranger's port: all that is asked, no answer, and a fair score."""

import csv
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.conformance.port import prepare
from tests.proof.make_line_vectors import FOLDER as LINES
from tests.proof.vectors import LEDGER, MISUSED, decided_by, expected_of

from bailee.proof.run import Misused, run


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    top = tmp_path_factory.mktemp("port")
    count = prepare(top / "port", top / "score")
    assert count == sum(1 for folder in (LEDGER, LINES) for _ in folder.iterdir())
    return top / "port", top / "score"


def answer(place: Path) -> int:
    asked = tomllib.loads((place / "ask.toml").read_text("utf-8"))
    try:
        verdict = run(
            place / asked["path"],
            key=asked.get("key"),
            keys=place / asked["keys"] if "keys" in asked else None,
            since=place / asked["since"] if "since" in asked else None,
        )
    except Misused:
        return MISUSED
    assert decided_by(verdict) or verdict.outcome.value == 0
    return verdict.outcome.value


def scored(score: Path, sheet: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, score / "check.py", sheet], check=False, capture_output=True, text=True
    )


def test_our_own_answers_score_full_marks_and_a_blank_sheet_none(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    folder, score = places
    blank = scored(score, folder / "answers.csv")
    assert blank.returncode == 1
    assert blank.stdout.splitlines()[-1].startswith("0 of ")
    sheet = tmp_path / "answers.csv"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("question", "exit"))
        for place in sorted((folder / "questions").iterdir()):
            rows.writerow((place.name, answer(place)))
    full = scored(score, sheet)
    assert full.returncode == 0, full.stdout
    assert "100.00 %" in full.stdout


def test_no_question_says_its_outcome(places: tuple[Path, Path]) -> None:
    folder, score = places
    assert not list(folder.rglob("expected*"))
    known = json.loads((score / "expected.json").read_text("utf-8"))
    for place in (folder / "questions").iterdir():
        asked = tomllib.loads((place / "ask.toml").read_text("utf-8"))
        vector = LEDGER.parent / known[place.name]["name"]
        assert asked.keys() <= {"path", "key", "keys", "since"}
        assert {name: expected_of(vector)[name] for name in asked} == asked
