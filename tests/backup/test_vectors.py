"""Every vector of spec/backup.md comes to its expected outcome, and the page shows the first."""

import tomllib
from pathlib import Path

import pytest
from tests.backup.memory import Held

from bailee import errors
from bailee.backup.archive import Unpacking
from bailee.backup.form import open_stream, read_head
from bailee.seal.envelope import open_from

PAGE = Path(__file__).parents[2] / "spec" / "backup.md"
FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "backup"
VECTORS = tomllib.loads((FOLDER / "vectors.toml").read_text("utf-8"))
SEED = bytes.fromhex(VECTORS["seed"])


def outcome(file: bytes) -> str:
    try:
        _, reader = open_stream(Held(file), lambda info, box: open_from(SEED, info, box))
        names = [name for name, _, _ in Unpacking(reader, reader.extent.true_size)]
    except errors.Damaged as error:
        return f"damaged {error.reason}"
    return " ".join(("opens", *names))


@pytest.mark.parametrize("name", VECTORS["expect"])
def test_each_vector_comes_to_its_outcome(name: str) -> None:
    assert outcome((FOLDER / f"{name}.bailee").read_bytes()) == VECTORS["expect"][name]


def test_each_file_has_an_outcome() -> None:
    assert {path.stem for path in FOLDER.glob("*.bailee")} == set(VECTORS["expect"])


def test_the_page_shows_the_valid_one() -> None:
    file = (FOLDER / "valid.bailee").read_bytes()
    head, start = read_head(Held(file))
    shown = [line.partition("|")[0] for line in PAGE.read_text("utf-8").splitlines()]
    page = "".join(shown).replace(" ", "")
    for part in (
        VECTORS["seed"],
        head.about.encode().hex(),
        head.about.recovery.hex(),
        head.commitment.hex(),
        file[:20].hex(),
    ):
        assert part in page
    assert f"{start:,}" in PAGE.read_text("utf-8")
    assert f"{len(file):,}" in PAGE.read_text("utf-8")


def test_the_page_lists_every_reason() -> None:
    page = PAGE.read_text("utf-8")
    for expect in VECTORS["expect"].values():
        assert expect.split(" ")[-1] in page or expect.startswith("opens")
