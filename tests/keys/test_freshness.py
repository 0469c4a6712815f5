"""Older rows, put back by a writer of the database: custodians know what was deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.keyring.custody import House, founded
from tests.keys.house import Turning
from tests.keys.put_back import copied, edited, put_back
from tests.keys.test_turn import destroy, opens, put
from tests.vault.strongroom import ALICE, BOB, EPOCH, Strongroom

from bailee import errors, failpoint
from bailee.encoding import enc
from bailee.ids import ClientId, InstallId
from bailee.keyring.destroy.due import opened_note, sealed_note, value_kid
from bailee.keyring.model import DueKey, LeafRow, NamedKey, Phase
from bailee.keyring.tree.formulas import mac_key
from bailee.keys.finality import Finality

BUCKET = b"\x01\x02"
NUMBER = 258
WEEK_MS = 604_800_000


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = founded(tmp_path)
    yield made
    failpoint.arm("")
    made.work.close()


@pytest.fixture
def turning(house: House) -> Turning:
    return Turning.of(house)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Strongroom]:
    made = Strongroom.built(tmp_path)
    yield made
    made.house.work.close()


def leaves(house: House, client: ClientId) -> list[LeafRow]:
    return list(house.work.read(lambda tx: house.rows.leaves(tx, client, NUMBER)))


# --- row 1: keys and values put back between a deletion and the turn ------------------------


def test_a_key_put_back_does_not_open_before_the_turn(house: House) -> None:
    client = house.new_client()
    kept, gone = put(house, client, BUCKET), put(house, client, BUCKET)
    before = copied(house.path)
    destroy(house, gone)
    put_back(house.path, before)
    ring = house.reopened()
    with pytest.raises(errors.Damaged, match="older-rows"):
        house.work.read(lambda tx: ring.opener(tx, gone[0], house.grant(client)))
    with pytest.raises(errors.Damaged, match="older-rows"):  # the bucket is of before as well
        house.work.read(lambda tx: ring.opener(tx, kept[0], house.grant(client)))


def test_a_key_put_back_is_deleted_again_at_the_turn(house: House, turning: Turning) -> None:
    client = house.new_client()
    kept, gone = put(house, client, BUCKET), put(house, client, BUCKET)
    before = copied(house.path)
    destroy(house, gone)
    put_back(house.path, before)
    assert turning.run().erased == 1
    assert opens(house, kept)
    assert not opens(house, gone)
    assert [leaf.id for leaf in leaves(house, client)] == [kept[0].id]
    # Nor with the rows of before under what lives now: every key above it is another.
    edited(house.path, "update key_trunk set pending_gen = null")
    parent = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", client.raw))
    assert parent is not None
    put_back(house.path, before, only=("key_leaf", "key_bucket"), over=True)
    edited(house.path, "update key_bucket set parent = ?", parent.version)
    assert not opens(house, gone)


def test_a_value_put_back_is_not_revealed_and_is_erased_again_at_the_turn(
    room: Strongroom,
) -> None:
    client = room.house.new_client()
    alice, bob = room.tokens(client, ALICE, BOB)
    before = copied(room.house.path, ("key_epoch", "key_trunk", "key_pending", "vault"))
    index = copied(room.house.path, ("vault_index", "row_set", "row_head"))
    room.erase(client, ALICE)
    put_back(room.house.path, before | index)
    with pytest.raises(errors.Damaged, match="older-rows"):
        room.raws(client, [alice])
    assert room.raws(client, [bob]) == [BOB[1]]
    assert room.turning.run().erased == 1
    room.house.work.read(room.house.keyring.load)
    assert room.raws(client, [alice, bob]) == [None, BOB[1]]
    assert room.rows("select min(version) from key_epoch where noun = 'vault'") == [(1,)]


def test_keys_of_a_month_a_year_and_a_client_put_back_open_nothing(room: Strongroom) -> None:
    house = room.house
    client, left = house.new_client(), house.new_client()
    token, thing = room.token(client, BOB), put(house, left)
    house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2026))
    tables = ("key_trunk", "key_bucket", "key_leaf", "key_epoch", "key_law", "vault")
    before = copied(house.path, tables)
    house.work.run(client, lambda tx: house.keyring.destroy_epoch(tx, client, EPOCH))
    house.work.run(client, lambda tx: house.keyring.destroy_bodies(tx, client, 2026))
    house.work.run(left, lambda tx: house.keyring.leave(tx, left))
    put_back(house.path, before)
    assert not opens(house, thing)
    with pytest.raises(errors.Damaged, match="older-rows"):
        room.raws(client, [token])
    grant = house.grant(client, ("ledger-body",))
    with pytest.raises(errors.Damaged, match="older-rows"):
        house.work.read(lambda tx: house.keyring.body_opener(tx, client, 2026, grant))
    assert room.turning.run().erased == 3
    assert room.rows("select count(*) from key_epoch where wrapped is not null") == [(0,)]
    assert room.rows("select count(*) from key_law") == [(0,)]


def test_check_calls_damage_what_was_put_back(house: House) -> None:
    client = house.new_client()
    gone = put(house, client, BUCKET)
    before = copied(house.path)
    destroy(house, gone)
    put_back(house.path, before)
    ring = house.reopened()
    found = house.work.read(lambda tx: list(ring.inspection().corrupt(tx, deep=True)))
    assert {(item.level, item.noun) for item in found} == {("bucket", str(NUMBER))}


# --- row 2: the marks of a deletion taken away ----------------------------------------------


def test_a_turn_renews_what_custodians_name_without_any_mark(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    kept, gone = put(house, client, BUCKET), put(house, client, BUCKET)
    before = copied(house.path, ("key_leaf", "key_bucket"))
    destroy(house, gone)
    edited(house.path, "update key_trunk set pending_gen = null")
    edited(house.path, "delete from key_pending")
    assert turning.run().erased == 1
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", client.raw))
    assert row is not None
    assert row.version == 1
    put_back(house.path, before)
    edited(house.path, "update key_bucket set parent = ?", row.version)
    assert not opens(house, gone)
    assert not opens(house, kept)  # all of that bucket is of before


def test_a_vault_is_keyed_anew_without_any_mark(room: Strongroom) -> None:
    client = room.house.new_client()
    alice, bob = room.tokens(client, ALICE, BOB)
    room.erase(client, ALICE)
    for table in ("key_trunk", "key_epoch"):
        edited(room.house.path, f"update {table} set pending_gen = null")  # noqa: S608  # constants
    edited(room.house.path, "delete from key_pending")
    assert room.turning.run().erased == 1
    room.house.work.read(room.house.keyring.load)
    assert room.rows("select version from key_epoch where noun = 'vault'") == [(1,)]
    assert room.raws(client, [bob]) == [BOB[1]]
    # Marks were taken away behind the house's back, so that nothing is called absent any more.
    with pytest.raises(errors.Damaged, match="rows-differ"):
        room.raws(client, [alice])


def test_the_legal_term_key_is_renewed_without_any_mark(house: House, turning: Turning) -> None:
    client = house.new_client()
    house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2026))
    house.work.run(client, lambda tx: house.keyring.destroy_bodies(tx, client, 2026))
    edited(house.path, "update key_trunk set pending_gen = null")
    turning.run()
    law = house.work.read(lambda tx: house.rows.wrapping_key(tx, "law", b""))
    assert law is not None
    assert law.version == 1


def test_a_named_key_that_was_not_raised_stops_the_turn(house: House, turning: Turning) -> None:
    client = house.new_client()
    gone = put(house, client, BUCKET)
    before = copied(house.path, ("key_leaf", "key_bucket"))
    destroy(house, gone)
    turn = turning.fresh()
    turn.begin(new_root=False)
    while (at := turn.state().phase) is not Phase.T3:
        turn.steps()[at]()
    now = copied(house.path, ("key_leaf", "key_bucket"))
    put_back(house.path, before)
    with pytest.raises(errors.Damaged):
        turning.run()
    assert 1 in house.kms.turns[0]
    put_back(house.path, now)
    assert turning.run().erased == 1


# --- row 4b: one older row --------------------------------------------------------------------


def test_an_older_state_row_destroys_no_secret_in_use(house: House, turning: Turning) -> None:
    client = house.new_client()
    thing = put(house, client)
    still = copied(house.path, ("key_state",))
    turn = turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    turn.rewrap_some()
    now = copied(house.path, ("key_state",))
    put_back(house.path, still)
    with pytest.raises(errors.Damaged, match="older-rows"):
        turning.run()
    put_back(house.path, now)
    turning.run()
    assert opens(house, thing)


def test_a_whole_database_of_before_a_turn_destroys_no_secret_in_use(
    house: House, turning: Turning
) -> None:
    """All rows of the keys, though every one is consistent with the others."""
    thing = put(house, house.new_client())
    before = copied(house.path) | copied(house.path, ("key_state",))
    turn = turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    turn.rewrap_some()
    now = copied(house.path) | copied(house.path, ("key_state",))
    put_back(house.path, before)
    with pytest.raises(errors.Damaged, match="older-rows"):
        turning.run()
    put_back(house.path, now)
    turning.run()
    assert opens(house, thing)


def test_a_turn_that_is_only_a_row_makes_nothing_erased(house: House) -> None:
    gone = put(house, house.new_client())
    destroy(house, gone)
    edited(house.path, "insert into key_turn values (9, 0, 0, 0, 0, 4, 2, 'hardware')")
    finality = Finality(
        work=house.work,
        rows=house.rows,
        keyring=house.reopened(),
        clock=house.clock,
        period_ms=WEEK_MS,
    )
    said = finality.erasure(1)
    assert (said.stage, said.wrap_class) == ("pending", "file")


def test_an_older_bucket_alone_does_not_open_nor_pass_a_turn(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    put(house, client, BUCKET)
    gone = put(house, client, BUCKET)
    before = copied(house.path, ("key_bucket",))
    old = copied(house.path, ("key_leaf",))
    destroy(house, gone)
    now = copied(house.path, ("key_bucket",))
    put_back(house.path, before)
    with pytest.raises(errors.Damaged):
        turning.run()
    assert 1 in house.kms.turns[0]
    put_back(house.path, now)
    turning.run()
    parent = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", client.raw))
    assert parent is not None
    put_back(house.path, old | before)
    edited(house.path, "update key_bucket set parent = ?", parent.version)
    assert not opens(house, gone)


# --- push before commit -----------------------------------------------------------------------


def test_custodians_know_of_a_deletion_before_it_is_durable(house: House) -> None:
    client = house.new_client()
    gone = put(house, client, BUCKET)
    kid = leaves(house, client)[0].kid
    failpoint.arm("rows.commit:before=raise")
    with pytest.raises(errors.OutcomeUnknown):
        house.work.run(client, lambda tx: house.keyring.destroy(tx, [gone[0]]))
    assert kid in house.kms.pending()


def test_an_id_without_its_deletion_opens_nothing_and_is_deleted_at_the_turn(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    gone = put(house, client, BUCKET)
    before = copied(house.path)
    destroy(house, gone)
    put_back(house.path, before)  # as a crash between the two leaves it
    assert not opens(house, gone)
    destroy(house, gone)  # asked for again
    assert leaves(house, client) == []
    assert turning.run().erased == 1


def test_without_a_custodian_nothing_is_deleted(house: House) -> None:
    client = house.new_client()
    thing = put(house, client, BUCKET)
    house.kms.dead = {0, 1}
    with pytest.raises(errors.Sealed):
        destroy(house, thing)
    house.kms.dead = set()
    assert opens(house, thing)


def test_a_bucket_made_again_after_its_last_leaf_went_opens(house: House) -> None:
    client = house.new_client()
    destroy(house, put(house, client, BUCKET))
    thing = put(house, client, BUCKET)
    assert opens(house, thing)
    destroy(house, thing)
    assert opens(house, put(house, client, BUCKET))


def test_a_value_is_known_by_its_token(room: Strongroom) -> None:
    client = room.house.new_client()
    token = room.token(client, ALICE)
    room.erase(client, ALICE)
    assert room.house.kms.pending() == {value_kid(client, EPOCH, token)}


# --- what custodians are left with --------------------------------------------------------------


def test_the_record_of_the_specification_is_made_and_opened() -> None:
    page = Path("spec/keys.md").read_text()
    given = page.split("`vE` = 3, `vL` = 1:")[1].split("\n\n")[1]
    key, record = ("".join(part.split()) for part in given.replace("key ", "").split("record"))
    kid, install = bytes(range(0xA0, 0xB0)), InstallId.parse("in-aaaqeayeaudaocajbifqydiob4")
    due = DueKey(
        generation=7,
        kid=kid,
        client=ClientId.parse("cl-mnwgszlooqwxg2lyorswk3rnme"),
        noun="object",
        bucket=4660,
        bucket_version=3,
        epoch=0,
        vault_version=0,
        client_version=3,
        legal_version=1,
        token=b"",
    )
    made, aad = mac_key(bytes(range(32)), "pending"), enc("aad-due", install.raw, 7, kid)
    assert made.hex() == key
    note = sealed_note(made, aad, due, lambda _: bytes.fromhex("7e47af158e9db54fc5e49029"))
    assert (kid + note).hex() == record
    assert opened_note(made, aad, 7, kid, note) == due
    for at in range(len(note)):
        altered = note[:at] + bytes([note[at] ^ 1]) + note[at + 1 :]
        assert opened_note(made, aad, 7, kid, altered) is None
    assert opened_note(made, aad, 7, kid, note[:-1]) is None


def test_an_id_without_a_note_is_looked_for_everywhere(house: House, turning: Turning) -> None:
    client = house.new_client()
    thing = put(house, client, BUCKET)
    kid = leaves(house, client)[0].kid
    house.kms.left[0].append(NamedKey(1, kid, b""))
    assert not opens(house, thing)
    assert turning.run().erased == 0  # found after T0: a copy made since may hold it
    assert leaves(house, client) == []
    assert turning.run().erased == 1
