"""Every vector of spec/vault.md does what it says, and the page quotes them."""

import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.keys.vectors import Vector, written
from tests.vault.vectors import FILE, page

from bailee import errors
from bailee.ids import ClientId
from bailee.keyring.vault.cipher import VaultCipher, commit
from bailee.scan.kinds import Kind

PAGE = tomllib.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
SPEC = Path(__file__).parents[2] / "spec" / "vault.md"


def test_the_file_is_the_one_that_is_made() -> None:
    made = written(page())
    if os.environ.get("BAILEE_UPDATE"):
        FILE.write_text(made, "utf-8")
    assert FILE.read_text("utf-8") == made


def raw(vector: Vector, key: str) -> bytes:
    return bytes.fromhex(str(vector[key]))


def cipher(vector: Vector) -> VaultCipher:
    client = ClientId.parse(str(vector["client"]))
    return VaultCipher(
        raw(vector, "vault-key"), client, int(vector["epoch"]), int(vector["version"])
    )


def index(vector: Vector) -> bytes:
    return cipher(vector).index(str(vector["form"]), int(vector["of"]), raw(vector, "bytes"))


def commitment(vector: Vector) -> bytes:
    client, epoch = ClientId.parse(str(vector["client"])), int(vector["epoch"])
    return commit(client, epoch, [int(vector["of"])], [raw(vector, "raw")], raw(vector, "r"))[0]


def token(vector: Vector) -> bytes:
    return cipher(vector).open_token(raw(vector, "key"), raw(vector, "sealed"))


def value(vector: Vector) -> bytes:
    opened = cipher(vector).open_value(
        raw(vector, "token"), int(vector["of"]), raw(vector, "sealed")
    )
    return b"".join(opened)


DOES: dict[str, Callable[[Vector], bytes]] = {
    "index": index,
    "commitment": commitment,
    "token": token,
    "value": value,
}


@pytest.mark.parametrize("name", PAGE)
def test_each_vector(name: str) -> None:
    vector = PAGE[name]
    try:
        found = DOES[vector["kind"]](vector).hex()
    except errors.Damaged:
        found = "damaged"
    assert found == vector["expect"]


def test_many_at_once_are_what_one_at_a_time_is() -> None:
    one = cipher(PAGE["index-canon"])
    kinds = [Kind.EMAIL, Kind.IPV4, Kind.EMAIL, Kind.USER_AGENT]
    blobs = [b"a@b.c", b"10.0.0.1", b"", b"x" * 5_000]
    rs = bytes(range(128))
    assert one.indexes("canon", kinds, blobs) == [
        one.index("canon", kind, blob) for kind, blob in zip(kinds, blobs, strict=True)
    ]
    assert commit(one.client, one.epoch, kinds, blobs, rs) == [
        commit(one.client, one.epoch, [kind], [blob], rs[32 * at : 32 * at + 32])[0]
        for at, (kind, blob) in enumerate(zip(kinds, blobs, strict=True))
    ]


def test_what_is_sealed_at_once_opens_one_by_one_under_fresh_nonces() -> None:
    one = cipher(PAGE["index-canon"])
    tokens, keys = [bytes([n]) * 10 for n in range(50)], [bytes([n]) * 16 for n in range(50)]
    plains = [(tokens[-n], bytes([n]) * 32, b"x" * n) for n in range(50)]
    values = one.seal_values(tokens, [Kind.EMAIL] * 50, plains)
    sealed = one.seal_tokens(keys, tokens)
    assert [one.open_token(*pair) for pair in zip(keys, sealed, strict=True)] == tokens
    opened = [one.open_value(at, Kind.EMAIL, blob) for at, blob in zip(tokens, values, strict=True)]
    assert opened == plains
    assert len({blob[:12] for blob in values + sealed}) == 100


def test_the_page_quotes_its_vectors() -> None:
    text = SPEC.read_text("utf-8")
    quoted = set(re.findall(r"\b[0-9a-f]{20,}\b", text))
    known = {str(part) for vector in page().values() for part in vector.values()}
    plain = str(page()["value"]["expect"])
    known |= {plain[:20], plain[20:84], plain[84:]}
    assert len(quoted) > 8
    assert quoted <= known
