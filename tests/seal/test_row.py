"""Rows: a small value opens in its place alone, and its length says little."""

import copy
import pickle
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.absence import holds
from tests.seal.memory import CLIENT, KEY

from bailee.errors import Damaged
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.seal.row import NONCE_BYTES, TAG_BYTES, RowCipher, row_aad, siv_open, siv_seal
from bailee.seal.row import padded_size as padded

AAD = row_aad(CLIENT, "object", b"id", "name", 1)

ELSEWHERE = {
    "another client": row_aad(b"another-client-b", "object", b"id", "name", 1),
    "another noun": row_aad(CLIENT, "contact", b"id", "name", 1),
    "another row": row_aad(CLIENT, "object", b"ie", "name", 1),
    "another field": row_aad(CLIENT, "object", b"id", "type", 1),
    "another version": row_aad(CLIENT, "object", b"id", "name", 2),
    "a border moved": row_aad(CLIENT, "objecti", b"d", "name", 1),
    "no place": b"",
}


@given(st.binary(max_size=1_000))
def test_what_was_sealed_comes_back(plaintext: bytes) -> None:
    sealed = siv_seal(KEY, AAD, plaintext)
    assert siv_open(KEY, AAD, sealed) == plaintext
    assert len(sealed) == NONCE_BYTES + padded(len(plaintext)) + TAG_BYTES


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 64), (60, 64), (61, 128), (124, 128), (125, 256), (1_000, 1_024), (1_021, 2_048)],
)
def test_lengths_fall_into_few_classes(size: int, expected: int) -> None:
    assert padded(size) == expected


@pytest.mark.parametrize("where", ELSEWHERE)
def test_a_value_moved_elsewhere_stays_shut(where: str) -> None:
    sealed = siv_seal(KEY, AAD, b"value")
    with pytest.raises(Damaged, match=r"errors_seal\.row"):
        siv_open(KEY, ELSEWHERE[where], sealed)


def test_every_flipped_bit_is_refused() -> None:
    sealed = siv_seal(KEY, AAD, b"value")
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged):
            siv_open(KEY, AAD, bytes(flipped))


@given(st.integers(0, 91), st.binary(max_size=200))
def test_cut_or_lengthened_is_refused(size: int, more: bytes) -> None:
    sealed = siv_seal(KEY, AAD, b"value")
    for wrong in (sealed[:size], sealed + b"\0" + more):
        with pytest.raises(Damaged):
            siv_open(KEY, AAD, wrong)


def test_padding_that_does_not_fit_the_length_is_refused() -> None:
    """A length inside that says more than there is must not read beyond, nor less than padded."""
    cipher = RowCipher(KEY)
    for length, size in ((61, 64), (2**32 - 1, 64), (3, 128)):
        framed = length.to_bytes(4, "big").ljust(size, b"\0")
        nonce = bytes(NONCE_BYTES)
        forged = nonce + cipher._cipher.encrypt(nonce, framed, AAD)
        with pytest.raises(Damaged):
            cipher.open(AAD, forged)


def test_the_same_value_twice_looks_different() -> None:
    assert len({siv_seal(KEY, AAD, b"value") for _ in range(100)}) == 100


def test_a_leaf_seals_what_its_opener_opens_and_no_other() -> None:
    sealed = LeafSealer(KEY).seal_row(AAD, b"value")
    assert LeafOpener(KEY).open_row(AAD, sealed) == b"value"
    with pytest.raises(Damaged):
        LeafOpener(secrets.token_bytes(32)).open_row(AAD, sealed)
    with pytest.raises(Damaged):
        siv_open(KEY, AAD, sealed)  # the leaf itself encrypts nothing


def test_a_sealer_has_no_way_to_open() -> None:
    assert {name for name in dir(LeafSealer) if not name.startswith("_")} == {
        "commitment",
        "seal_row",
        "stream_sealer",
    }


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_leaf_is_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LeafSealer(bytes(size))


def test_keys_do_not_leave_the_process() -> None:
    for holder in (LeafSealer(KEY), LeafOpener(KEY), RowCipher(KEY)):
        assert not holds(repr(holder), KEY.hex())
        for leave in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="does not leave"):
                leave(holder)
