"""Every kernel is compiled ahead, as the code that uses it will ask for it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bailee
from bailee.run.warming import HALVES, KERNELS, kernels
from bailee.scan.vm import cache

PACKAGE = Path(bailee.__file__).parent
MODULES = [f"bailee.{module}" for half in HALVES for module in half]


def test_no_module_with_a_kernel_is_forgotten() -> None:
    pages = [page for room in ("scan", "logs") for page in (PACKAGE / room).rglob("*.py")]
    there = {
        ".".join(("bailee", *page.relative_to(PACKAGE).with_suffix("").parts))
        for page in pages
        if re.search(r"^@kernel$", page.read_text("utf-8"), re.MULTILINE)
    }
    assert there == set(MODULES)


def test_who_waits_is_told_the_true_number() -> None:
    assert sum(1 for module in MODULES for _ in kernels(module)) == KERNELS


@pytest.mark.sweep
def test_what_was_compiled_is_what_is_used(tmp_path: Path) -> None:
    """Warm a cache of its own, then use the scanner and the custody: nothing more is compiled."""
    environment = {**os.environ, "BAILEE_KERNELS": str(tmp_path / "kernels")}
    code = "from bailee.run.warming import warm; warm()"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    before = sorted((tmp_path / "kernels").rglob(f"*{cache.SUFFIX}"))
    assert len(before) == KERNELS
    uses = ["tests/logs/test_logs.py", "tests/scan/test_scanner.py"]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *uses], env=environment, check=True
    )
    assert sorted((tmp_path / "kernels").rglob(f"*{cache.SUFFIX}")) == before
