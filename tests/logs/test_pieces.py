"""A line shows its placeholders as pieces of their own, and text never becomes one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee import errors
from bailee.logs import pieces
from bailee.logs.pieces import Piece, Placeholder, UndecodedBytes, pieces_of
from bailee.logs.store.kernels import text as kernel
from bailee.logs.token import TEXT_CHARS, parse_token, token_text
from bailee.scan.kinds import Kind

TOKEN, OTHER = bytes(range(10)), bytes(10)

READ: dict[str, tuple[bytes, list[bytes | None], tuple[Piece, ...]]] = {
    "an empty line": (b"", [], ()),
    "text alone": (b"plain", [], ("plain",)),
    "one identifier": (
        b"of \x1aD ok",
        [TOKEN],
        ("of ", Placeholder(kind=Kind.USERNAME, token=TOKEN), " ok"),
    ),
    "one whose names have ended": (b"\x1aA", [None], (Placeholder(kind=Kind.EMAIL),)),
    "a secret, which has no token": (b"\x1aR", [], (Placeholder(kind=Kind.SECRET),)),
    "the marker byte itself": (b"a\x1a\x1aD", [], ("a\x1aD",)),
    "stray bytes, side by side": (b"\x1axe9\x1axea!", [], (UndecodedBytes(raw=b"\xe9\xea"), "!")),
    "two identifiers, in order": (
        b"\x1aH\x1aI",
        [TOKEN, OTHER],
        (
            Placeholder(kind=Kind.IPV4, token=TOKEN),
            Placeholder(kind=Kind.IPV6, token=OTHER),
        ),
    ),
}


@pytest.mark.parametrize("said", READ)
def test_a_line_is_read_into_pieces(said: str) -> None:
    stored, tokens, expected = READ[said]
    assert pieces_of(stored, tokens) == expected


DAMAGED: dict[str, tuple[bytes, list[bytes | None]]] = {
    "a marker that nothing follows": (b"a\x1a", []),
    "a mark of no kind": (b"\x1aZ", [TOKEN]),
    "fewer tokens than marks": (b"\x1aD\x1aD", [TOKEN]),
    "more tokens than marks": (b"\x1aD", [TOKEN, TOKEN]),
    "half of a stray byte": (b"\x1axe", []),
    "bytes that are not UTF-8": (b"\xe9", []),
}


@pytest.mark.parametrize("said", DAMAGED)
def test_what_is_not_of_the_grammar_is_damage(said: str) -> None:
    stored, tokens = DAMAGED[said]
    with pytest.raises(errors.Damaged):
        pieces_of(stored, tokens)


def test_the_marks_are_those_of_what_writes_them() -> None:
    ours = (pieces.MARKER, pieces.RAW, pieces.KIND_BASE)
    assert ours == (kernel.MARKER, kernel.RAW, kernel.KIND_BASE)


@given(st.binary(min_size=10, max_size=10))
def test_a_token_has_one_text(token: bytes) -> None:
    text = token_text(token)
    assert (len(text), parse_token(text)) == (TEXT_CHARS, token)


@pytest.mark.parametrize("text", ["", "abc", "A" * 16, "a" * 17, "0" * 16, "é" * 16])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(errors.UsageError):
        parse_token(text)
