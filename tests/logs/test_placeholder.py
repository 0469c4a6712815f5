"""Stored text comes back exact, whatever a line holds, and nothing else reads as stored text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.logs.texts import REPLACED, Writing, finds, plain_finds

from bailee import errors
from bailee.logs.store.lines import pieces
from bailee.logs.store.placeholder import (
    SECRET_SHOWN,
    PlaceholderCodec,
    StoredBlock,
    secret_spans,
    spans_of,
)
from bailee.proof.malformed import Malformed
from bailee.proof.receipt import line as form
from bailee.scan.kinds import Kind

STORED = {
    "a value becomes its mark": (b"by <bob> ok\n", b"by \x1aD ok"),
    "a secret is always the same mark": (b"pw {hunter2}\n", b"pw \x1aR"),
    "a guess stays where it is": (b"maybe [bob]\n", b"maybe [bob]"),
    "the marker itself is doubled": (b"a\x1ab\n", b"a\x1a\x1ab"),
    "a byte that is not UTF-8 is spelled": (b"caf\xe9\n", b"caf\x1axe9"),
    "UTF-8 stays as it is": ("café 😀\n".encode(), "café 😀".encode()),
    "half a character is spelled": (b"\xf0\x9f\x98", b"\x1axf0\x1ax9f\x1ax98"),
    "an overlong form is spelled": (b"\xc0\xaf", b"\x1axc0\x1axaf"),
    "a surrogate is spelled": (b"\xed\xa0\x80", b"\x1axed\x1axa0\x1ax80"),
    "what looks like a mark is no mark": (b"\x1aD\n", b"\x1a\x1aD"),
    "what looks like a spelled byte is none": (b"\x1axe9\n", b"\x1a\x1axe9"),
    "CR and newline end a line together": (b"a\r\n", b"a"),
    "a lone CR belongs to the line": (b"a\rb\nc\n", b"a\rb"),
    "a CR with nothing after stays": (b"a\r", b"a\r"),
}


@pytest.mark.parametrize("said", STORED)
def test_stored_form(said: str) -> None:
    received, expected = STORED[said]
    (lines,) = pieces(plain_finds(received), REPLACED)
    stored, _ = Writing().write(lines)
    assert stored.body[: stored.starts[1]].tobytes() == expected


ALPHABET = st.sampled_from([*b"<>{}[]\r\n\n\x1a\x1axR\x44 ab0e9", 0x80, 0xC3, 0xA9, 0xE2, 0xFF, 0])


@settings(max_examples=300, deadline=None)
@given(st.lists(ALPHABET, min_size=1, max_size=400))
def test_any_bytes_come_back(text: list[int]) -> None:
    assert Writing().round(plain_finds(bytes(text))) == bytes(text)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_finds_even_across_line_ends_come_back(data: st.DataObject) -> None:
    text = bytes(data.draw(st.lists(ALPHABET, min_size=1, max_size=200)))
    edges = data.draw(st.lists(st.integers(0, len(text)), max_size=12))
    edges = sorted(set(edges))
    kinds = st.sampled_from([int(kind) for kind in Kind])
    spans = [(a, b, data.draw(kinds)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    assert Writing().round(finds(text, spans)) == text


@settings(max_examples=200, deadline=None)
@given(st.lists(ALPHABET, min_size=1, max_size=300))
def test_the_kernel_and_the_verifier_agree(text: list[int]) -> None:
    for lines in pieces(plain_finds(bytes(text)), REPLACED):
        stored, spans = Writing().write(lines)
        rows = [*lines.line_starts.tolist(), lines.end]
        used = [k for k in range(len(lines.kinds)) if lines.uses[k]]
        for index in range(stored.lines):
            row = slice(rows[index], rows[index + 1])
            whole = bytes(text)[row]
            values = [
                bytes(text)[lines.find_starts[k] : lines.find_ends[k]]
                for k in used
                if row.start <= lines.find_starts[k] < row.stop
            ]
            body = stored.body[stored.starts[index] : stored.starts[index + 1]].tobytes()
            ending = b"" if stored.marks[index] else b"\r\n" if stored.returns else b"\n"
            assert form.received(body, values) + ending == whole
        assert len(spans.starts) == len(set(stored.ordinals.tolist()))


def test_secrets_show_as_a_constant_when_they_are_not_kept() -> None:
    (lines,) = pieces(plain_finds(b"a {one} {second}\n{}\n"), REPLACED)
    stored, spans = Writing().write(lines)
    shown = PlaceholderCodec(1).read(stored, spans).tobytes()
    assert shown == b"a %b %b\n%b\n" % ((SECRET_SHOWN,) * 3)


MALFORMED = {
    "a marker at the end": b"a\x1a",
    "a marker of no kind": b"\x1a@",
    "a kind that the ordinal has not": b"\x1aA",
    "a spelled byte that is plain": b"\x1ax41",
    "a spelled byte in capitals": b"\x1axE9",
    "a spelled byte cut short": b"\x1axe",
    "one mark more than ordinals": b"\x1aD\x1aD",
    "no mark for an ordinal": b"plain",
    "a secret that is not there": b"\x1aD\x1aR",
}


@pytest.mark.parametrize("said", MALFORMED)
def test_what_is_not_of_the_grammar_is_refused(said: str) -> None:
    body = MALFORMED[said]
    _arena, spans = spans_of([b"bob"], np.array([Kind.USERNAME], np.uint8))
    stored = StoredBlock(
        body=np.frombuffer(body + bytes(64), np.uint8)[: len(body)],
        starts=np.array([0, len(body)], np.uint32),
        firsts=np.array([0, 1], np.uint32),
        ordinals=np.array([0], np.uint32),
        marks=np.zeros(1, np.uint8),
        returns=False,
    )
    none = secret_spans(next(pieces(plain_finds(b"x\n"), REPLACED)))
    with pytest.raises(errors.Damaged):
        PlaceholderCodec(64).read(stored, spans, none)
    with pytest.raises(Malformed):
        form.received(body, [b"bob"] if said != "a kind that the ordinal has not" else [])


@pytest.mark.parametrize("values", [[b"bob"], []])
def test_an_ordinal_without_value_is_refused(values: list[bytes]) -> None:
    body = b"\x1aD"
    stored = StoredBlock(
        body=np.frombuffer(body + bytes(64), np.uint8)[:2],
        starts=np.array([0, 2], np.uint32),
        firsts=np.array([0, 1], np.uint32),
        ordinals=np.array([7 * len(values)], np.uint32),
        marks=np.zeros(1, np.uint8),
        returns=False,
    )
    _arena, spans = spans_of(values, np.array([Kind.USERNAME] * len(values), np.uint8))
    with pytest.raises(errors.Damaged):
        PlaceholderCodec(64).read(stored, spans)
