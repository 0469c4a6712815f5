"""Sizes and positions: each formula against the plainest way to count the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee import errors
from bailee.limits import SEGMENT_BYTES
from bailee.seal.layout import (
    BODY_BYTES,
    FIRST_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    Extent,
    plain_size,
    plain_start,
    sealed_size,
    sealed_start,
    segment_of,
    segments_of,
)
from bailee.seal.padding import padme

SIZES = st.one_of(st.integers(0, 10 * SEGMENT_BYTES), st.integers(0, 1 << 48))


def counted(size: int) -> int:
    """Lay segments out one by one."""
    total, room = HEADER_BYTES, FIRST_BYTES
    while size > room:
        total, size, room = total + room + TAG_BYTES, size - room, BODY_BYTES
    return total + size + TAG_BYTES


@given(st.integers(0, 10 * SEGMENT_BYTES))
def test_the_sealed_size_is_what_laying_out_gives(size: int) -> None:
    assert sealed_size(size) == counted(size)


@given(SIZES)
def test_the_plain_size_is_the_inverse(size: int) -> None:
    assert plain_size(sealed_size(size)) == size


@given(st.integers(-10, 5 * SEGMENT_BYTES))
def test_sizes_that_no_stream_has_are_damage(size: int) -> None:
    try:
        plain = plain_size(size)
    except errors.Damaged:
        assert size < HEADER_BYTES + TAG_BYTES or 0 < (size % SEGMENT_BYTES) <= TAG_BYTES
    else:
        assert sealed_size(plain) == size


@given(SIZES)
def test_each_position_lies_in_its_segment(position: int) -> None:
    index = segment_of(position)
    assert plain_start(index) <= position < plain_start(index + 1)
    assert index < segments_of(position + 1)
    first = sealed_start(index)
    assert first % SEGMENT_BYTES == (0 if index else HEADER_BYTES)


@pytest.mark.parametrize(
    ("true_size", "stored"),
    [(-1, 56), (1, 56), (0, 55), (0, 0), (2, 57), (0, SEGMENT_BYTES + TAG_BYTES)],
)
def test_an_extent_that_cannot_be_is_damage(true_size: int, stored: int) -> None:
    with pytest.raises(errors.Damaged, match=r"errors_seal\.length"):
        Extent(true_size=true_size, sealed_size=stored)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (8, 8),
        (9, 10),
        (1_000, 1_024),
        (65_480, 65_536),
        (10**9, 1_006_632_960),
    ],
)
def test_padme_by_hand(size: int, expected: int) -> None:
    assert padme(size) == expected


@given(st.integers(0, 1 << 50))
def test_padme_adds_little_and_is_stable(size: int) -> None:
    grown = padme(size)
    assert size <= grown <= size * 1.12 + 1
    assert padme(grown) == grown
    assert padme(size + 1) >= grown


def test_padme_leaves_few_sizes_to_tell_apart() -> None:
    """Between 512 KiB and 1 MiB half a million lengths become 32."""
    assert len({padme(size) for size in range(1 << 19, 1 << 20, 7)}) <= 33
