"""Epoch keys over leaves: names and text end at their horizons, with all that hangs on them."""

from collections.abc import Sequence

import pytest
from tests.vault.strongroom import ALICE, BOB, EPOCH, Copies, Strongroom, Thief

from bailee import errors
from bailee.grant import Ref
from bailee.ids import BlobId, ClientId
from bailee.keyring.model import EPOCH_KEY_OF, Custodied, Pending
from bailee.keys.restore import settle
from bailee.seal.row import row_aad

EARLIER = 202607
NOUNS = sorted(EPOCH_KEY_OF)
ALL = frozenset({"vault", "names", "text"})


def thing(client: ClientId, noun: str, epoch: int = EPOCH, start: bytes = b"") -> Ref:
    ident = start + BlobId.new().raw[len(start) :]
    return Ref(client=client, noun=noun, id=ident, epoch=epoch)


def aad(ref: Ref) -> bytes:
    return row_aad(ref.client.raw, ref.noun, ref.id, "part", ref.version)


def put(room: Strongroom, ref: Ref) -> bytes:
    sealer = room.house.keyring.sealer(ref)
    room.house.work.run(ref.client, lambda tx: room.house.keyring.enrol(tx, sealer))
    return sealer.seal_row(aad(ref), ref.noun.encode())


def get(room: Strongroom, ref: Ref, sealed: bytes) -> bytes:
    keyring = room.house.reopened()
    grant = room.house.grant(ref.client, (ref.noun,))
    opener = room.house.work.read(lambda tx: keyring.opener(tx, ref, grant))
    return opener.open_row(aad(ref), sealed)


def end(room: Strongroom, client: ClientId, epoch: int, *, text: bool = False) -> Pending:
    keyring = room.house.keyring
    pending = room.house.work.run(
        client, lambda tx: keyring.destroy_epoch(tx, client, epoch, text=text)
    )
    keyring.announce(pending)
    return pending


def opens(room: Strongroom, things: dict[Ref, bytes]) -> Sequence[tuple[int, str]]:
    found = []
    for ref, sealed in things.items():
        try:
            assert get(room, ref, sealed) == ref.noun.encode()
            found.append((ref.epoch, ref.noun))
        except errors.NotFound:
            continue
    return sorted(found)


def filled(room: Strongroom, client: ClientId) -> dict[Ref, bytes]:
    """Put one thing of each noun in each of two months, and values, all in one bucket."""
    things = [
        thing(client, noun, epoch, b"\x07\x07") for noun in NOUNS for epoch in (EARLIER, EPOCH)
    ]
    for epoch in (EARLIER, EPOCH):
        room.intern(client, ALICE, BOB, epoch=epoch)
    return {ref: put(room, ref) for ref in things}


def test_a_thing_has_an_epoch_exactly_when_it_ends_with_one(room: Strongroom) -> None:
    client = room.house.new_client()
    for noun, epoch in (("text", 0), ("names", 0), ("object", EPOCH)):
        with pytest.raises(ValueError, match="exactly when"):
            room.house.keyring.sealer(thing(client, noun, epoch))


