"""A word of the log's own language that is somebody's account stays a word elsewhere.

Reported where: the labelled samples of tests/scan, and issue 10: `user=timeout`, and then every
"timeout" of the stream was a token, so that a search for the text found nothing.
"""

import pytest

from bailee.scan.kinds import Kind
from bailee.scan.scanner import Scanner

WORDS = ("timeout", "handshake", "socket", "notification", "délai", "firewall")
NAMES = ("aline_k", "martin", "n.ndiaye", "kouassi7")


def names(text: str) -> list[tuple[int, str]]:
    """Name the accounts that are found, each with its line."""
    finds = Scanner().scan(text.encode())
    data = text.encode()
    return [
        (int(line), data[start:end].decode())
        for line, start, end, kind in zip(
            finds.line, finds.start, finds.end, finds.kind, strict=True
        )
        if kind == Kind.USERNAME
    ]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_an_account_where_a_key_says_so_and_nowhere_else(word: str) -> None:
    text = f"user={word} from 192.0.2.1\nconnection {word} after 3 s\nno {word} here\n"
    assert names(text) == [(0, word)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_word_is_found_again(name: str) -> None:
    text = f"user={name} from 192.0.2.1\nmail of {name} was sent\n"
    assert names(text) == [(0, name), (1, name)]
