"""Turns over real rows: what opens before, during and after, and what never does again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tests.keyring.custody import House, UnsafeMemoryKms, founded
from tests.keys.house import Turning, image_of

from bailee import errors, failpoint
from bailee.adapters.sql.engine import SqliteWork, sql
from bailee.grant import Ref
from bailee.ids import ClientId, LedgerId
from bailee.keyring.model import BucketRow, LeafRow, Phase
from bailee.keyring.sealers import recovery_key
from bailee.keyring.service import Keyring
from bailee.keyring.tree.formulas import WRAP_BYTES
from bailee.keys.restore import openable, settle
from bailee.keys.turn import Turn
from bailee.seal.port import Sealer
from bailee.work import Tx


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = founded(tmp_path)
    yield made
    failpoint.arm("")
    made.work.close()


@pytest.fixture
def turning(house: House) -> Turning:
    return Turning.of(house)


def put(house: House, client: ClientId, start: bytes = b"") -> tuple[Ref, bytes]:
    ref = Ref(client=client, noun="object", id=start + LedgerId.new().raw[len(start) :], version=1)
    sealer = house.keyring.sealer(ref)
    house.work.run(client, lambda tx: house.keyring.enrol(tx, sealer))
    return ref, sealer.seal_row(b"aad", b"a value")


def opens(house: House, thing: tuple[Ref, bytes], work: SqliteWork | None = None) -> bool:
    """Tell whether a thing opens in the house, or in an image of it with today's keys."""
    ref, sealed = thing
    # A thief asks no custodian what was deleted.
    kms = house.kms if work is None else replace(house.kms, left=[[], []])
    ring = Keyring(rows=house.rows, kms=kms, clock=house.clock)
    try:
        (work or house.work).read(ring.load)
        grant = house.grant(ref.client)
        opener = (work or house.work).read(lambda tx: ring.opener(tx, ref, grant))
        return opener.open_row(b"aad", sealed) == b"a value"
    except (errors.NotFound, errors.Damaged, errors.Sealed):
        return False


def body_sealer(house: House, ring: Keyring, client: ClientId, year: int) -> Sealer:
    return house.work.run(client, lambda tx: ring.body_sealer(tx, client, year))


def destroy(house: House, thing: tuple[Ref, bytes]) -> None:
    ref, _ = thing
    pending = house.work.run(ref.client, lambda tx: house.keyring.destroy(tx, [ref]))
    house.keyring.announce(pending)


def opens_in_image(house: House, thing: tuple[Ref, bytes], image: Path) -> bool:
    work = SqliteWork(image)
    try:
        return opens(house, thing, work)
    finally:
        work.close()


def test_a_turn_keeps_what_lives_and_ends_what_was_deleted(house: House, turning: Turning) -> None:
    client = house.new_client()
    kept, gone = put(house, client, b"\x01\x02"), put(house, client, b"\x01\x02")
    before = image_of(house, "before")
    assert opens_in_image(house, gone, before)
    destroy(house, gone)
    assert opens_in_image(house, gone, before)  # pending: an older copy still opens
    turned = turning.run()
    assert (turned.generation, turned.erased, turned.confirmations) == (2, 1, 2)
    assert opens(house, kept)
    assert not opens(house, gone)
    assert not opens_in_image(house, gone, before)
    assert turning.ledger.entries == [turned]
    assert house.work.read(house.rows.pending) == []


def put_back(house: House, leaf: LeafRow, bucket: BucketRow | None) -> None:
    """Put a row of an older copy back under today's keys, as a thief of both would."""

    def fn(tx: Tx) -> None:
        values = {"client": leaf.client.raw, "id": leaf.id, "kid": leaf.kid, "leaf": leaf.wrapped}
        sql(tx).execute(
            "insert or replace into key_leaf "
            "values (:client, 258, 'object', :id, 1, :kid, 0, :leaf)",
            values,
        )
        if bucket is not None:
            wrapping = house.rows.wrapping_key(tx, "client", leaf.client.raw)
            assert wrapping is not None
            house.rows.put_bucket(tx, replace(bucket, parent=wrapping.version))

    house.work.run(leaf.client, fn)


