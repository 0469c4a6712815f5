"""Values out: only against a grant that covers each of them, and only what was stored there."""

import copy
import pickle
from collections.abc import Callable

import pytest
from tests.absence import holds, mark
from tests.vault.strongroom import ALICE, ALICE_LOUD, BOB, EPOCH, HOST, Strongroom, Text

from bailee import errors
from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.scan.kinds import Kind
from bailee.vault.model import Sought, Value, ValueOpening, value_id, value_noun


def opened(
    room: Strongroom, grant: Grant, client: ClientId, *tokens: bytes, epoch: int = EPOCH
) -> tuple[Value | None, ...]:
    return room.house.work.read(lambda tx: room.vault.open(tx, grant, client, epoch, list(tokens)))


def test_a_value_opens_with_its_kind_and_canonical_token(room: Strongroom) -> None:
    client = room.house.new_client()
    loud, plain = room.tokens(client, ALICE_LOUD, ALICE)
    found = opened(room, room.grant(client), client, loud)[0]
    assert found == Value(token=loud, kind=Kind.EMAIL, raw=ALICE_LOUD[1], canonical=plain)


def test_what_was_never_there_and_what_is_no_token_are_nothing(room: Strongroom) -> None:
    client = room.house.new_client()
    room.token(client, ALICE)
    assert opened(room, room.grant(client), client, bytes(10), b"short", b"") == (None,) * 3
    assert opened(room, room.grant(client), client, bytes(10), epoch=202001) == (None,)


Scoped = Callable[[Strongroom, ClientId, bytes], Grant]

COVERS: dict[str, Scoped] = {
    "all values": lambda r, c, _: r.house.grant(c, ("value",)),
    "this token": lambda r, c, t: r.house.grant(c, ("value",), ids=frozenset({value_id(EPOCH, t)})),
    "all of its kind": lambda r, c, _: r.house.grant(c, (value_noun(Kind.EMAIL),)),
    "its kind among others": lambda r, c, _: r.house.grant(c, ("object", "value:email")),
}
REFUSED: dict[str, Scoped] = {
    "another client": lambda r, _, __: r.house.grant(ClientId.new(), ("value",)),
    "another token": lambda r, c, _: r.house.grant(
        c, ("value",), ids=frozenset({value_id(EPOCH, bytes(10))})
    ),
    "this token in another month": lambda r, c, t: r.house.grant(
        c, ("value",), ids=frozenset({value_id(202001, t)})
    ),
    "another kind": lambda r, c, _: r.house.grant(c, ("value:ipv4",)),
    "objects": lambda r, c, _: r.house.grant(c, ("object",)),
    "nothing": lambda r, c, _: r.house.grant(c, ()),
    "no opening": lambda r, c, _: r.house.grant(c, ("value",), count=0),
}


@pytest.mark.parametrize("what", COVERS)
def test_a_grant_opens_a_value_when_it_covers(room: Strongroom, what: str) -> None:
    client = room.house.new_client()
    token = room.token(client, ALICE)
    (found,) = opened(room, COVERS[what](room, client, token), client, token)
    assert found is not None
    assert found.raw == ALICE[1]


@pytest.mark.parametrize("what", REFUSED)
def test_a_grant_opens_no_value_when_it_covers(room: Strongroom, what: str) -> None:
    client = room.house.new_client()
    token = room.token(client, ALICE)
    with pytest.raises(errors.Sealed, match="not-granted"):
        opened(room, REFUSED[what](room, client, token), client, token)


def test_a_grant_is_over_after_its_seconds_and_useless_when_changed(room: Strongroom) -> None:
    client = room.house.new_client()
    token = room.token(client, ALICE)
    changed, late = room.grant(client), room.grant(client)
    changed.count = 5_000
    room.house.clock.running_s += 5.001
    for grant in (changed, late):
        with pytest.raises(errors.Sealed):
            opened(room, grant, client, token)


def test_a_grant_counts_each_value_once(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, ALICE, BOB, HOST)
    grant = room.grant(client, count=4)
    opened(room, grant, client, *tokens, *tokens, bytes(10))
    with pytest.raises(errors.Sealed):
        opened(room, grant, client, *tokens[:2])


def test_an_opener_opens_nothing_that_it_was_not_made_for(room: Strongroom) -> None:
    client = room.house.new_client()
    mine, other = room.tokens(client, ALICE, BOB)
    rows = room.house.work.read(
        lambda tx: room.house.rows.vaults.values(tx, client, EPOCH, [mine, other])
    )
    opener = room.house.work.read(
        lambda tx: room.house.keyring.vault_opener(
            tx, client, EPOCH, [rows[mine]], room.grant(client)
        )
    )
    assert opener.open(rows[mine]).raw == ALICE[1]
    with pytest.raises(errors.Sealed):
        opener.open(rows[other])


def test_openings_prove_and_commitments_need_no_grant(room: Strongroom) -> None:
    client = room.house.new_client()
    token = room.token(client, ALICE)
    grant = room.grant(client)
    opening, absent = room.house.work.read(
        lambda tx: room.vault.openings(tx, grant, client, EPOCH, [token, bytes(10)])
    )
    assert isinstance(opening, ValueOpening)
    assert absent is None
    assert room.house.work.read(
        lambda tx: room.vault.commitments(tx, client, EPOCH, [bytes(10), token])
    ) == (None, opening.commitment)


