"""Logs come back from a backup whole, and nothing that was erased or ended comes back with them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.check.held import LINES, MORE, client_of, end, erase, ingest
from tests.check.rooms import audit, damage
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, LinesFound, LogExported, ProveLog, SearchLog
from bailee.proof.run import run as verify
from bailee.proof.verdict import Outcome
from bailee.run.wiring.app import App

MONTH = 202606
KEPT = LINES + MORE.replace(b"hunter2zebra", b"[secret]")
SOUGHT = b"a3@example.org"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        ingest(house, LINES + MORE)
        ingest(house, LINES, "old", epoch="2026-06")
        yield house


def given(house: App, stream: str) -> bytes:
    asked = ExportLog(client="acme", stream=stream, purpose="client-request")
    answer = done(house.caller.call(asked))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks))


def found(house: App, about: bytes) -> int:
    answer = done(house.caller.call(SearchLog(client="acme", about=about, purpose="security")))
    assert isinstance(answer, LinesFound)
    return len(list(answer.lines))


def lost_and_restored(tmp_path: Path, house: App, file: Path) -> None:
    known = recovery(house.parts.kms)
    house.publish()
    shutil.rmtree(tmp_path / "home")
    restore(tmp_path, known, [file])


def test_logs_come_back_byte_for_byte(tmp_path: Path, house: App) -> None:
    before = found(house, SOUGHT)
    house.publish()
    lost_and_restored(tmp_path, house, backup(house))
    with opened(tmp_path) as again:
        assert damage(audit(again)) == []
        assert given(again, "web") == KEPT
        assert given(again, "old") == LINES
        assert found(again, SOUGHT) == before > 0
        assert ingest(again, LINES + MORE).batches == ()


def test_a_receipt_from_before_verifies_and_a_new_one_is_made(tmp_path: Path, house: App) -> None:
    client = client_of(house)
    batch = house.parts.work.read(lambda tx: SqlLogRows().batches(tx, client))[0]
    asked = ProveLog(client="acme", batch=str(batch.batch), line=3, purpose="verification")

    def outcome(of: App) -> Outcome:
        path = tmp_path / "receipt"
        path.write_bytes(done(of.caller.call(asked)).receipt)
        key = str(of.parts.ledger.key(client))
        return verify(path, key=key).outcome

    assert outcome(house) is Outcome.VERIFIED
    house.publish()
    lost_and_restored(tmp_path, house, backup(house))
    with opened(tmp_path) as again:
        assert outcome(again) is Outcome.VERIFIED


def test_what_was_erased_since_does_not_come_back(tmp_path: Path, house: App) -> None:
    house.publish()
    file = backup(house)
    erase(house, SOUGHT)
    lost_and_restored(tmp_path, house, file)
    with opened(tmp_path) as again:
        assert found(again, SOUGHT) == 0
        gone = KEPT.replace(SOUGHT, b"[erased]").replace(b"A3@Example.org", b"[erased]")
        assert given(again, "web") == gone
        assert damage(audit(again)) == []


@pytest.mark.parametrize("part", ["names", "text"])
def test_a_month_that_was_ended_since_does_not_come_back(
    tmp_path: Path, house: App, part: str
) -> None:
    house.publish()
    file = backup(house)
    end(house, MONTH, text=part == "text")
    lost_and_restored(tmp_path, house, file)
    with opened(tmp_path, who=SOMEONE) as again:
        with pytest.raises(errors.BaileeError):
            given(again, "old")
        assert given(again, "web") == KEPT
        assert damage(audit(again)) == []
        client, keyring = client_of(again), again.parts.keyring
        months = again.parts.work.read(lambda tx: keyring.epochs(tx, client))
        (old,) = [one for one in months if one.epoch == MONTH]
        assert (old.vault, old.names, old.text) == (False, False, part == "names")


def test_a_restored_file_that_was_bent_is_named(tmp_path: Path, house: App) -> None:
    house.publish()
    lost_and_restored(tmp_path, house, backup(house))
    path = max((tmp_path / "home" / "objects").rglob("bl-*"), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[90] ^= 1
    path.write_bytes(data)
    with opened(tmp_path) as again:
        assert "segment-content" in {kind for kind, _ in damage(audit(again))}
