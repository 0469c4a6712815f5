"""Erasing: gone at once here, gone for good at the turn, and never anybody else's."""

import pytest
from tests.vault.strongroom import (
    ALICE,
    ALICE_LOUD,
    ALICE_ODD,
    BOB,
    EPOCH,
    HOST,
    PHONE,
    Copies,
    Strongroom,
    Text,
    Thief,
)

from bailee import errors
from bailee.ids import ClientId
from bailee.keyring.destroy.due import value_kid
from bailee.keyring.destroy.turning import Turning
from bailee.keyring.vault.rekeying import Rekeying
from bailee.keys.restore import settle
from bailee.scan.kinds import Kind
from bailee.vault.service import Vault

EARLIER = 202607
FAMILY: list[Text] = [
    (Kind.PHONE, b"+2376712345%02d" % number, None if number % 2 else b"+237671234500")
    for number in range(20)
]


def test_an_erased_value_is_neither_found_nor_opened_in_any_spelling(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, ALICE, ALICE_LOUD, ALICE_ODD, BOB)
    earlier = room.tokens(client, ALICE_LOUD, HOST, epoch=EARLIER)
    room.erase(client, ALICE)
    for vault in (room.vault, room.elsewhere()):
        assert room.found(client, ALICE, vault) == {}
        assert room.found(client, BOB, vault) == {EPOCH: {tokens[3]}}
    assert room.raws(client, tokens) == [None, None, None, BOB[1]]
    assert room.raws(client, earlier, EARLIER) == [None, HOST[1]]


def test_token_and_commitment_stay_and_nothing_else(room: Strongroom) -> None:
    client = room.house.new_client()
    interned = room.intern(client, ALICE, BOB)
    room.erase(client, ALICE)
    kept = room.rows("select token, commitment, kind, sealed from vault where sealed is null")
    assert kept == [(bytes(interned.tokens[0]), bytes(interned.commitments[0]), None, None)]
    assert len(room.rows("select key from vault_index")) == 1
    assert room.house.work.read(
        lambda tx: room.vault.commitments(tx, client, EPOCH, [bytes(interned.tokens[0])])
    ) == (bytes(interned.commitments[0]),)


def test_an_index_row_of_before_finds_nobody_and_lends_no_token(room: Strongroom) -> None:
    """Whoever writes the database puts it back before the turn, when its key still lives."""
    client = room.house.new_client()
    room.intern(client, ALICE, BOB)
    before = room.rows("select * from vault_index")
    room.erase(client, ALICE)
    for row in set(before) - set(room.rows("select * from vault_index")):
        room.change("insert into vault_index values (?, ?, ?, ?, ?)", *row)
    for text in (ALICE, ALICE_LOUD):
        for act in (room.found, room.erase, room.intern):
            with pytest.raises(errors.Damaged):
                act(client, text)


def test_a_person_who_returns_gets_a_new_token_and_the_old_lines_stay_closed(
    room: Strongroom,
) -> None:
    client = room.house.new_client()
    other_process = room.elsewhere()
    before = [bytes(token) for token in room.intern(client, ALICE, ALICE_LOUD).tokens]
    room.intern(client, ALICE, ALICE_LOUD, vault=other_process)
    room.erase(client, ALICE)
    after = [
        bytes(token) for token in room.intern(client, ALICE, ALICE_LOUD, vault=other_process).tokens
    ]
    assert not set(before) & set(after)
    assert room.tokens(client, ALICE, ALICE_LOUD) == after
    room.turn()
    assert room.raws(client, before + after) == [None, None, ALICE[1], ALICE_LOUD[1]]


def test_erasing_by_any_spelling_is_erasing_the_person(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, PHONE, HOST)
    room.house.work.run(
        client, lambda tx: room.house.keyring.erase_values(tx, client, EPOCH, [tokens[0]])
    )
    assert room.found(client, PHONE) == {}
    assert room.raws(client, tokens) == [None, HOST[1]]
    assert room.rows("select count(*) from vault where sealed is not null") == [(1,)]


def test_what_is_not_held_is_not_erased_and_nothing_is_pending(room: Strongroom) -> None:
    client = room.house.new_client()
    room.token(client, BOB)
    assert room.erase(client, ALICE).key_ids == ()
    assert room.rows("select count(*) from key_pending") == [(0,)]
    assert room.rows("select pending_gen from key_epoch") == [(None,)]


