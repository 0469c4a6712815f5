"""The wire format is Tink's: each opens what the other sealed, and refuses what the other would."""

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.seal.memory import AAD, KEY, Made, make
from tests.seal.oracle import Refused, Tink

from bailee.errors import Damaged
from bailee.seal.layout import BODY_BYTES, FIRST_BYTES
from bailee.seal.leaf import commit
from bailee.seal.stream import Extent, sealed_size

EDGES = [
    0,
    1,
    FIRST_BYTES - 1,
    FIRST_BYTES,
    FIRST_BYTES + 1,
    FIRST_BYTES + BODY_BYTES - 1,
    FIRST_BYTES + BODY_BYTES,
    FIRST_BYTES + BODY_BYTES + 1,
    FIRST_BYTES + 3 * BODY_BYTES,
]

SIZES = st.one_of(
    st.integers(0, 300),
    st.builds(
        lambda segments, off: max(0, FIRST_BYTES + segments * BODY_BYTES + off),
        st.integers(0, 4),
        st.integers(-20, 20),
    ),
    st.integers(0, 400_000),
)


def sealed_by_tink(plaintext: bytes) -> Made:
    stored = Tink(KEY).seal(plaintext, AAD)
    extent = Extent(true_size=len(plaintext), sealed_size=len(stored))
    return Made(stored=stored, extent=extent, commitment=commit(KEY, AAD))


@pytest.mark.parametrize("size", EDGES)
def test_each_opens_the_other_at_every_edge(size: int) -> None:
    plaintext = secrets.token_bytes(size)
    theirs = sealed_by_tink(plaintext)
    assert len(theirs.stored) == sealed_size(size)
    assert theirs.reader().read() == plaintext
    assert Tink(KEY).open(make([plaintext]).stored, AAD) == plaintext


@settings(max_examples=60, deadline=None)
@given(size=SIZES, cut=st.integers(1, 200_000))
def test_each_opens_the_other_at_any_size(size: int, cut: int) -> None:
    plaintext = secrets.token_bytes(size)
    theirs = sealed_by_tink(plaintext)
    assert theirs.reader().read() == plaintext
    pieces = [plaintext[at : at + cut] for at in range(0, size, cut)]
    assert Tink(KEY).open(make(pieces).stored, AAD) == plaintext


def test_tink_sees_a_padded_object_as_data_and_zeros() -> None:
    made = make([b"ledger " * 20_000], pad=True)
    opened = Tink(KEY).open(made.stored, AAD)
    assert opened.rstrip(b"\0") == b"ledger " * 20_000
    assert len(opened) == made.extent.plain_size > made.extent.true_size


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_both_refuse_the_same_damage(data: st.DataObject) -> None:
    made = make([secrets.token_bytes(FIRST_BYTES + BODY_BYTES + 100)])
    at = data.draw(st.integers(0, len(made.stored) - 1))
    flipped = bytearray(made.stored)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Refused):
        Tink(KEY).open(bytes(flipped), AAD)
    damaged = Made(stored=bytes(flipped), extent=made.extent, commitment=made.commitment)
    with pytest.raises(Damaged):
        damaged.reader().read()
