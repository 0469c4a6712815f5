"""Every vector of spec/sealed-object.md does what it says, here and, where it opens, in Tink."""

import hashlib
import tomllib
from pathlib import Path

import pytest
from tests.seal.memory import Memory
from tests.seal.oracle import Refused, Tink
from tests.seal.vectors import FOLDER, Vector, opens, read, vectors

from bailee.encoding import enc
from bailee.errors import Damaged
from bailee.seal.envelope import open_from, recovery_public
from bailee.seal.kdf import hkdf
from bailee.seal.leaf import LeafOpener
from bailee.seal.row import row_aad, siv_seal
from bailee.seal.stream import Extent, OpeningReader

FILES = sorted(FOLDER.glob("*.vector"))
ROWS = tomllib.loads((FOLDER / "rows.toml").read_text())
ENVELOPES = tomllib.loads((FOLDER / "envelopes.toml").read_text())


def outcome(vector: Vector) -> str:
    try:
        extent = Extent(true_size=vector.true_size, sealed_size=vector.sealed_size)
        reader = OpeningReader(
            LeafOpener(vector.key),
            vector.associated_data,
            Memory(vector.stored),
            extent=extent,
            commitment=vector.commitment,
        )
        return opens(reader.read())
    except Damaged as error:
        return f"damaged {error.reason}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_vector_has_its_outcome(path: Path) -> None:
    vector = read(path)
    assert outcome(vector) == vector.expect


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_tink_opens_what_opens(path: Path) -> None:
    """Tink knows no row: what only the row betrays is left out."""
    vector = read(path)
    try:
        opened = Tink(vector.key).open(vector.stored, vector.associated_data)
    except Refused:
        assert vector.expect.startswith("damaged")
        return
    only_the_row_knows = {"flipped-commitment", "flipped-true-size", "flipped-sealed-size"}
    assert vector.name in only_the_row_knows or vector.expect == opens(opened[: vector.true_size])


def test_the_files_are_those_that_are_made() -> None:
    made = {f"{vector.name}.vector": vector.encode() for vector in vectors()}
    assert {path.name for path in FILES} == set(made)
    for path in FILES:
        assert path.read_bytes() == made[path.name], path.name


@pytest.mark.parametrize("name", ROWS)
def test_each_row_has_its_outcome(name: str) -> None:
    row = {key: value for key, value in ROWS[name].items() if key != "about"}
    aad = row_aad(
        bytes.fromhex(row["client"]),
        row["noun"],
        bytes.fromhex(row["id"]),
        row["field"],
        row["version"],
    )
    leaf, sealed = bytes.fromhex(row["leaf"]), bytes.fromhex(row["sealed"])
    if row["expect"] == "opens":
        plaintext = bytes.fromhex(row["plaintext"])
        assert LeafOpener(leaf).open_row(aad, sealed) == plaintext
        key = hkdf(leaf, enc("row-key"))
        assert siv_seal(key, aad, plaintext, lambda _: sealed[:12]) == sealed
    else:
        with pytest.raises(Damaged, match=row["expect"].removeprefix("damaged ")):
            LeafOpener(leaf).open_row(aad, sealed)


@pytest.mark.parametrize("name", ENVELOPES)
def test_each_envelope_has_its_outcome(name: str) -> None:
    envelope = ENVELOPES[name]
    seed, sealed = bytes.fromhex(envelope["seed"]), bytes.fromhex(envelope["sealed"])
    info = envelope["info"].encode()
    if envelope["expect"] == "opens":
        public = hashlib.sha256(recovery_public(seed)).hexdigest()
        assert public == envelope["public_sha256"]
        assert open_from(seed, info, sealed).hex() == envelope["plaintext"]
    else:
        with pytest.raises(Damaged, match=r"errors_seal\.envelope"):
            open_from(seed, info, sealed)
