"""What the house tests read: our own source as syntax trees, each parsed once."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "bailee"


@cache
def trees() -> dict[str, ast.Module]:
    """Return each module's tree by its path below `src/bailee`."""
    return {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


@cache
def lines() -> dict[str, list[str]]:
    """Return each module's lines by its path below `src/bailee`."""
    return {name: (SOURCE / name).read_text("utf-8").splitlines() for name in trees()}