@pytest.mark.parametrize("with_bucket", [False, True])
def test_older_rows_under_todays_keys_do_not_open_what_was_deleted(
    house: House, turning: Turning, *, with_bucket: bool
) -> None:
    """Old wraps and living keys: neither the live bucket key nor the live client key helps."""
    client = house.new_client()
    kept, gone = put(house, client, b"\x01\x02"), put(house, client, b"\x01\x02")
    leaves, buckets = house.work.read(
        lambda tx: (house.rows.leaves(tx, client, 258), list(house.rows.buckets(tx, client)))
    )
    destroy(house, gone)
    turning.run()
    assert opens(house, kept)
    leaf = next(row for row in leaves if row.id == gone[0].id)
    put_back(house, leaf, buckets[0] if with_bucket else None)
    assert not opens(house, gone)


def test_a_process_that_slept_through_a_turn_forgets_the_older_keys(
    house: House, turning: Turning
) -> None:
    thing = put(house, house.new_client())
    sleeper = house.reopened()
    grant = house.grant(thing[0].client)
    house.work.read(lambda tx: sleeper.opener(tx, thing[0], grant))
    wrapping = sleeper.turning()._wrapping
    before = set(wrapping.cache._keys)
    turning.run()
    house.work.read(lambda tx: sleeper.opener(tx, thing[0], grant))
    assert list(wrapping._keks) == [2]
    assert len(before) > len(wrapping.cache) == 3  # the client's, the bucket's, its leaves' cipher


def test_a_turn_without_deletions_renews_no_client_key(house: House, turning: Turning) -> None:
    client = house.new_client()
    kept = put(house, client)
    turning.run()
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", client.raw))
    assert row is not None
    assert (row.gen, row.version) == (2, 0)
    assert opens(house, kept)


def test_a_client_that_left_is_gone_from_older_copies_after_the_turn(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    thing = put(house, client)
    before = image_of(house, "before")
    house.work.run(client, lambda tx: house.keyring.leave(tx, client))
    turning.run()
    assert not opens(house, thing)
    assert not opens_in_image(house, thing, before)
    assert house.work.read(house.rows.counts)["leaves"] == 0


def test_a_body_key_that_ended_is_gone_and_its_siblings_stay(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    sealers = {year: body_sealer(house, house.keyring, client, year) for year in (2026, 2027)}
    house.work.run(client, lambda tx: house.keyring.destroy_bodies(tx, client, 2026))
    turning.run()
    after = house.reopened()
    again = {year: body_sealer(house, after, client, year) for year in (2026, 2027)}
    assert again[2027].commitment(b"") == sealers[2027].commitment(b"")
    assert again[2026].commitment(b"") != sealers[2026].commitment(b"")
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "law", b""))
    assert row is not None
    assert row.version == 1


def test_tags_and_log_signers_outlive_a_turn_and_a_new_root(house: House, turning: Turning) -> None:
    log = LedgerId.new()
    signer = house.work.run(house.provider, lambda tx: house.keyring.new_signer(tx, log))
    tag = house.keyring.mac("row", b"x")
    turning.run()
    turning.run(new_root=True)
    again = house.reopened()
    assert again.mac("row", b"x") == tag
    found = house.work.read(lambda tx: again.signer(tx, log))
    assert found.public_key == signer.public_key


def test_a_rotation_brings_a_new_root_and_destroys_the_old(house: House, turning: Turning) -> None:
    thing = put(house, house.new_client())
    old = house.kms.root().reveal()
    turned = turning.run(new_root=True)
    assert turned.new_root
    assert list(house.kms.roots) == [2]
    assert house.kms.root().reveal() != old
    assert turning.printer.roots == [house.kms.root().reveal()]
    assert opens(house, thing)