def test_an_erasure_is_pending_with_the_custodians_until_the_turn(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, ALICE, ALICE_LOUD)
    pending = room.erase(client, ALICE)
    assert set(pending.key_ids) == {value_kid(client, EPOCH, token) for token in tokens}
    assert room.house.kms.pending() == set(pending.key_ids)
    assert room.rows("select noun, count(*) from key_pending group by 1") == [("value", 2)]
    room.turn()
    assert room.rows("select count(*) from key_pending") == [(0,)]
    assert room.turning.ledger.entries[-1].erased == 2


def test_a_value_erased_between_reading_and_writing_is_read_again(room: Strongroom) -> None:
    client = room.house.new_client()
    canonical = bytes(room.intern(client, ALICE_LOUD).canonical[0])
    inner = room.vault._interning.draft

    def late(asked: object, looked: object) -> object:
        room.vault._interning.draft = inner  # type: ignore[method-assign]  # once
        draft = inner(asked, looked)  # type: ignore[arg-type]  # as it came
        room.erase(client, ALICE)
        return draft

    room.vault._interning.draft = late  # type: ignore[assignment,method-assign]  # a simulator
    interned = room.intern(client, ALICE_ODD)
    assert bytes(interned.canonical[0]) != canonical
    assert len(room.found(client, ALICE)[EPOCH]) == 2


# --- the turn ------------------------------------------------------------------------------


def test_a_turn_keys_a_vault_anew_only_where_something_was_erased(room: Strongroom) -> None:
    client, still = room.house.new_client(), room.house.new_client()
    for who in (client, still):
        room.intern(who, ALICE, *FAMILY)
    before = {row[0]: row[1] for row in room.rows("select token, sealed from vault")}
    room.erase(client, ALICE)
    room.turn()
    rows = room.rows("select client, token, sealed, version from vault where sealed is not null")
    for owner, token, sealed, version in rows:
        assert (before[token] == sealed) == (version == 0) == (owner == still.raw)


def test_survivors_keep_token_commitment_value_and_spellings(room: Strongroom) -> None:
    client = room.house.new_client()
    first = room.intern(client, *FAMILY, HOST)
    room.token(client, ALICE)
    room.erase(client, ALICE)
    room.turn()
    again = room.intern(client, *FAMILY, HOST)
    assert not again.fresh.any()
    for column in ("tokens", "canonical", "commitments"):
        assert getattr(again, column).tolist() == getattr(first, column).tolist()
    tokens = [bytes(token) for token in first.tokens]
    assert room.raws(client, tokens) == [raw for _, raw, _ in [*FAMILY, HOST]]
    assert len(room.found(client, (Kind.PHONE, b"+237671234500", None))[EPOCH]) == 10
    inspection = room.house.keyring.inspection()
    assert room.house.work.read(lambda tx: list(inspection.corrupt(tx, deep=True))) == []


def test_the_rows_of_the_older_key_are_swept(room: Strongroom) -> None:
    client = room.house.new_client()
    room.intern(client, ALICE, *FAMILY)
    room.erase(client, ALICE)
    room.turn()
    assert room.rows("select distinct version from vault_index") == [(1,)]
    assert room.rows("select noun, version, pending_gen from key_epoch") == [("vault", 1, None)]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bailee.keyring.vault.rekeying.VALUES_AT_ONCE", 3)
    monkeypatch.setattr("bailee.keyring.vault.rekeying.SWEPT_AT_ONCE", 5)


