"""Appending, signing, freshness, reading: what the ledger promises while nothing breaks."""

import threading
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.ledger.conftest import House
from tests.ledger.ring import grant_to_read

from bailee import errors
from bailee.ids import ClientId, EntryId
from bailee.ledger import sequencer
from bailee.ledger.heads import publish, take_heads
from bailee.ledger.keychange import change_key
from bailee.ledger.model import EntryDraft
from bailee.ledger.sequencer import RESIGN_MS
from bailee.proof.tree.checkpoint import read_checkpoint, signed_by
from bailee.proof.verdict import Outcome
from bailee.proof.verify import verify_receipt
from bailee.work import Tx


def test_a_log_opens_with_its_key_and_counts_without_gaps(house: House) -> None:
    assert [house.append().index for _ in range(3)] == [1, 2, 3]
    shown = list(house.reader.show(grant_to_read(house.client)))
    assert [(entry.index, entry.opening.kind) for entry in shown] == [
        (0, "log:open"),
        (1, "object:get"),
        (2, "object:get"),
        (3, "object:get"),
    ]
    assert shown[0].body["key"] == house.ledger.row_of(house.client).public_key.hex()


def test_what_is_undone_leaves_no_gap(house: House) -> None:
    def fails(tx: Tx) -> None:
        house.ledger.append(tx, house.client, house.draft())
        raise errors.Conflict("errors_ledger.no-entry")

    with pytest.raises(errors.Conflict):
        house.work.run(house.client, fails)
    assert house.append().index == 1
    assert house.sequence().size == 2


def test_many_threads_append_without_a_gap_and_verify(house: House, tmp_path: Path) -> None:
    found: list[int] = []

    def work() -> None:
        for _ in range(40):
            index = house.append().index
            house.ledger.await_included(house.client, index)
            found.append(index)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 321))
    assert house.verify(tmp_path / "export").outcome is Outcome.VERIFIED