def test_a_kit_that_was_not_rehearsed_stops_a_rotation_before_anything_is_destroyed(
    house: House, turning: Turning
) -> None:
    thing = put(house, house.new_client())
    turning.printer.accepts = False
    with pytest.raises(errors.Conflict, match="kit-not-rehearsed"):
        turning.run(new_root=True)
    assert turning.fresh().state().phase is Phase.T0
    kit = recovery_key(house.kms.root(1), house.kms.install)
    assert house.work.read(house.keyring.recovery).public == kit.public
    assert opens(house, thing)
    turning.printer.accepts = True
    assert turning.run(new_root=True).generation == 2
    new = recovery_key(house.kms.root(2), house.kms.install)
    assert house.work.read(house.keyring.recovery).public == new.public != kit.public


def test_a_deletion_during_a_turn_waits_for_the_next_one(house: House, turning: Turning) -> None:
    client = house.new_client()
    thing, kept = put(house, client), put(house, client)
    turn = turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    turn.rewrap()
    copied = image_of(house, "copied-at-T2")
    destroy(house, thing)
    turn.prove()
    turn.destroy()
    assert turn.close(turning.ledger.record).erased == 0
    assert opens_in_image(house, thing, copied)
    assert turning.run().erased == 1
    assert not opens_in_image(house, thing, copied)
    assert opens(house, kept)


def test_things_are_put_and_opened_in_every_phase(house: House, turning: Turning) -> None:
    client = house.new_client()
    things = [put(house, client)]
    turn = turning.fresh()
    turn.begin(new_root=False)
    for step in turn.steps().values():
        step()
        things.append(put(house, client))
        assert all(opens(house, thing) for thing in things)
    turn.close(turning.ledger.record)
    assert all(opens(house, thing) for thing in things)


STEPS = {"spread": Phase.T0, "rewrap": Phase.T1, "prove": Phase.T2, "destroy": Phase.T3}


@pytest.mark.parametrize("stop", [*STEPS.values(), Phase.T4])
def test_a_turn_interrupted_after_any_step_goes_on_in_another_process(
    house: House, turning: Turning, stop: Phase
) -> None:
    client = house.new_client()
    kept, gone = put(house, client), put(house, client)
    destroy(house, gone)
    turn = turning.fresh()
    turn.begin(new_root=False)
    while turn.state().phase is not stop:
        turn.steps()[turn.state().phase]()
    assert turning.run().generation == 2
    assert opens(house, kept)
    assert turning.fresh().state().phase is Phase.STILL


@pytest.mark.parametrize("stop", [*STEPS.values(), Phase.T4])
def test_a_step_run_out_of_its_turn_is_refused(house: House, turning: Turning, stop: Phase) -> None:
    put(house, house.new_client())
    turn = turning.fresh()
    turn.begin(new_root=False)
    while turn.state().phase is not stop:
        turn.steps()[turn.state().phase]()
    others: list[Callable[[], object]] = [
        step for phase, step in turn.steps().items() if phase is not stop
    ]
    for step in others:
        with pytest.raises(errors.Conflict, match="other-phase"):
            step()


def test_a_turn_that_another_process_ended_is_refused(house: House, turning: Turning) -> None:
    """So is one whose row of before was put back between two steps."""
    put(house, house.new_client())

    class Overtaken(Turn):
        def prove(self) -> None:
            turning.run()

    overtaken = turning.fresh()
    overtaken.__class__ = Overtaken  # all else as it is
    with pytest.raises(errors.Conflict, match="other-phase"):
        overtaken.run(turning.ledger.record)
    assert turning.fresh().state().phase is Phase.STILL


def test_an_unanswered_destruction_is_unknown_and_the_phase_stays(
    house: House, turning: Turning
) -> None:
    gone = put(house, house.new_client())
    destroy(house, gone)
    turn = turning.fresh()
    turn.begin(new_root=False)
    for step in (turn.spread, turn.rewrap, turn.prove):
        step()
    house.kms.dead = {1}
    with pytest.raises(errors.OutcomeUnknown, match="destruction-unknown"):
        turning.run()
    assert turning.fresh().state().phase is Phase.T3
    assert len(house.work.read(house.rows.pending)) == 1
    house.kms.dead = set()
    assert turning.run().erased == 1