@pytest.mark.usefixtures("slow")
def test_within_a_turn_all_is_found_added_erased_and_carried_over(room: Strongroom) -> None:
    client = room.house.new_client()
    first = room.tokens(client, *FAMILY, ALICE, ALICE_LOUD)
    room.erase(client, (Kind.PHONE, b"+237671234501", None))
    turn = room.turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    step = 0
    while turn.rewrap_some():
        step += 1
        fresh: Text = (Kind.PHONE, b"00 237 6712345%02d" % step, b"+237671234500")
        room.intern(client, fresh, vault=room.elsewhere())
        if step == 4:
            room.erase(client, ALICE)
        again = room.intern(client, *FAMILY, vault=room.elsewhere())
        kept = [bytes(token) for token in again.tokens]
        assert [kept[n] for n in range(20) if n != 1] == [first[n] for n in range(20) if n != 1]
        assert not room.found(client, ALICE) if step >= 4 else room.found(client, ALICE)
        chain = room.found(client, (Kind.PHONE, b"+237671234500", None), room.elsewhere())
        assert len(chain[EPOCH]) == 10 + step  # nine other spellings, the canonical one, odd ones
    assert step > 10
    turn.rewrap()
    turn.prove()
    turn.destroy()
    turn.close(room.turning.ledger.record)
    room.house.work.read(room.house.keyring.load)
    room.turn()  # what was erased within the turn is final after the next
    assert room.rows("select distinct version from vault where sealed is not null") == [(2,)]
    assert room.raws(client, first[:1] + first[2:20]) == [FAMILY[0][1]] + [
        raw for _, raw, _ in FAMILY[2:]
    ]


@pytest.mark.usefixtures("slow")
def test_a_turn_killed_at_any_step_goes_on_where_it_was(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, *FAMILY, ALICE)
    room.erase(client, ALICE)
    first = room.turning.fresh()
    first.begin(new_root=False)
    first.spread()
    steps = 0
    while room.turning.fresh().rewrap_some():  # a new process for each step
        steps += 1
        undone_step(room)
        assert room.raws(client, tokens[:-1]) == [raw for _, raw, _ in FAMILY]
    assert steps > 10
    room.turn()
    assert room.raws(client, tokens) == [raw for _, raw, _ in FAMILY] + [None]
    assert room.rows("select distinct version from vault_index") == [(1,)]


def undone_step(room: Strongroom) -> None:
    """Run a step whose transaction is undone."""
    turning = room.house.reopened().turning()

    def fn(tx: object) -> None:
        turning.rewrap(tx, 2)
        raise errors.CannotRecord("errors_sql.disk-full")

    with pytest.raises(errors.CannotRecord):
        room.house.work.run(room.house.provider, fn)


@pytest.mark.usefixtures("slow")
def test_one_process_whose_steps_are_undone_skips_nothing(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, *FAMILY, ALICE)
    room.erase(client, ALICE)
    turn = room.turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    undone = 0

    def fn(tx: object) -> bool:
        done = turn._turning.rewrap(tx, 2)
        if undone % 2:
            raise errors.CannotRecord("errors_sql.disk-full")
        return done

    going = True
    while going:
        try:
            going = room.house.work.run(client, fn)
        except errors.CannotRecord:
            going = True
        undone += 1
    room.turn()
    assert room.raws(client, tokens) == [raw for _, raw, _ in FAMILY] + [None]


