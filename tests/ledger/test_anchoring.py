"""Anchors: the record as its page gives it, journals on disks, many threads, what is refused."""

import hmac
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.ledger.conftest import House
from tests.run.homes import make

from bailee import errors, failpoint
from bailee.adapters.kms import journal
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.journal import Journal, Journals
from bailee.ids import InstallId, LedgerId
from bailee.keyring.tree.formulas import mac_key
from bailee.ledger.anchor import RECORD_BYTES, Anchor, LogWindow, newest

LOG = bytes(range(0x40, 0x50))
ROOT = bytes(range(0x20, 0x40))


class Macs:
    def mac(self, domain: str, message: bytes) -> bytes:
        return hmac.digest(mac_key(bytes(range(32)), domain), message, "sha256")

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        return self.mac(domain, message) == tag


MACS = Macs()


def anchor(
    length: int, *, size: int = 0, restores: int = 0, revision: int = 0, log: bytes = LOG
) -> bytes:
    return Anchor(restores, length, size, revision, bytes(32), log).record(MACS)


def kept(records: Sequence[bytes]) -> list[bytes]:
    return list(newest(records, MACS).values())


# --- the record ------------------------------------------------------------------------------


def test_the_record_is_as_its_page_gives_it() -> None:
    page = Path("spec/keys.md").read_text("utf-8").split("The record of a log after one")[1]
    shown = page.split("\n\n")[1].replace("\n            ", "")
    given = {line.split()[0]: line.split()[1] for line in shown.splitlines()}
    assert mac_key(bytes(range(32)), "anchor").hex() == given["key"]
    window = LogWindow.at(f"example.org/{LedgerId(LOG)}", 5, ROOT)
    assert window.digest.hex() == given["w_0"]
    assert window.over([b"\xa1" * 32]).digest.hex() == given["w_1"]
    window = window.over([b"\xa1" * 32, b"\xa2" * 32])
    assert window.digest.hex() == given["w_2"]
    made = Anchor.of(LOG, 0, window._replace(revision=9))
    assert made.record(MACS).hex() == given["record"]
    assert Anchor.read(bytes.fromhex(given["record"]), MACS) == made


@pytest.mark.parametrize("at", range(0, RECORD_BYTES, 7))
def test_a_changed_record_is_none(at: int) -> None:
    record = bytearray(anchor(7, size=3))
    record[at] ^= 1
    assert Anchor.read(bytes(record), MACS) is None


def test_the_newest_record_counts_in_whatever_order_they_came() -> None:
    records = [anchor(5), anchor(7), anchor(6), anchor(7, size=4), anchor(9, log=bytes(16))]
    assert set(kept(records)) == {anchor(7, size=4), anchor(9, log=bytes(16))}
    # Rows change without an entry as well.
    changed = anchor(7, size=4, revision=1)
    assert changed in kept([*records, changed, records[3]])
    # A restore has fewer entries, and counts all the same.
    assert kept([*records[:4], anchor(2, restores=1)]) == [anchor(2, restores=1)]


def test_a_newer_claim_without_its_tag_is_passed_over() -> None:
    torn, forged = anchor(9)[:-1] + b"\0", anchor(8)[:-4] + bytes(4)
    assert kept([torn, anchor(6), forged, anchor(5)]) == [anchor(6)]
    assert kept([torn]) == []


# --- journals on a disk ----------------------------------------------------------------------


@pytest.fixture
def custodian(tmp_path: Path) -> Custodian:
    founded = make(tmp_path)
    marker = (founded.custodians[0] / "custodian").read_text().split("\n")
    install = InstallId.parse(marker[1].removeprefix("install "))
    (founded.custodians[0] / "anchors").unlink()
    return Custodian(founded.custodians[0], marker[2].removeprefix("id "), install)


def test_each_process_reads_what_the_other_wrote(custodian: Custodian) -> None:
    one, other = Journal(custodian), Journal(custodian)
    for length in range(1, 6):
        (one if length % 2 else other).append([anchor(length)], kept)
        assert one.look().records == other.look().records == [anchor(n + 1) for n in range(length)]