def test_a_custodian_that_is_away_at_the_start_stops_the_turn_there(
    house: House, turning: Turning
) -> None:
    house.kms.dead = {1}
    with pytest.raises(errors.Sealed, match="custodian-missing"):
        turning.run()
    assert turning.fresh().state().phase is Phase.T0
    house.kms.dead = set()
    assert turning.run().generation == 2


def test_a_full_ledger_leaves_the_deletions_pending(house: House, turning: Turning) -> None:
    destroy(house, put(house, house.new_client()))
    turning.ledger.full = True
    with pytest.raises(errors.CannotRecord):
        turning.run()
    assert turning.fresh().state().phase is Phase.T4
    assert len(house.work.read(house.rows.pending)) == 1
    turning.ledger.full = False
    assert turning.run().erased == 1
    assert len(turning.ledger.entries) == 1


def no_destination(turning: Turning) -> None:
    turning.backup.folders = []


def broken_destination(turning: Turning) -> None:
    turning.backup.broken = {turning.backup.folders[1]}


def rotten_backup(turning: Turning) -> None:
    turning.backup.rotten = True


@pytest.mark.parametrize("harm", [no_destination, broken_destination, rotten_backup])
def test_nothing_is_destroyed_without_a_backup_read_back_everywhere(
    house: House, turning: Turning, harm: Callable[[Turning], None]
) -> None:
    harm(turning)
    with pytest.raises(errors.BaileeError):
        turning.run()
    assert turning.fresh().state().phase is Phase.T2
    assert [set(held) for held in house.kms.turns] == [{1, 2}, {1, 2}]


def test_a_damaged_key_stops_the_turn_before_anything_is_destroyed(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    put(house, client)
    house.work.run(
        client, lambda tx: sql(tx).execute("update key_bucket set wrapped = zeroblob(60)")
    )
    with pytest.raises(errors.Damaged):
        turning.run()
    assert all(1 in held for held in house.kms.turns)


def test_a_phase_forged_by_a_database_administrator_destroys_nothing(
    house: House, turning: Turning
) -> None:
    thing = put(house, house.new_client())
    turn = turning.fresh()
    house.work.run(
        house.provider,
        lambda tx: sql(tx).execute("update key_state set phase = 'T3', write_gen = 2"),
    )
    with pytest.raises(errors.Damaged, match="state-forged"):
        turn.run(turning.ledger.record)
    with pytest.raises(errors.Damaged, match="state-forged"):
        house.reopened()
    assert [set(held) for held in house.kms.turns] == [{1}, {1}]
    assert thing


def test_a_rotation_does_not_join_a_turn_in_progress(house: House, turning: Turning) -> None:
    turning.fresh().begin(new_root=False)
    with pytest.raises(errors.Conflict, match="turn-in-progress"):
        turning.run(new_root=True)
    assert turning.run().generation == 2
    assert list(house.kms.roots) == [0]


# --- write fence ----------------------------------------------------------------------------


def test_a_wrap_of_an_older_generation_is_refused_by_the_database(
    house: House, turning: Turning
) -> None:
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", house.provider.raw))
    turn = turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    assert row is not None
    for late in (row, replace(row, noun="log", id=LedgerId.new().raw)):
        write = partial(house.rows.put_wrapping_key, row=late)
        with pytest.raises(errors.Conflict, match="fenced"):
            house.work.run(house.provider, write)


def test_a_bucket_under_a_renewed_client_key_is_refused_by_the_database(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    put(house, client)
    bucket = next(iter(house.work.read(lambda tx: list(house.rows.buckets(tx, client)))))
    destroy(house, put(house, client))
    turning.run()
    with pytest.raises(errors.Conflict, match="fenced"):
        house.work.run(client, lambda tx: house.rows.put_bucket(tx, bucket))


def test_another_process_that_slept_through_a_turn_writes_the_new_generation(
    house: House, turning: Turning
) -> None:
    client = house.new_client()
    kept = put(house, client)
    destroy(house, put(house, client))
    turning.run()
    late, fresh = put(house, client), house.new_client()
    assert opens(house, late)
    assert opens(house, kept)
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "client", fresh.raw))
    assert row is not None
    assert row.gen == 2


