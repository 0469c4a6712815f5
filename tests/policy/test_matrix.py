"""The checked-in matrix is what the policies say: a change of power is reviewed as its diff."""

import difflib
import os
from pathlib import Path

from bailee.policy import Policies
from bailee.policy.matrix import matrix

MATRIX = Path(__file__).parents[2] / "spec" / "matrix.txt"


def test_the_matrix_is_what_the_policies_say() -> None:
    said = matrix(Policies())
    if os.environ.get("BAILEE_UPDATE") == "1":
        MATRIX.write_text(said, "utf-8")
    kept = MATRIX.read_text("utf-8")
    diff = difflib.unified_diff(
        kept.splitlines(), said.splitlines(), "checked in", "now", "", "", 1
    )
    assert said == kept, "\n".join(diff)