def test_a_full_journal_is_made_anew_of_the_newest(
    custodian: Custodian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ANCHORS_AHEAD", 4)
    one, other = Journal(custodian), Journal(custodian)
    for length in range(1, 40):
        (one if length % 3 else other).append([anchor(length), anchor(1, log=bytes(16))], kept)
        for seen in (one.look(), other.look(), Journal(custodian).look()):
            assert newest(seen.records, MACS)[LOG] == anchor(length)
    assert (custodian.folder / "anchors").stat().st_size <= 8 * RECORD_BYTES


@pytest.mark.parametrize("side", ["before", "after"])
def test_one_that_is_cut_off_while_it_is_made_anew_loses_nothing(
    custodian: Custodian, monkeypatch: pytest.MonkeyPatch, side: str
) -> None:
    monkeypatch.setattr(journal, "ANCHORS_AHEAD", 2)
    written = Journal(custodian)
    written.append([anchor(1)], kept)
    written.append([anchor(2)], kept)
    failpoint.arm(f"kms.anchor-renew:{side}=raise")
    with pytest.raises(OSError, match="failpoint"):
        written.append([anchor(3), anchor(4)], kept)
    failpoint.arm("")
    left = Anchor.read(newest(Journal(custodian).look().records, MACS)[LOG], MACS)
    assert left is not None
    assert left.length >= 2
    written.append([anchor(9)], kept)
    assert newest(Journal(custodian).look().records, MACS)[LOG] == anchor(9)


def test_a_torn_record_is_passed_over_and_written_after(custodian: Custodian) -> None:
    Journal(custodian).append([anchor(1)], kept)
    path = custodian.folder / "anchors"
    place = len(Journal(custodian).look().records) * RECORD_BYTES
    data = bytearray(path.read_bytes())
    data[place : place + 40] = anchor(2)[:40]
    path.write_bytes(data)
    assert newest(Journal(custodian).look().records, MACS)[LOG] == anchor(1)
    Journal(custodian).append([anchor(3)], kept)
    assert newest(Journal(custodian).look().records, MACS)[LOG] == anchor(3)


def test_a_record_read_while_it_is_written_is_read_again(custodian: Custodian) -> None:
    Journal(custodian).append([anchor(1)], kept)
    reader, path = Journal(custodian), custodian.folder / "anchors"
    whole = bytearray(path.read_bytes())
    torn = bytearray(whole)
    torn[RECORD_BYTES : 2 * RECORD_BYTES] = anchor(2)[:40].ljust(RECORD_BYTES, b"\0")
    with path.open("r+b") as file:
        file.write(torn)
    assert newest(reader.look().records, MACS)[LOG] == anchor(1)
    whole[RECORD_BYTES : 2 * RECORD_BYTES] = anchor(2)
    with path.open("r+b") as file:
        file.write(whole)
    assert newest(reader.look().records, MACS)[LOG] == anchor(2)


def test_a_custodian_without_its_marker_takes_nothing(custodian: Custodian) -> None:
    journals = Journals([custodian])
    (custodian.folder / "custodian").rename(custodian.folder / "elsewhere")
    with pytest.raises(errors.Sealed):
        journals.left()
    with pytest.raises(errors.Sealed):
        journals.leave([[anchor(1)]], kept)
    assert not (custodian.folder / "anchors").exists()


# --- a log -----------------------------------------------------------------------------------


def last(house: House) -> Anchor:
    found = house.anchoring.last(house.log)
    assert found is not None
    return found


def test_whoever_was_answered_is_anchored(house: House) -> None:
    """Many threads share a commit and a record, and none is answered before its own is in one."""
    behind: list[int] = []

    def work() -> None:
        for _ in range(20):
            recorded = house.append()
            if last(house).length <= recorded.index:
                behind.append(recorded.index)

    crew = [threading.Thread(target=work) for _ in range(8)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    assert behind == []
    assert last(house).length == house.ledger.row_of(house.client).count == 161
    house.anchoring.require_all()


@pytest.mark.parametrize("signed", [False, True])
def test_another_process_goes_on_where_this_one_ended(house: House, *, signed: bool) -> None:
    house.append(300)
    if signed:
        house.sequence()
    first, work = house.anchoring, house.work
    house.open()
    house.append(3)
    assert house.sequence().size == 304
    house.append(2)
    first.require_all()
    work.close()


def test_an_entry_that_nobody_took_is_anchored_with_the_next(house: House) -> None:
    house.anchors.dead = {0, 1}
    with pytest.raises(errors.Sealed):
        house.append()
    house.anchors.dead = set()
    house.append()
    assert last(house).length == 2


def test_one_custodian_is_enough_and_the_other_is_missed(house: House) -> None:
    house.append()
    assert house.anchoring.away == 0
    house.anchors.dead = {0}
    house.append()
    assert house.anchoring.away == 1
    house.anchors.dead = set()
    house.reopen()
    house.anchoring.open()
    assert house.anchors.lists[0][-1] == house.anchors.lists[1][-1]


def test_other_leaves_under_an_anchor_are_refused(house: House) -> None:
    house.append(3)
    statement = "update ledger_entry set leaf = zeroblob(32) where idx = 2"
    house.work.run(house.client, lambda tx: tx.execute(statement))  # type: ignore[attr-defined]  # as an administrator of the database would
    house.reopen()
    for act in (house.append, house.sequence, house.anchoring.require_all):
        with pytest.raises(errors.Damaged, match="older-rows"):
            act()
