"""spec/sealed-object.md shows what the code does: each byte of its examples is computed here."""

import tomllib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from tests.seal.memory import AAD, KEY, Memory, make
from tests.seal.vectors import FOLDER, read

from bailee.errors import Damaged
from bailee.seal.kdf import stream_key
from bailee.seal.layout import BODY_BYTES, FIRST_BYTES
from bailee.seal.leaf import LeafOpener
from bailee.seal.padding import padme
from bailee.seal.row import siv_open
from bailee.seal.stream import Extent, OpeningReader

PAGE = (FOLDER.parents[1] / "sealed-object.md").read_text()
SHOWN = "".join(
    line.split("|")[0].replace(" ", "") for line in PAGE.splitlines() if line.startswith("    ")
)


def test_the_stream_on_the_page_is_the_vector() -> None:
    vector = read(FOLDER / "valid-1.vector")
    key = stream_key(vector.key, vector.stored[1:33], vector.associated_data)
    for value in (vector.key, vector.associated_data, vector.commitment, vector.stored, key):
        assert value.hex() in SHOWN


def test_the_row_on_the_page_is_the_vector() -> None:
    rows = tomllib.loads((FOLDER / "rows.toml").read_text())
    assert rows["name"]["sealed"] in SHOWN


def test_the_figures_on_the_page_hold() -> None:
    assert f"at most {FIRST_BYTES:,} bytes of plaintext and a later one {BODY_BYTES:,}" in PAGE
    assert next(size for size in range(40) if padme(size) != size) == 9
    assert "shorter than 9 bytes keeps its length" in PAGE


def test_every_reason_is_on_the_page_and_in_both_languages() -> None:
    locale = FOLDER.parents[2] / "src" / "bailee" / "locale"
    said = [
        tomllib.loads((locale / language / "errors_seal.toml").read_text())
        for language in ("en", "fr")
    ]
    assert list(said[0]) == list(said[1])
    slugs = [slug for slug in said[0] if not slug.endswith("_remedy")]
    assert all(f"{slug}_remedy" in said[0] for slug in slugs)
    assert all(f"errors_seal.{slug}" in PAGE for slug in slugs if slug != "too-long")


def test_a_reader_of_a_stream_does_not_ask_how_it_was_padded() -> None:
    data = b"x" * 1_000
    assert "A reader does not compare the stored size with Padmé of the true one" in PAGE
    for zeros in (0, 1, padme(1_000) - 1_000, 70_000):
        made = make([data, bytes(zeros)], pad=False)
        extent = Extent(true_size=len(data), sealed_size=made.extent.sealed_size)
        reader = OpeningReader(
            LeafOpener(KEY), AAD, Memory(made.stored), extent=extent, commitment=made.commitment
        )
        reader.verify()
        assert reader.read() == data


def test_a_reader_of_a_row_demands_its_padding_and_not_what_is_in_it() -> None:
    assert "does not look at the bytes behind the value" in PAGE
    cipher, nonce = AESGCMSIV(KEY), bytes(12)

    def opened(padded: bytes) -> bytes:
        return siv_open(KEY, AAD, nonce + cipher.encrypt(nonce, padded, AAD))

    assert opened(b"\0\0\0\1v".ljust(64, b"!")) == b"v"
    for size in (63, 65, 128):
        with pytest.raises(Damaged, match=r"errors_seal\.row"):
            opened(b"\0\0\0\1v".ljust(size, b"\0"))
