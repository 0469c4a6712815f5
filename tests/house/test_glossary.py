"""docs/glossary.md: in order, each word once, and each used somewhere in the source or a spec."""

import re

import pytest
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "glossary.md"
ENTRIES = re.findall(r"^- \*\*(.+?)\*\*: (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
WORDS = [word for word, _ in ENTRIES]


def used() -> str:
    """Return all that may use a word, with its lines joined."""
    pages = [*(ROOT / "src" / "bailee").rglob("*.py"), *(ROOT / "spec").glob("*.md")]
    return re.sub(r"\s+", " ", " ".join(path.read_text("utf-8") for path in pages))


USED = used()


def test_words_stand_in_order_and_once() -> None:
    assert len(WORDS) > 30
    assert sorted(set(WORDS)) == WORDS


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_used(word: str) -> None:
    spelt = "[ -]".join(map(re.escape, word.split()))  # "legal-term key" uses "legal term"
    assert re.search(rf"\b{spelt}s?\b", USED, re.IGNORECASE)


def test_each_line_is_an_entry_or_stands_before_them() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    entries = [at for at, line in enumerate(lines) if line.startswith("- ")]
    assert len(entries) == len(ENTRIES)
    assert entries == list(range(entries[0], len(lines)))


def test_a_newcomer_is_led_here() -> None:
    for name in ("README.md", "ARCHITECTURE.md"):
        assert "(docs/glossary.md)" in (ROOT / name).read_text("utf-8"), name
