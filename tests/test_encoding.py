"""The one encoding: two tuples never share bytes, and bytes that are no tuple are refused."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee.encoding import dec, enc, u64

ROOT = Path(__file__).parents[1]
VECTORS = tomllib.loads((ROOT / "spec" / "vectors" / "encoding" / "tuples.toml").read_text())

Part = bytes | str | int
PARTS = st.lists(st.one_of(st.binary(max_size=40), st.text(max_size=20), st.integers(0, 2**64 - 1)))
TUPLES = st.tuples(st.sampled_from(["aad", "object", "commit", ""]), PARTS)


def as_bytes(part: Part) -> bytes:
    if isinstance(part, int):
        return u64(part)
    return part.encode() if isinstance(part, str) else part


def part_of(written: str | int | dict[str, str]) -> Part:
    return bytes.fromhex(written["hex"]) if isinstance(written, dict) else written


@pytest.mark.parametrize("name", VECTORS)
def test_each_vector_has_its_outcome(name: str) -> None:
    vector = VECTORS[name]
    encoded = bytes.fromhex(vector["encoded"])
    if vector.get("expect") == "refused":
        with pytest.raises(ValueError, match=r"tuple|part|label"):
            dec(vector["label"], encoded)
        return
    parts = [part_of(part) for part in vector["parts"]]
    assert enc(vector["label"], *parts) == encoded
    assert list(dec(vector["label"], encoded)) == [as_bytes(part) for part in parts]


def test_the_page_shows_the_worked_example() -> None:
    page = (ROOT / "spec" / "encoding.md").read_text()
    shown = bytes.fromhex("".join(VECTORS["worked-example"]["encoded"].split()))
    lines = [line for line in page.splitlines() if line.startswith("    ")]
    assert shown.hex() in "".join(line.split("|")[0].replace(" ", "") for line in lines)


@given(TUPLES)
def test_decoding_is_the_inverse(labelled: tuple[str, list[Part]]) -> None:
    label, parts = labelled
    assert list(dec(label, enc(label, *parts))) == [as_bytes(part) for part in parts]


@given(TUPLES, TUPLES)
def test_two_tuples_never_share_bytes(
    one: tuple[str, list[Part]], two: tuple[str, list[Part]]
) -> None:
    same = (one[0], [as_bytes(part) for part in one[1]]) == (two[0], [*map(as_bytes, two[1])])
    assert (enc(one[0], *one[1]) == enc(two[0], *two[1])) == same


@given(st.lists(st.binary(min_size=1, max_size=5), min_size=1, max_size=5), st.data())
def test_a_border_that_moves_changes_the_bytes(parts: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(parts)
    at = data.draw(st.integers(0, len(whole)))
    other = [whole[:at], whole[at:]]
    assert other == parts or enc("x", *other) != enc("x", *parts)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_is_exactly_an_encoding(noise: bytes) -> None:
    try:
        parts = dec("aad", noise)
    except ValueError:
        return
    assert enc("aad", *parts) == noise


@given(TUPLES, st.integers(min_value=0), st.binary(max_size=3))
def test_cut_or_lengthened_is_refused(
    labelled: tuple[str, list[Part]], cut: int, more: bytes
) -> None:
    label, parts = labelled
    encoded = enc(label, *parts)
    for wrong in (encoded[: cut % len(encoded)], encoded + b"\0" + more):
        with pytest.raises(ValueError, match=r"tuple|part|label"):
            dec(label, wrong)


@pytest.mark.parametrize("number", [-1, 2**64])
def test_numbers_beyond_64_bits_are_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        enc("aad", number)
