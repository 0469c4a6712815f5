"""Every vector of spec/keys.md does what it says."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.keys.vectors import FOLDER, PAGES, Vector, written

from bailee import errors
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.file import FILE_NAME, FileKms
from bailee.clock import SystemClock
from bailee.ids import ClientId, InstallId
from bailee.keyring.tree import formulas as tree
from bailee.keys.recovery import WORDS, in_words, join, read_share
from bailee.secret import Secret


@pytest.mark.parametrize("name", PAGES)
def test_the_files_are_those_that_are_made(name: str) -> None:
    made = written(PAGES[name]())
    if os.environ.get("BAILEE_UPDATE"):
        (FOLDER / name).write_text(made, "utf-8")
    assert (FOLDER / name).read_text("utf-8") == made


def page(name: str) -> dict[str, Vector]:
    path = FOLDER / name
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


TREE, KEYRING = page("tree.toml"), page("keyring.toml")
CUSTODIAN, KIT = page("custodian.toml"), page("kit.toml")


def raw(vector: Vector, key: str) -> bytes:
    return bytes.fromhex(str(vector[key]))


def outcome(result: Callable[[], bytes]) -> str:
    names = {errors.Damaged: "damaged", errors.Sealed: "sealed", errors.UsageError: "usage"}
    try:
        return result().hex()
    except errors.BaileeError as error:
        return f"{names[type(error)]} {error.reason}"


@pytest.mark.parametrize("name", TREE)
def test_each_key_of_the_tree(name: str) -> None:
    vector = TREE[name]
    if vector["kind"] == "kek":
        install = InstallId.parse(str(vector["install"]))
        generation = int(vector["generation"])
        found = tree.kek(raw(vector, "root"), raw(vector, "turn"), install, generation).hex()
    elif vector["kind"] == "leaf-wrapper":
        client, bucket = ClientId.parse(str(vector["client"])), int(vector["bucket"])
        assert tree.bucket_of(raw(vector, "id")) == bucket
        noun, epoch = str(vector["noun"]), int(vector["epoch"])
        key = raw(vector, "bucket-key")
        found = tree.leaf_wrapper(key, noun, client, bucket, epoch).hex()
    elif vector["kind"] == "mac-key":
        found = tree.mac_key(raw(vector, "internal"), str(vector["domain"])).hex()
    else:
        key, aad, stored = (raw(vector, part) for part in ("key", "aad", "wrapped"))
        found = outcome(lambda: tree.unwrap(key, aad, stored)).partition(" ")[0]
    assert found == vector["expect"]


@pytest.mark.parametrize("name", KEYRING)
def test_each_keyring_file(name: str, tmp_path: Path) -> None:
    vector = KEYRING[name]
    path = tmp_path / FILE_NAME
    path.write_text(str(vector["file"]), "utf-8")
    path.chmod(0o600)
    phrase = Secret(str(vector["passphrase"]))
    found = outcome(
        lambda: FileKms.open(tmp_path, passphrase=phrase, clock=SystemClock()).root().reveal()
    )
    assert found == vector["expect"]


@pytest.mark.parametrize("name", CUSTODIAN)
def test_each_turn_secret(name: str, tmp_path: Path) -> None:
    vector = CUSTODIAN[name]
    path = tmp_path / f"turn-{vector['generation']}"
    path.write_text(str(vector["file"]), "utf-8")
    path.chmod(0o600)
    custodian = Custodian(tmp_path, "", InstallId.parse(str(vector["install"])))
    found = outcome(lambda: custodian.read_turn(int(vector["generation"])) or b"")
    assert found == vector["expect"]


@pytest.mark.parametrize("name", KIT)
def test_each_recovery_kit(name: str) -> None:
    vector = KIT[name]
    if "words" in vector:
        assert vector["words"] == " ".join(WORDS) == in_words(bytes(range(256)))
        return
    pages = [str(text) for key, text in vector.items() if key.startswith("page-")]
    found = outcome(lambda: join([read_share(text) for text in pages]).reveal())
    assert found == vector["expect"]


def test_the_page_shows_what_the_vectors_say() -> None:
    page_text = (FOLDER.parents[1] / "keys.md").read_text("utf-8")
    shown = re.findall(r"\b[0-9a-f]{64}(?:[0-9a-f]{56})?\b", page_text)
    known = {value for vector in TREE.values() for value in vector.values()}
    # The others are of records at custodians: tests/keys/test_freshness.py, tests/ledger.
    assert len(known.intersection(shown)) == 10
    for text in (KEYRING["good"]["file"], CUSTODIAN["good"]["file"], KIT["one-alone"]["page-1"]):
        indented = "".join(f"    {line}\n" for line in str(text).splitlines())
        assert indented in page_text
