"""What stands around a value decides what it is: every line of `contexts.txt` finds what it says.

Each line there was written before the rule that it judges: a text, ` ⇒ `, and its finds as
`kind value`, parted by ` · `; nothing after the arrow is a hard negative.
"""

from pathlib import Path

import pytest
from tests.scan.conftest import told

from bailee.scan import Scanner

PAGE = Path(__file__).with_name("contexts.txt").read_text("utf-8")
LINES = [line for line in PAGE.splitlines() if "⇒" in line and not line.startswith("#")]


@pytest.mark.parametrize("line", LINES)
def test_a_line_finds_what_it_says(scanner: Scanner, line: str) -> None:
    text, _, wanted = line.partition("⇒")
    found = told(scanner.scan(text.rstrip(" ").encode() + b"\n"))
    assert " · ".join(found) == wanted.strip()


def test_every_class_has_negatives() -> None:
    parts = PAGE.split("\n# ")[1:]
    assert len(parts) >= 8
    for part in parts:
        assert "⇒\n" in part + "\n", part.splitlines()[0]