def test_neither_vault_nor_keys_leave_the_process(room: Strongroom) -> None:
    client = room.house.new_client()
    room.token(client, ALICE)
    keys = room.house.work.read(lambda tx: room.house.keyring.vault(tx, client, EPOCH))
    assert keys is not None
    ciphers = room.house.work.read(lambda tx: room.house.keyring._vaults.ciphers(tx, client, EPOCH))
    for secret in (room.vault, room.vault._memory, keys.sealers[0], ciphers[0]):
        for leave in (pickle.dumps, copy.deepcopy, copy.copy):
            with pytest.raises(TypeError):
                leave(secret)


def test_no_representation_shows_a_value(room: Strongroom) -> None:
    client = room.house.new_client()
    name = mark()
    text: Text = (Kind.EMAIL, f"{name}@example.org".encode(), None)
    token = room.token(client, text)
    grant = room.grant(client)
    (value,) = opened(room, grant, client, token)
    (opening,) = room.house.work.read(
        lambda tx: room.vault.openings(tx, grant, client, EPOCH, [token])
    )
    shown = repr((value, opening, Sought(kind=Kind.EMAIL, canonical=text[1])))
    assert not holds(shown, name)
    assert opening is not None
    assert not holds(shown, repr(opening.r))


# --- damage --------------------------------------------------------------------------------

MOVED = {
    "the value of another token": (
        "update vault set sealed = (select sealed from vault where kind = 8) where kind = 1"
    ),
    "the value of another token, kind and all": (
        "update vault set (sealed, kind) ="
        " (select sealed, kind from vault where kind = 8) where kind = 1"
    ),
    "another kind": "update vault set kind = 4 where kind = 1",
    "a kind that does not exist": "update vault set kind = 99 where kind = 1",
    "a short value": "update vault set sealed = x'00' where kind = 1",
}


@pytest.mark.parametrize("what", MOVED)
def test_a_row_with_what_is_not_its_own_does_not_open(room: Strongroom, what: str) -> None:
    client = room.house.new_client()
    token = room.tokens(client, ALICE, HOST)[0]
    room.change(MOVED[what])
    with pytest.raises(errors.Damaged):
        opened(room, room.grant(client), client, token)


def test_a_row_moved_to_another_client_or_month_does_not_open(room: Strongroom) -> None:
    client, other = room.house.new_client(), room.house.new_client()
    token = room.token(client, ALICE)
    room.token(other, BOB)
    room.token(client, BOB, epoch=202607)
    room.change(
        "insert into vault select ?, epoch, token, version, kind, commitment, sealed"
        " from vault where token = ?",
        other.raw,
        token,
    )
    room.change(
        "insert into vault select client, 202607, token, version, kind, commitment, sealed"
        " from vault where token = ? and client = ?",
        token,
        client.raw,
    )
    with pytest.raises(errors.Damaged):
        opened(room, room.grant(other), other, token)
    with pytest.raises(errors.Damaged):
        opened(room, room.grant(client), client, token, epoch=202607)


def flipped(room: Strongroom, column: str, bit: int) -> None:
    ((sealed,),) = room.rows(f"select {column} from vault")  # noqa: S608  # a constant
    blob = bytearray(sealed)
    blob[bit // 8] ^= 1 << bit % 8
    room.change(f"update vault set {column} = ?", bytes(blob))  # noqa: S608  # as above


def test_no_bit_of_a_sealed_value_can_be_flipped(room: Strongroom) -> None:
    client = room.house.new_client()
    token = room.token(client, HOST)
    ((sealed,),) = room.rows("select sealed from vault")
    for bit in range(0, len(sealed) * 8, 5):
        flipped(room, "sealed", bit)
        with pytest.raises(errors.Damaged):
            opened(room, room.grant(client), client, token)
        flipped(room, "sealed", bit)
    assert room.raws(client, [token]) == [HOST[1]]


def test_no_bit_of_a_sealed_token_can_be_flipped(room: Strongroom) -> None:
    client = room.house.new_client()
    room.token(client, HOST)
    ((sealed,),) = room.rows("select sealed from vault_index")
    for bit in range(0, len(sealed) * 8, 5):
        blob = bytearray(sealed)
        blob[bit // 8] ^= 1 << bit % 8
        room.change("update vault_index set sealed = ?", bytes(blob))
        with pytest.raises(errors.Damaged):
            room.intern(client, HOST, vault=room.elsewhere())


SPOILS = {
    "a sealed value": "update vault set sealed = zeroblob(92) where kind = 8",
    "a commitment": "update vault set commitment = zeroblob(32) where kind = 8",
    "an index row that is gone": "delete from vault_index",
    "an index row that does not open": "update vault_index set sealed = zeroblob(38)",
}


@pytest.mark.parametrize("what", SPOILS)
def test_a_deep_check_names(room: Strongroom, what: str) -> None:
    room.tokens(room.house.new_client(), HOST)
    inspection = room.house.keyring.inspection()
    assert room.house.work.read(lambda tx: list(inspection.corrupt(tx, deep=True))) == []
    room.change(SPOILS[what])
    (corrupt,) = room.house.work.read(lambda tx: list(inspection.corrupt(tx, deep=True)))
    assert (corrupt.level, corrupt.noun) == ("value", "value")


def test_a_check_names_the_key_of_an_epoch_that_does_not_open(room: Strongroom) -> None:
    room.tokens(room.house.new_client(), HOST)
    room.change("update key_epoch set wrapped = zeroblob(60)")
    inspection = room.house.keyring.inspection()
    (corrupt,) = room.house.work.read(lambda tx: list(inspection.corrupt(tx, deep=True)))
    assert (corrupt.level, corrupt.noun) == ("epoch", "vault")