def test_things_of_all_horizons_open_here_and_in_another_process(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    assert opens(room, things) == sorted(
        (epoch, noun) for noun in NOUNS for epoch in (EARLIER, EPOCH)
    )
    assert room.house.work.read(lambda tx: room.house.keyring.epochs(tx, client)) == (
        Custodied(epoch=EARLIER, vault=True, names=True, text=True, made=ALL),
        Custodied(epoch=EPOCH, vault=True, names=True, text=True, made=ALL),
    )


@pytest.mark.parametrize("epoch", [EARLIER, EPOCH])
def test_ending_the_names_of_a_month_leaves_its_text_and_the_other_month(
    room: Strongroom, epoch: int
) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    tokens = room.tokens(client, ALICE, BOB, epoch=epoch)
    end(room, client, epoch)
    (other,) = {EARLIER, EPOCH} - {epoch}
    left = sorted([(other, noun) for noun in NOUNS] + [(epoch, "text")])
    assert opens(room, things) == left
    assert room.raws(client, tokens, epoch) == [None, None]
    assert list(room.found(client, ALICE)) == [other]
    room.turn()
    assert opens(room, things) == left
    assert room.rows(f"select count(*) from vault where epoch = {epoch}") == [(0,)]  # noqa: S608  # ours
    assert room.rows(f"select count(*) from vault_index where epoch = {epoch}") == [(0,)]  # noqa: S608  # ours
    assert room.rows("select count(*) from key_leaf where epoch > 0") == [(len(left),)]


def test_ending_the_text_of_a_month_leaves_nothing_of_it(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    end(room, client, EARLIER, text=True)
    assert opens(room, things) == [(EPOCH, noun) for noun in NOUNS]
    assert room.house.work.read(lambda tx: room.house.keyring.epochs(tx, client))[0] == Custodied(
        epoch=EARLIER, vault=False, names=False, text=False, made=ALL, ending=ALL
    )
    room.turn()
    assert room.house.work.read(lambda tx: room.house.keyring.epochs(tx, client))[0] == Custodied(
        epoch=EARLIER, vault=False, names=False, text=False, made=ALL
    )


def test_a_past_month_that_was_ended_takes_nothing_more(room: Strongroom) -> None:
    client = room.house.new_client()
    filled(room, client)
    end(room, client, EARLIER)
    for _ in range(2):
        with pytest.raises(errors.Conflict, match="epoch-ended"):
            room.intern(client, ALICE, epoch=EARLIER)
        with pytest.raises(errors.Conflict, match="epoch-ended"):
            put(room, thing(client, "names", EARLIER))
        put(room, thing(client, "text", EARLIER))
        room.turn()


def test_the_current_month_goes_on_with_new_keys(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    before = room.tokens(client, ALICE, BOB)
    end(room, client, EPOCH)
    after = room.tokens(client, ALICE)
    names = thing(client, "names", EPOCH, b"\x07\x07")
    more = {names: put(room, names)}
    for _ in range(2):
        assert room.raws(client, before + after) == [None, None, ALICE[1]]
        assert room.found(client, BOB) == {EARLIER: set(room.tokens(client, BOB, epoch=EARLIER))}
        assert opens(room, more) == [(EPOCH, "names")]
        assert (EPOCH, "names") not in opens(room, things)
        room.turn()
    assert room.rows(f"select count(*) from vault where epoch = {EPOCH}") == [(1,)]  # noqa: S608  # ours


def test_deleting_beside_things_of_an_ended_month_keeps_the_others(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    doomed = thing(client, "object", 0, b"\x07\x07")
    put(room, doomed)
    room.change(
        "update key_epoch set wrapped = null, pending_gen = 1 where noun = 'names' and epoch = ?",
        EARLIER,
    )
    room.house.work.run(client, lambda tx: room.house.keyring.destroy(tx, [doomed]))
    left = opens(room, things)
    assert (EARLIER, "names") not in left
    assert {(EPOCH, noun) for noun in NOUNS} < set(left)


def test_a_thing_of_a_month_can_be_deleted_alone(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    doomed = next(ref for ref in things if (ref.epoch, ref.noun) == (EPOCH, "text"))
    room.house.work.run(client, lambda tx: room.house.keyring.destroy(tx, [doomed]))
    assert len(opens(room, things)) == len(things) - 1


def test_a_check_passes_over_what_was_ended(room: Strongroom) -> None:
    client = room.house.new_client()
    filled(room, client)
    inspection = room.house.keyring.inspection()
    for epoch in (EARLIER, EPOCH):
        end(room, client, epoch)
        assert room.house.work.read(lambda tx: list(inspection.corrupt(tx, deep=True))) == []
        probed = room.house.work.read(
            lambda tx: room.house.keyring.turning().probe(tx, 1, deep=True)
        )
        assert probed.epochs == (4 if epoch == EARLIER else 2)


def test_a_key_moved_to_another_month_or_noun_does_not_open(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    room.change(
        "update key_epoch set wrapped = (select wrapped from key_epoch"
        " where noun = 'text' and epoch = ?) where noun = 'names' and epoch = ?",
        EPOCH,
        EPOCH,
    )
    doomed = {
        ref: sealed for ref, sealed in things.items() if (ref.epoch, ref.noun) == (EPOCH, "names")
    }
    with pytest.raises(errors.Damaged):
        opens(room, doomed)


def test_the_write_fence_refuses_a_key_under_a_client_key_that_was_renewed(
    room: Strongroom,
) -> None:
    client = room.house.new_client()
    room.token(client, ALICE)
    (stale,) = room.house.work.read(lambda tx: room.house.rows.epochs.of_client(tx, client))
    room.erase(client, ALICE)
    room.turn()
    with pytest.raises(errors.Conflict, match="fenced"):
        room.house.work.run(client, lambda tx: room.house.rows.epochs.put(tx, stale))


def test_a_thief_with_every_copy_opens_no_month_that_was_ended(room: Strongroom) -> None:
    copies = Copies(room.house)
    client = room.house.new_client()
    filled(room, client)
    copies.take()
    end(room, client, EARLIER)
    copies.take()
    thief = Thief(copies.images)
    assert {cipher.epoch for cipher in thief.ciphers(room.house.kms)} == {EARLIER, EPOCH}
    room.turn()
    copies.take()
    thief = Thief(copies.images)
    assert {cipher.epoch for cipher in thief.ciphers(room.house.kms)} == {EPOCH}


def test_after_a_restore_a_month_that_was_ended_is_ended_again(room: Strongroom) -> None:
    client = room.house.new_client()
    things = filled(room, client)
    keys = ("key_epoch", "key_leaf", "key_pending", "key_trunk")
    tables = (*keys, "vault", "vault_index", "row_head", "row_set")
    dump = {table: room.rows(f"select * from {table}") for table in tables}  # noqa: S608  # constants
    end(room, client, EARLIER)
    for table, rows in dump.items():
        room.change(f"delete from {table}")  # noqa: S608  # as above
        for row in rows:
            room.change(f"insert into {table} values ({','.join('?' * len(row))})", *row)  # noqa: S608  # as above
    keyring = room.house.reopened()
    with pytest.raises(errors.Damaged, match="older-rows"):  # custodians know what was ended
        opens(room, things)
    room.house.work.run(client, lambda tx: settle(tx, keyring, room.house.kms))
    left = opens(room, things)
    assert (EARLIER, "names") not in left
    assert (EARLIER, "text") in left
    assert list(room.found(client, ALICE, room.elsewhere())) == [EPOCH]
