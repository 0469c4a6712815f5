"""A search for a text says what is spelled like it and stands as an identifier, out of its reach.

grafana/loki#5951, graylog2-server#3437: a word that a pipeline took out of the text is not found.
"""

import pytest
from tests.field.conftest import Hand

LINES = b"""2025-11-30 08:00:01 user=zebrafish logged in
2025-11-30 08:00:02 the zebrafish exhibition opens
2025-11-30 08:00:03 nothing of the kind
"""
SAID = "spelled like this text"


def test_a_text_search_says_that_identifiers_are_spelled_like_it(hand: Hand) -> None:
    hand.ingest(hand.file("app.log", LINES), stream="spelled")
    said = hand.search("--stream", "spelled", "--text", "zebrafish")
    assert said.code == 0
    assert f"{SAID}, and in which a search for text does not look: 1;" in said.err
    person = f"@{hand.file('whom', b'zebrafish')}"
    about = hand.search("--stream", "spelled", "--about", person, "--purpose", "security")
    assert about.out.count("\n") >= 1
    assert about.err == ""


@pytest.mark.parametrize("text", ["nothing", "exhibition opens", "::", "of the"])
def test_a_text_that_no_identifier_is_spelled_like_has_no_such_words(hand: Hand, text: str) -> None:
    hand.ingest(hand.file("app.log", LINES), stream="plain")
    said = hand.search("--stream", "plain", "--text", text)
    assert said.err == "" or "no line was found" in said.err


def test_a_source_is_known_by_its_name_however_its_accents_are_composed(hand: Hand) -> None:
    """A file named on macOS and copied to Linux, or the other way round."""
    composed, apart = "journal-\u00e9t\u00e9.log", "journal-e\u0301te\u0301.log"
    first, more = LINES, LINES + b"2025-11-30 08:00:04 more\n"
    said = hand.ingest(hand.file(composed, first), stream="accents")
    assert said.record["lines"] == 3
    again = hand.ingest(hand.file(apart, more), stream="accents")
    assert again.record["lines"] == 1
    assert hand.export("--stream", "accents") == more
    assert hand("check", "--deep").code == 0