def test_a_turn_stops_before_it_would_call_a_vault_final_that_was_not_keyed_anew(
    room: Strongroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = room.house.new_client()
    room.token(client, ALICE)
    room.erase(client, ALICE)
    monkeypatch.setattr(Rekeying, "step", lambda *_: False)
    with pytest.raises(errors.Damaged, match="older-rows"):
        room.turn()


# --- a thief with every copy ---------------------------------------------------------------


def stolen(room: Strongroom, copies: Copies) -> set[bytes]:
    return Thief(copies.images).opens(room.house.kms)


@pytest.mark.usefixtures("slow")
def test_a_thief_with_every_copy_opens_what_is_held_and_nothing_that_was_erased(
    room: Strongroom,
) -> None:
    copies = Copies(room.house)
    client, other = room.house.new_client(), room.house.new_client()
    erased: list[Text] = [ALICE, ALICE_LOUD, ALICE_ODD, PHONE]
    kept: list[Text] = [BOB, HOST, *FAMILY]
    for epoch in (EPOCH, EARLIER):
        room.intern(client, *erased, *kept, epoch=epoch)
        copies.take()
    room.intern(other, ALICE)
    copies.take()
    assert {raw for _, raw, _ in erased + kept} <= stolen(room, copies)
    for text in (ALICE, PHONE):
        room.erase(client, text)
        copies.take()
    assert stolen(room, copies) > {ALICE_LOUD[1], PHONE[1]}  # the control: before the turn
    turn = room.turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    copies.take()
    while turn.rewrap_some():
        copies.take()
    turn = room.turning.fresh()
    turn.rewrap()
    for step in (turn.prove, turn.destroy):
        copies.take()
        step()
    copies.take()
    turn.close(room.turning.ledger.record)
    copies.take()
    assert len(copies.images) > 20
    found = stolen(room, copies)
    assert found == {raw for _, raw, _ in kept} | {b"+237671234500", ALICE[1]}  # ALICE: the other's
    thief = Thief(copies.images)
    gone = [ALICE_LOUD, ALICE_ODD, PHONE]
    assert thief.members(room.house.kms, gone) == set()
    assert thief.members(room.house.kms, [BOB, HOST]) == {BOB[1], HOST[1]}


def client_key_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bailee.adapters.sql.rows.keys.SqlKeyRows.mark_pending", lambda *_: None)
    monkeypatch.setattr(Turning, "_below", lambda *_: iter(()))


def client_key_first(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Rekeying.step

    def late(self: Rekeying, tx: object, target: int) -> bool:
        if self._rows.wrapping_keys_before(tx, target, 1):
            return False
        return inner(self, tx, target)

    monkeypatch.setattr(Rekeying, "step", late)


@pytest.mark.parametrize("left_out", [client_key_stays, client_key_first])
def test_with_one_step_wrong_the_thief_opens_what_was_called_erased(
    room: Strongroom, monkeypatch: pytest.MonkeyPatch, left_out: object
) -> None:
    left_out(monkeypatch)  # type: ignore[operator]  # one of the above
    copies = Copies(room.house)
    client = room.house.new_client()
    room.intern(client, ALICE, BOB)
    copies.take()
    room.erase(client, ALICE)
    turn = room.turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    while turn.rewrap_some():
        copies.take()
    room.turn()
    assert ALICE[1] in stolen(room, copies)


# --- restore -------------------------------------------------------------------------------


def test_after_a_restore_what_custodians_name_is_erased_again(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, ALICE, ALICE_LOUD, BOB)
    dump = {
        table: room.rows(f"select * from {table}")  # noqa: S608  # constants
        for table in (
            *("vault", "vault_index", "key_epoch", "key_pending", "key_trunk"),
            *("row_head", "row_set"),
        )
    }
    room.erase(client, ALICE)
    later = room.token(client, HOST)
    room.erase(client, HOST)  # came after the copy and went before the loss
    for table, rows in dump.items():
        room.change(f"delete from {table}")  # noqa: S608  # as above
        for row in rows:
            room.change(f"insert into {table} values ({','.join('?' * len(row))})", *row)  # noqa: S608  # as above
    keyring = room.house.reopened()
    vault = Vault(work=room.house.work, keyring=keyring, rows=room.house.rows.vaults)
    with pytest.raises(errors.Damaged, match="older-rows"):
        room.raws(client, tokens[:1])
    room.house.work.run(client, lambda tx: settle(tx, keyring, room.house.kms))
    assert room.found(client, ALICE, vault) == {}
    assert room.raws(client, [*tokens, later]) == [None, None, BOB[1], None]
    assert room.rows("select pending_gen from key_epoch where noun = 'vault'") == [(1,)]
    room.turn()
    assert room.rows("select distinct version from vault where sealed is not null") == [(1,)]


def test_the_value_of_a_client_that_left_is_closed_and_swept(room: Strongroom) -> None:
    copies = Copies(room.house)
    client, other = room.house.new_client(), room.house.new_client()
    for who in (client, other):
        room.intern(who, ALICE, BOB)
    copies.take()
    room.house.work.run(client, lambda tx: room.house.keyring.leave(tx, client))
    with pytest.raises(errors.NotFound):
        room.intern(client, ALICE)
    room.turn()
    left = ClientId(client.raw)
    for table in ("vault", "vault_index", "key_epoch"):
        assert not room.rows(f"select 1 from {table} where client = x'{left.raw.hex()}'")  # noqa: S608  # ours
    assert room.found(other, ALICE)
    thief = Thief(copies.images)
    assert {cipher.client for cipher in thief.ciphers(room.house.kms)} <= {other}
