"""Each benchmark says how it is called, from a checkout as it is."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.patience import HANGS_S

FOLDER = Path(__file__).parents[1] / "benchmarks"
PARTS = {"bars", "peers"}
"""What benchmarks are made of, and no benchmark."""
NAMES = sorted(page.stem for page in FOLDER.glob("*.py") if page.stem not in PARTS)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_how_it_is_called(name: str) -> None:
    said = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANGS_S,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("usage: ")