@pytest.mark.parametrize("sizes", [(1, 1), (254, 1, 1), (255, 256, 1), (700,)])
def test_a_log_grown_in_steps_verifies_offline(
    house: House, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    size = 1
    for count in sizes:
        size += count
        house.append(count)
        assert house.ledger.head_including(house.client, size - 1).size == size
    assert house.verify(tmp_path / "export").outcome is Outcome.VERIFIED


def test_a_long_queue_is_sequenced_in_bounded_steps(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencer, "STEP_ENTRIES", 300)
    house.append(1_000)
    assert [house.sequence().size for _ in range(5)] == [300, 600, 900, 1_001, 1_001]
    assert house.verify(tmp_path / "export").outcome is Outcome.VERIFIED


def test_a_new_key_signs_no_size_up_to_its_entry(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = str(house.ledger.key(house.client))
    monkeypatch.setattr(sequencer, "STEP_ENTRIES", 300)
    house.append(1_000)
    assert rotate(house) == 1_001
    house.append(1_000)
    assert [house.sequence().size for _ in range(2)] == [1_002, 1_302]
    assert house.verify(tmp_path / "export", first).outcome is Outcome.VERIFIED


def test_partial_tiles_go_once_the_full_one_is_there(house: House) -> None:
    for _ in range(3):
        house.append()
        house.sequence()
    partials = house.folder / "tile/0/000.p"
    assert sorted(path.name for path in partials.iterdir()) == ["2", "3", "4"]
    house.append(300)
    house.sequence()
    assert list(partials.iterdir()) == []
    assert (house.folder / "tile/0/000").stat().st_size == 8192


def test_the_published_checkpoint_is_the_head_and_holds_under_its_key(house: House) -> None:
    house.append(5)
    head = house.sequence()
    published = (house.folder / "checkpoint").read_bytes()
    assert published == head.note
    checkpoint = read_checkpoint(published)
    assert checkpoint.head.size == 6
    assert signed_by(checkpoint, house.ledger.key(house.client)) == house.clock.now_ms() // 1_000
    assert checkpoint.head.origin == f"bailee.example/{house.log}"


def test_nothing_new_signs_nothing_new(house: House) -> None:
    first = house.sequence()
    house.clock.pass_s(3_600)
    assert house.sequence() == first


def test_an_idle_log_is_signed_anew_once_a_day(house: House) -> None:
    first = house.sequence()
    house.clock.pass_s(RESIGN_MS / 1_000)
    assert publish(house.ledger) == {}
    second = house.head()
    assert (second.size, second.root) == (first.size, first.root)
    key = house.ledger.key(house.client)
    times = [signed_by(read_checkpoint(head.note), key) for head in (first, second)]
    assert times[1] - times[0] == RESIGN_MS // 1_000


def test_time_in_checkpoints_never_goes_back(house: House) -> None:
    first = house.sequence()
    house.append()
    house.clock.wall_ms -= 10_000_000
    assert house.sequence().signed_ms >= first.signed_ms


def test_a_receipt_verifies_and_a_changed_one_does_not(house: House) -> None:
    house.append(300)
    recorded = house.work.run(
        house.client,
        lambda tx: house.ledger.append(
            tx, house.client, house.draft({"reason": "asked by phone, n° +237 6 71 00 00 00"})
        ),
    )
    house.append(40)
    index, receipt = house.reader.prove(grant_to_read(house.client), recorded.entry)
    key = house.ledger.key(house.client)
    assert index == recorded.index
    assert verify_receipt(receipt, key=key).outcome is Outcome.VERIFIED
    assert verify_receipt(receipt, key=None).outcome is Outcome.UNJUDGED
    changed = receipt.replace(b"index 301", b"index 300")
    assert verify_receipt(changed, key=key).outcome is Outcome.FAILED


def test_a_forgotten_subject_leaves_the_entry_verifiable(house: House, tmp_path: Path) -> None:
    recorded = house.ledger.record(house.client, house.draft({"reason": "Awa Diop called"}))
    grant = grant_to_read(house.client)
    assert [entry.subject for entry in house.reader.show(grant)] == [
        None,
        {"reason": "Awa Diop called"},
    ]
    house.work.run(
        house.client, lambda tx: house.ledger.forget_subject(tx, house.client, recorded.entry)
    )
    # The third says that it was forgotten.
    assert [entry.subject for entry in house.reader.show(grant)] == [None, None, None]
    assert house.verify(tmp_path / "export").outcome is Outcome.VERIFIED
    with pytest.raises(errors.NotFound):
        house.work.run(
            house.client, lambda tx: house.ledger.forget_subject(tx, house.client, recorded.entry)
        )


WORDS = ("object:get", "client-request")
"""An act and a purpose: of the product, hence fixed, and long enough."""


def test_no_word_of_an_entry_lies_in_clear_on_the_disk(house: House) -> None:
    subject = f"{mark()} called"
    house.ledger.record(house.client, house.draft({"reason": subject}))
    house.sequence()
    house.work.close()
    for path in house.home.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            for word in (subject, *WORDS):
                assert not holds(held, word.encode()), path.name
    house.open()


def test_reading_needs_a_grant_that_covers_and_lasts(house: House) -> None:
    house.ledger.record(house.client, house.draft({"reason": "one"}))
    needed = house.reader.sealed_in(house.client).openings
    assert needed == 2
    assert len(list(house.reader.show(grant_to_read(house.client, needed)))) == 2
    with pytest.raises(errors.Sealed):
        list(house.reader.show(grant_to_read(house.client, needed - 1)))
    with pytest.raises(errors.Sealed):
        list(house.reader.bodies(ClientId.new(), grant_to_read(house.client)))


def test_bodies_are_opened_without_touching_subjects(house: House) -> None:
    house.ledger.record(house.client, house.draft({"reason": "one"}))
    told = list(house.reader.bodies(house.client, grant_to_read(house.client, 1)))
    assert [entry.subject for entry in told] == [None, None]


def test_an_unknown_entry_or_log_is_not_found(house: House) -> None:
    with pytest.raises(errors.NotFound):
        house.reader.prove(grant_to_read(house.client), EntryId.new())
    with pytest.raises(errors.NotFound):
        house.ledger.sequence(ClientId.new())
    with pytest.raises(errors.NotFound):
        house.ledger.await_included(house.client, 99)


# --- keys ----------------------------------------------------------------------------------


def rotate(house: House) -> int:
    def turn(tx: Tx) -> int:
        return change_key(
            house.ledger, house.rows, house.ring, tx, house.client, house.clock.now_ms()
        ).index

    return house.work.run(house.client, turn)


def test_a_log_verifies_under_its_first_key_after_two_changes(house: House, tmp_path: Path) -> None:
    first = str(house.ledger.key(house.client))
    house.append(3)
    house.sequence()
    rotate(house)
    house.append(2)
    rotate(house)  # nothing was signed in between: the step goes past both
    assert house.verify(tmp_path / "export", first).outcome is Outcome.VERIFIED
    newest = str(house.ledger.key(house.client))
    assert newest != first
    assert house.verify(tmp_path / "export", newest).outcome is Outcome.VERIFIED


def test_a_key_put_in_place_behind_the_log_signs_nothing(house: House) -> None:
    house.work.run(house.client, lambda tx: house.ring.new_signer(tx, house.log))
    with pytest.raises(errors.Damaged) as caught:
        house.sequence()
    assert caught.value.reason == "errors_ledger.key-differs"


# --- heads ---------------------------------------------------------------------------------


def test_the_providers_log_takes_moved_heads_hourly(house: House) -> None:
    provider = ClientId.new()
    house.work.run(
        provider, lambda tx: house.ledger.open_ledger(tx, provider, house.clock.now_ms())
    )

    def take() -> int:
        return take_heads(house.ledger, house.work, house.rows, house.clock, provider)

    assert take() == 0  # nothing is signed yet
    head = house.sequence()
    assert take() == 1
    assert take() == 0
    house.append()
    house.sequence()
    house.clock.pass_s(3_599)
    assert take() == 0
    house.clock.pass_s(1)
    assert take() == 1
    house.clock.pass_s(3_600)
    assert take() == 0  # it has not moved
    house.clock.pass_s(86_400)
    publish(house.ledger)
    assert take() == 1  # but was signed anew
    taken = [
        entry.body
        for entry in house.reader.bodies(provider, grant_to_read(provider))
        if entry.opening.kind == "client:head"
    ]
    assert [body["size"] for body in taken] == ["1", "2", "2"]
    assert taken[0]["root"] == head.root.hex()
    assert taken[0]["client"] == str(house.client)


# --- freshness -----------------------------------------------------------------------------


def test_an_old_entry_is_sequenced_before_the_next_grant(house: House) -> None:
    house.append()
    house.clock.pass_s(6)
    house.ledger.require_fresh(house.client)
    assert house.head().size == 2


def test_a_look_holds_no_longer_than_the_limit(house: House) -> None:
    house.append()
    house.ledger.require_fresh(house.client)
    assert house.head().size == 0  # young enough: left to the sequencer
    house.clock.pass_s(4.9)
    house.ledger.require_fresh(house.client)
    assert house.head().size == 0
    house.clock.pass_s(0.2)
    house.ledger.require_fresh(house.client)
    assert house.head().size == 2


@pytest.mark.parametrize("jump_s", [-86_400, 86_400])
def test_a_moved_clock_makes_nothing_look_fresh(house: House, jump_s: int) -> None:
    house.append()
    house.clock.wall_ms += jump_s * 1_000
    house.ledger.require_fresh(house.client)
    assert house.head().size == 2


def test_a_large_draft_is_refused_by_name_of_field_only(house: House) -> None:
    draft = EntryDraft(kind="object:get", body={"who": (who := f"{mark()}@example.org")}, t_ms=0)
    with pytest.raises(errors.UsageError) as caught:
        house.ledger.record(house.client, draft)
    assert caught.value.facts == {"field": "who"}
    assert not holds(repr(caught.value), who)