def test_a_wrap_of_another_length_is_refused_by_the_database(house: House) -> None:
    assert WRAP_BYTES == 60
    row = house.work.read(lambda tx: house.rows.wrapping_key(tx, "law", b""))
    assert row is not None
    with pytest.raises((errors.Damaged, errors.Conflict)):
        house.work.run(
            house.provider,
            lambda tx: house.rows.put_wrapping_key(tx, replace(row, wrapped=row.wrapped + b"x")),
        )


# --- restore --------------------------------------------------------------------------------


def test_a_restore_does_not_revive_what_was_deleted_after_the_backup(
    house: House, tmp_path: Path
) -> None:
    client, leaver = house.new_client(), house.new_client()
    kept, gone, left = put(house, client), put(house, client), put(house, leaver)
    house.work.run(client, lambda tx: house.keyring.body_sealer(tx, client, 2016))
    house.work.copy_to(tmp_path / "restored.db")
    destroy(house, gone)
    for leave in (
        lambda tx: house.keyring.leave(tx, leaver),
        lambda tx: house.keyring.destroy_bodies(tx, client, 2016),
    ):
        house.keyring.announce(house.work.run(client, leave))
    restored = SqliteWork(tmp_path / "restored.db")
    assert opens(house, gone, restored)
    ring = Keyring(rows=house.rows, kms=house.kms, clock=house.clock)
    restored.read(ring.load)
    pending = restored.run(client, lambda tx: settle(tx, ring, house.kms))
    assert len(pending.key_ids) == 3
    assert opens(house, kept, restored)
    assert not opens(house, gone, restored)
    assert not opens(house, left, restored)
    assert restored.read(lambda tx: house.rows.body_key(tx, client, 2016)) is None
    assert restored.run(client, lambda tx: settle(tx, ring, house.kms)).key_ids == ()
    restored.close()


def test_only_copies_of_a_generation_that_custodians_hold_can_be_restored(
    house: House, turning: Turning
) -> None:
    old = turning.backup.write(1)
    turning.run()
    new = turning.backup.write(2)
    assert openable([*old, *new], house.kms) == tuple(new)
    with pytest.raises(errors.Sealed, match="backup-too-old"):
        openable(old, house.kms)


def test_a_home_restored_in_the_middle_of_a_turn_finishes_it(
    house: House, turning: Turning, tmp_path: Path
) -> None:
    thing = put(house, house.new_client())
    turn = turning.fresh()
    turn.begin(new_root=False)
    turn.spread()
    turn.rewrap()
    turn.prove()
    copy = next(turning.backup.folders[0].iterdir())
    turn.destroy()
    image = tmp_path / "again.db"
    image.write_bytes(copy.read_bytes())
    house.work.close()
    house.work = SqliteWork(image)
    turning.backup.work = house.work
    assert turning.run().generation == 2
    assert opens(house, thing)


# --- a crash anywhere -----------------------------------------------------------------------


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("count", range(1, 12))
def test_a_turn_whose_commits_fail_is_gone_on_with(tmp_path: Path, count: int, side: str) -> None:
    house = founded(tmp_path)
    turning = Turning.of(house)
    client = house.new_client()
    kept, gone = put(house, client), put(house, client)
    destroy(house, gone)
    failpoint.arm(f"rows.commit:{side}=raise@{count}")
    try:
        turning.run()
    except errors.OutcomeUnknown:
        failpoint.arm("")
        house.work.close()
        house.work = turning.backup.work = SqliteWork(house.path)
        if turning.fresh().state().generation == 1:
            turning.run()
    failpoint.arm("")
    assert turning.fresh().state().generation == 2
    assert opens(house, kept)
    assert not opens(house, gone)
    assert isinstance(house.kms, UnsafeMemoryKms)
    assert [set(held) for held in house.kms.turns] == [{2}, {2}]
    house.work.close()
