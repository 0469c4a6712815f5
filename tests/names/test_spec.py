"""The worked example of spec/names.md is what is computed."""

import hmac

from tests.house.source import ROOT

from bailee.encoding import enc
from bailee.ids import ClientId, ShardId
from bailee.keyring.tree.formulas import mac_key
from bailee.names.model import NamedThing, ShardRow, place_of, shard_aad
from bailee.names.service import MERGED_AT
from bailee.names.shard import SHARD_NAMES, encoded
from bailee.seal.kdf import hkdf
from bailee.seal.row import RowCipher

PAGE = (ROOT / "spec" / "names.md").read_text("utf-8")
CLIENT = ClientId.parse("cl-mnwgszlooqwxg2lyorswk3rnme")
NONCE = bytes.fromhex("7e47af158e9db54fc5e49029")
THINGS = (
    NamedThing(name="devis.pdf", id=bytes(range(0xB0, 0xC0)), version=3),
    NamedThing(name="contrat.pdf", id=bytes(range(0xA0, 0xB0)), version=1),
)
ROW = ShardRow(
    client=CLIENT,
    start=b"\0\0",
    noun="object",
    bits=0,
    shard=ShardId(bytes(range(0xC0, 0xD0))),
    version=1,
    sealed=b"",
)


def mac(domain: str, message: bytes) -> bytes:
    return hmac.digest(mac_key(bytes(range(32)), domain), message, "sha256")


def test_the_worked_example_is_what_is_computed() -> None:
    plain = encoded(ROW.start, ROW.bits, THINGS)
    cipher = RowCipher(hkdf(bytes(range(0x40, 0x60)), enc("row-key")))
    made = {
        "contrat.pdf ": place_of(mac, CLIENT, "object", "contrat.pdf").hex(),
        "devis.pdf   ": place_of(mac, CLIENT, "object", "devis.pdf").hex(),
        "plain   ": plain.hex(),
        "sealed  ": cipher.seal(shard_aad(ROW), plain, lambda _: NONCE).hex(),
    }
    for name, value in made.items():
        assert f"    {name} {value}\n" in PAGE, name


def test_the_page_has_the_bounds_of_the_code() -> None:
    assert f"at most {SHARD_NAMES:,} names" in PAGE
    assert f"Where {'eight' if MERGED_AT == 8 else MERGED_AT} wait" in PAGE


def test_a_name_has_one_place_in_whatever_form_it_is_written() -> None:
    composed, decomposed = "re\u0301sume\u0301.pdf", "r\u00e9sum\u00e9.pdf"
    assert composed != decomposed
    places = {place_of(mac, CLIENT, "object", one) for one in (composed, decomposed)}
    assert len(places) == 1
    assert places.isdisjoint({place_of(mac, CLIENT, "bucket", composed)})
