"""Disks that are full or do not take writes: refusals are recorded, nothing is opened, no hang."""

import fcntl
import shutil
from pathlib import Path

import pytest
from tests.ledger.conftest import House
from tests.patience import HandTime, nothing_sleeps

from bailee import errors, failpoint
from bailee.adapters.objects import ledger as ledger_files
from bailee.adapters.objects.reserve import FileReserve
from bailee.ledger import sequencer
from bailee.ledger.model import EntryDraft


def refusal(house: House) -> EntryDraft:
    return EntryDraft(kind="refusal", body={"act": "object:get"}, t_ms=house.clock.now_ms())


def full(house: House) -> None:
    """Let no page be added to the database, as a full disk would."""
    house.work.read(lambda tx: tx)
    pages = house.work._writer.execute("pragma page_count").fetchone()[0]
    house.work._writer.execute(f"pragma max_page_count={pages}")


def roomy(house: House) -> None:
    house.work._writer.execute("pragma max_page_count=1000000")


def fill(house: House) -> None:
    for _ in range(200):
        house.append()


def test_the_reserve_is_kept_released_and_taken_again(tmp_path: Path) -> None:
    reserve = FileReserve(tmp_path, 10_000)
    assert not reserve.held()
    assert reserve.keep()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 10_000
    assert reserve.release()
    assert not reserve.release()
    assert not reserve.held()
    assert reserve.keep()


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_reserve_that_cannot_be_taken_is_not_half_there(tmp_path: Path, side: str) -> None:
    reserve = FileReserve(tmp_path, 10_000)
    failpoint.arm(f"reserve.keep:{side}=raise")
    assert not reserve.keep()
    assert not (tmp_path / "reserve").exists()
    failpoint.arm("")
    assert reserve.keep()


def test_a_reserve_larger_than_the_disk_is_not_taken(tmp_path: Path) -> None:
    reserve = FileReserve(tmp_path, shutil.disk_usage(tmp_path).total)
    assert not reserve.keep()


def test_the_door_keeps_the_reserve_and_refuses_without_it(house: House) -> None:
    house.ledger.require_fresh(house.client)
    assert house.reserve.held()
    house.reserve.release()
    house.reserve._size = shutil.disk_usage(house.home).total
    house.clock.pass_s(6)
    with pytest.raises(errors.CannotRecord) as caught:
        house.ledger.require_fresh(house.client)
    assert caught.value.reason == "errors_ledger.reserve-in-use"


def test_a_full_disk_still_takes_refusals_from_the_reserve(house: House) -> None:
    house.reserve.keep()
    full(house)
    with pytest.raises(errors.CannotRecord):
        fill(house)
    free = house.reserve.release

    def release() -> bool:
        roomy(house)
        return free()

    house.reserve.release = release  # type: ignore[method-assign]  # what the file frees on a disk
    recorded = house.ledger.record_owed(house.client, refusal(house))
    assert not house.reserve.held()
    assert house.ledger.row_of(house.client).count == recorded.index + 1


def test_a_refusal_that_no_reserve_helps_is_said_at_once(house: House) -> None:
    failpoint.arm("rows.commit:before=raise-always")
    with pytest.raises((errors.CannotRecord, errors.OutcomeUnknown)):
        house.ledger.record_owed(house.client, refusal(house))


def test_a_log_that_another_process_signs_for_too_long_is_refused_in_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = HandTime()
    monkeypatch.setattr(ledger_files, "time", clock)
    house.sequence()
    house.append()
    with (house.folder / "signer.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(errors.LockedByOther):
            house.sequence()
        assert sequencer.LOCK_S <= clock.now_s < 1.1 * sequencer.LOCK_S
        house.clock.pass_s(6)
        with pytest.raises(errors.CannotRecord) as caught:
            house.ledger.require_fresh(house.client)
        assert 2 * sequencer.LOCK_S <= clock.now_s < 2.2 * sequencer.LOCK_S
    assert caught.value.reason == "errors_ledger.fallen-behind"
    house.ledger.require_fresh(house.client)
    assert house.head().size == 2


@pytest.mark.parametrize("point", ["ledger.tiles", "ledger.signer", "ledger.checkpoint"])
def test_after_a_failed_step_the_door_looks_again_at_once(house: House, point: str) -> None:
    house.append()
    house.ledger.require_fresh(house.client)
    failpoint.arm(f"{point}:before=raise-always")
    with pytest.raises(errors.CannotRecord):
        house.sequence()
    house.clock.pass_s(1.5)
    if point != "ledger.checkpoint":
        with nothing_sleeps(), pytest.raises(errors.CannotRecord):
            house.ledger.require_fresh(house.client)
    failpoint.arm("")
    house.ledger.require_fresh(house.client)
    assert house.sequence().size == 2


def test_a_ledger_folder_that_is_a_file_is_said_in_one_sentence(house: House) -> None:
    (house.home / "ledger").write_bytes(b"")
    with pytest.raises(errors.CannotRecord) as caught:
        house.sequence()
    assert caught.value.reason == "errors_ledger.not-writable"
