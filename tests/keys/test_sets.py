"""The digests of spec/sets.md are those that are computed."""

from functools import partial

import numpy as np
import pytest
from tests.house.source import ROOT

from bailee import errors
from bailee.ids import ClientId
from bailee.keyring.sets import SetKeys
from bailee.keyring.tree.formulas import mac_key

PAGE = (ROOT / "spec" / "sets.md").read_text("utf-8")
CLIENT = ClientId.parse("cl-mnwgszlooqwxg2lyorswk3rnme")
NONCE = bytes.fromhex("7e47af158e9db54fc5e49029")
KEYS = SetKeys(partial(mac_key, bytes(range(32))), CLIENT, lambda _: NONCE)


def test_the_worked_example_is_what_is_computed() -> None:
    streams = [
        (CLIENT.raw, bytes(range(0xA0, 0xB0)), b"\xaa" * 32, b"\xbb" * 4, "infrastructure"),
        (CLIENT.raw, bytes(range(0xB0, 0xC0)), b"\xcc" * 32, b"\xdd" * 4, "client-site"),
    ]
    one, two = (KEYS.row("log_stream", row) for row in streams)
    sums = KEYS.seal_set(CLIENT.raw, "log_stream", (one ^ two).to_bytes(16, "big"))
    total = KEYS.row("row_set", (CLIENT.raw, "log_stream", sums))
    made = {
        "row 1": f"{one:032x}",
        "row 2": f"{two:032x}",
        "x": f"{one ^ two:032x}",
        "sums": sums.hex(),
        "total": f"{total:032x}",
        "sealed": KEYS.seal_head(CLIENT.raw, 1, total).hex(),
    }
    for name, value in made.items():
        assert f"    {name:9} {value}\n" in PAGE, name


def test_a_block_is_what_is_computed() -> None:
    packed = (bytes(range(16)) + bytes(range(38))).ljust(64, b"\0")
    rows = np.frombuffer(packed * 3, np.uint8).reshape(3, -1)
    found = {one.tobytes().hex() for one in KEYS.blocks("vault_index", rows)}
    assert len(found) == 1
    assert f"    block     {found.pop()}\n" in PAGE


def test_null_and_empty_are_two_things() -> None:
    assert KEYS.row("one", (None,)) != KEYS.row("one", (b"",))
    assert KEYS.row("one", (b"a", b"b")) != KEYS.row("one", (b"b", b"a"))
    assert KEYS.row("one", (b"a",)) != KEYS.row("two", (b"a",))
    assert KEYS.row("one", (-1,)) != KEYS.row("one", (1,))


def test_a_set_of_other_bytes_is_opened_anew_though_it_was_known() -> None:
    before = KEYS.seal_set(CLIENT.raw, "log_stream", bytes(15) + b"\1")
    now = KEYS.seal_set(CLIENT.raw, "log_stream", bytes(15) + b"\2")
    forged = now[:-1] + bytes([now[-1] ^ 1])
    for _ in range(2):  # known from the first time on
        for sealed, last in ((now, b"\2"), (before, b"\1")):  # put back, and known again
            assert KEYS.open_set(CLIENT.raw, "log_stream", sealed) == bytes(15) + last
            digest = KEYS.row("row_set", (CLIENT.raw, "log_stream", sealed))
            assert KEYS.digest_of_set(CLIENT.raw, "log_stream", sealed) == digest
        assert KEYS.digest_of_set(CLIENT.raw, "log_stream", forged) != digest
        with pytest.raises(errors.Damaged):
            KEYS.open_set(CLIENT.raw, "log_stream", forged)


def test_what_was_sealed_opens_in_its_place_alone() -> None:
    sums = KEYS.seal_set(CLIENT.raw, "log_stream", bytes(16))
    assert KEYS.open_set(CLIENT.raw, "log_stream", sums) == bytes(16)
    head = KEYS.seal_head(CLIENT.raw, 4, 7)
    assert KEYS.open_head(CLIENT.raw, 4, head) == 7
    for opened in (
        lambda: KEYS.open_set(CLIENT.raw, "log_run", sums),
        lambda: KEYS.open_set(bytes(16), "log_stream", sums),
        lambda: KEYS.open_set(CLIENT.raw, "log_stream", sums[:11]),
        lambda: KEYS.open_head(CLIENT.raw, 5, head),
        lambda: KEYS.open_head(CLIENT.raw, -4, head),
    ):
        with pytest.raises(errors.Damaged):
            opened()
