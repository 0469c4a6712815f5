"""Entries, openings and receipts: what is committed to, and the one way to write it."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proof.honest_log import HonestLog

from bailee.encoding import enc
from bailee.proof.export import read_line, write_line
from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import (
    BODY_BYTES_MAX,
    NO_SUBJECT,
    EntryOpening,
    commit_entry,
    decode_body,
    decode_opening,
    decode_subject,
    encode_body,
    encode_subject,
    entry_text,
    read_entry_text,
)
from bailee.proof.receipt.receipt import read_receipt

FIELDS = st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=5)


@st.composite
def openings(draw: st.DrawFn) -> EntryOpening:
    subject = draw(st.none() | FIELDS)
    nonce = st.binary(min_size=32, max_size=32)
    return EntryOpening(
        entry=draw(st.binary(min_size=16, max_size=16)),
        kind=draw(st.sampled_from(["object:get", "outcome", "log:key-change"])),
        time_ms=draw(st.integers(0, (1 << 63) - 1)),
        body=encode_body(draw(FIELDS)),
        nonce=draw(nonce),
        subject_commitment=draw(nonce),
        subject=None if subject is None else encode_subject(subject),
        subject_nonce=None if subject is None else draw(nonce),
    )


def test_the_leaf_is_the_formula() -> None:
    opening = HonestLog().fill(2).openings[1]
    said = enc(
        "entry",
        "provider.example/lg-example",
        opening.entry,
        "object:get",
        1,
        opening.time_ms,
        enc("body", "count", "1", "purpose", "service"),
        hmac.digest(
            opening.subject_nonce or b"",
            enc(
                "subject",
                "provider.example/lg-example",
                opening.entry,
                enc("subject-fields", "name", "f1"),
            ),
            hashlib.sha256,
        ),
    )
    leaf = hmac.digest(opening.nonce, said, hashlib.sha256)
    assert opening.leaf("provider.example/lg-example") == leaf
    assert opening.subject_holds("provider.example/lg-example")
    assert not opening.subject_holds("provider.example/lg-other")


@settings(deadline=None)
@given(openings(), st.integers(0, (1 << 63) - 1))
def test_an_opening_reads_back_as_it_was_written(opening: EntryOpening, index: int) -> None:
    assert decode_opening(opening.encode()) == opening
    assert read_line(write_line(index, opening)) == (index, opening)
    assert read_entry_text(entry_text(opening.entry)) == opening.entry


@given(FIELDS)
def test_a_map_has_one_encoding_whatever_its_order(fields: dict[str, str]) -> None:
    backwards = dict(reversed(fields.items()))
    assert encode_body(fields) == encode_body(backwards)
    assert decode_body(encode_body(fields)) == fields
    assert decode_subject(encode_subject(fields)) == fields


NOT_FIELDS = {
    "keys out of order": enc("body", "b", "1", "a", "2"),
    "a key twice": enc("body", "a", "1", "a", "2"),
    "a key without a value": enc("body", "a"),
    "bytes that are not text": enc("body", "a", b"\xff"),
    "a subject": enc("subject-fields", "a", "1"),
    "bytes left over": enc("body", "a", "1") + b"\0",
    "nothing": b"",
}


@pytest.mark.parametrize("blob", NOT_FIELDS.values(), ids=NOT_FIELDS.keys())
def test_what_is_not_exactly_a_body_is_refused(blob: bytes) -> None:
    with pytest.raises(Malformed, match="fields"):
        decode_body(blob)


def test_a_nonce_that_hmac_cannot_tell_apart_is_refused() -> None:
    opening = replace(HonestLog().fill(2).openings[1], nonce=bytes(32))
    longer = replace(opening, nonce=bytes(33))
    assert hmac.digest(bytes(32), b"x", "sha256") == hmac.digest(bytes(33), b"x", "sha256")
    for refuse in (longer.check, lambda: longer.leaf("o")):
        with pytest.raises(Malformed, match="nonce"):
            refuse()
    with pytest.raises(Malformed, match="nonce"):
        decode_opening(longer.encode())
    with pytest.raises(Malformed, match="nonce"):
        replace(opening, subject_nonce=bytes(33)).check()


def test_a_body_is_bounded() -> None:
    opening = HonestLog().fill(1).openings[0]
    room = BODY_BYTES_MAX - len(encode_body({"k": ""}))
    replace(opening, body=encode_body({"k": "x" * room})).check()
    with pytest.raises(Malformed, match="opening_size"):
        replace(opening, body=encode_body({"k": "x" * (room + 1)})).check()


def reline(change: Callable[[dict[str, object]], object]) -> bytes:
    line = json.loads(write_line(1, HonestLog().fill(2).openings[1]))
    change(line)
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


NOT_LINES = {
    "not JSON": b"{\n",
    "not an object": b"[]\n",
    "not text": b"\xff\n",
    "no newline": reline(lambda _: None)[:-1],
    "a number that is no number": b'{"index":NaN}\n',
    "brackets without end": b"[" * 100_000 + b"\n",
    "a field more": reline(lambda line: line.update(note="")),
    "a field less": reline(lambda line: line.pop("kind")),
    "a number in the body": reline(lambda line: line.update(body={"count": 1})),
    "half a surrogate pair": reline(lambda line: line.update(body={"a": "\ud800"})),
    "a float for the index": reline(lambda line: line.update(index=1.0)),
    "true for the index": reline(lambda line: line.update(index=True)),
    "a negative time": reline(lambda line: line.update(time_ms=-1)),
    "a kind that no log writes": reline(lambda line: line.update(kind="Object Get")),
    "an id in capitals": reline(lambda line: line.update(entry=str(line["entry"]).upper())),
    "an id with spare bits": reline(lambda line: line.update(entry="en-" + "a" * 25 + "b")),
    "another format": reline(lambda line: line.update(version=2)),
    "a subject without its nonce": reline(lambda line: line.pop("subject_nonce")),
    "an empty nonce": reline(lambda line: line.update(subject_nonce="")),
    "a nonce without its subject": reline(lambda line: line.pop("subject")),
}


def test_a_line_that_is_written_again_is_read() -> None:
    assert reline(lambda _: None) == write_line(1, HonestLog().fill(2).openings[1])


@pytest.mark.parametrize("line", NOT_LINES.values(), ids=NOT_LINES.keys())
def test_what_is_not_exactly_a_line_is_refused(line: bytes) -> None:
    with pytest.raises(Malformed, match="opening"):
        read_line(line)


NOT_OPENINGS = {
    "another format": enc("opening", bytes(32), bytes(16), "a", 2, 0, encode_body({}), NO_SUBJECT)
    + b"",
    "too few parts": enc("opening", bytes(32)),
    "an entry of 15 bytes": replace(HonestLog().fill(1).openings[0], entry=bytes(15)).encode(),
    "nothing": b"",
}


@pytest.mark.parametrize("blob", NOT_OPENINGS.values(), ids=NOT_OPENINGS.keys())
def test_what_is_not_exactly_an_opening_is_refused(blob: bytes) -> None:
    with pytest.raises(Malformed, match="opening"):
        decode_opening(blob)


def test_an_opening_of_another_format_is_refused_as_that() -> None:
    parts = (bytes(32), bytes(16), "outcome", 2, 0, encode_body({}), NO_SUBJECT, b"", b"")
    with pytest.raises(Malformed, match="opening_format"):
        decode_opening(enc("opening", *parts))


def test_commitments_bind_every_part() -> None:
    def leaf(**other: object) -> bytes:
        parts = {
            "origin": "o",
            "entry": bytes(16),
            "kind": "k",
            "time_ms": 0,
            "body": b"",
            "subject_commitment": NO_SUBJECT,
            "nonce": bytes(32),
        }
        return commit_entry(**{**parts, **other})  # type: ignore[arg-type]  # mypy joins the values

    others: list[dict[str, object]] = [
        {"origin": "p"},
        {"entry": bytes(15) + b"\1"},
        {"kind": "l"},
        {"time_ms": 1},
        {"body": b"\0"},
        {"subject_commitment": bytes(31) + b"\1"},
        {"nonce": bytes(31) + b"\1"},
    ]
    assert len({leaf(), *(leaf(**other) for other in others)}) == len(others) + 1


def test_a_receipt_reads_back_as_it_was_written() -> None:
    log = HonestLog().fill(9)
    for index in range(9):
        receipt = log.receipt(index)
        assert read_receipt(receipt.encode()) == receipt


def test_no_bit_of_a_receipt_can_be_flipped_and_read_as_the_same() -> None:
    receipt = HonestLog().fill(3).receipt(1)
    blob = receipt.encode()
    for at in range(len(blob)):
        flipped = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        try:
            assert read_receipt(flipped) != receipt
        except Malformed:
            continue
