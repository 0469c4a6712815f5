"""A text is found where the received line held it, and nowhere in what a mark is made of."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.logs.texts import REPLACED, Writing, plain_finds

from bailee import errors, limits
from bailee.logs.search.pattern import Pattern, stored_form
from bailee.logs.store.lines import pieces

_BYTES = st.sampled_from([b"a", b"x", b"e9", b"D", b"\x1a", b"\xe9", "é".encode(), b"<u>", b"{s}"])
_LINES = st.lists(st.lists(_BYTES, max_size=8).map(b"".join), min_size=1, max_size=6)
_WANTED = st.lists(
    st.sampled_from(["a", "x", "e9", "9", "D", "R", "\x1a", "é", "\udce9", "xe9"]),
    min_size=1,
    max_size=3,
).map("".join)


def stored(lines: list[bytes]) -> tuple[bytes, npt.NDArray[np.uint32]]:
    """Write lines as they are stored; `<…>` is an identifier and `{…}` a secret."""
    writing = Writing()
    (block,) = pieces(plain_finds(b"\n".join(lines) + b"\n"), REPLACED)
    found, _ = writing.write(block)
    return found.body.tobytes(), found.starts.copy()


def holds(line: bytes, wanted: str) -> bool:
    """Say by brute force whether one line holds the text, apart from what stands for a value."""
    said = wanted.encode("utf-8", "surrogateescape")
    for part in line.replace(b"{s}", b"<u>").split(b"<u>"):
        text = part.decode("utf-8", "surrogateescape")
        if wanted in text and said in part:
            return True
    return False


@settings(max_examples=400, deadline=None)
@given(_LINES, _WANTED)
@example([b"\xe9"], "xe9")
@example([b"\xe9"], "e9")
@example([b"\xe9"], "9")
@example([b"\x1a\x1ae9", b"<u>ug"], "D")
@example([b"foo", b"bar"], "ob")
@example([b"\x1ax"], "x")
@example([b"<u>x<u>"], "Dx")
def test_found_where_the_line_holds_it(lines: list[bytes], wanted: str) -> None:
    body, starts = stored(lines)
    expected = [number for number, line in enumerate(lines) if holds(line, wanted)]
    assert Pattern(wanted).lines(body, starts).tolist() == expected


def test_a_text_is_written_as_stored_lines_are() -> None:
    assert stored_form("caf\udce9 \x1a é") == b"caf\x1axe9 \x1a\x1a \xc3\xa9"


WRONG = {
    "nothing": ("", errors.UsageError),
    "two lines": ("a\nb", errors.UsageError),
    "half of a character": ("a\ud800", errors.UsageError),
    "one byte too many": ("é" * (limits.TEXT_BYTES // 2) + "a", errors.LimitExceeded),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_text_that_is_none_is_refused(said: str) -> None:
    text, error = WRONG[said]
    with pytest.raises(error):
        Pattern(text)


def test_a_text_of_the_longest_length_is_taken() -> None:
    Pattern("é" * (limits.TEXT_BYTES // 2))
