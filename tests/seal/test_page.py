"""spec/sealed-object.md shows what the code does: each byte of its examples is computed here."""

import tomllib

from tests.seal.vectors import FOLDER, read

from bailee.seal.kdf import stream_key
from bailee.seal.layout import BODY_BYTES, FIRST_BYTES
from bailee.seal.padding import padme

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
