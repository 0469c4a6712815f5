"""A home that nobody harmed is clean, at every moment of its life."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.check.rooms import answer, audit, damage
from tests.run.homes import make, opened

from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.audit import Depth, FindingKind
from bailee.backup.model import BackupKind as Backup
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.objects.acts import DeleteObject, GetObject, ObjectGiven, PutObject
from bailee.run.wiring.app import App


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        yield house


def live(house: App) -> None:
    """Do a bit of everything."""
    call = house.caller.call
    call(AddClient(label="acme"))
    call(AddClient(label="zebu"))
    call(AddActor(os_user="binta", role="auditor"))
    for name in ("one", "two", "two"):
        asked = PutObject(client="acme", name=name, reason="it came by post")
        house.caller.send(asked, [b"x" * 70_000])
    house.caller.send(PutObject(client="zebu", name="empty"), [])
    given = call(GetObject(client="acme", object="two", purpose="client-request"))
    assert isinstance(given, ObjectGiven)
    assert sum(map(len, given.chunks)) == 70_000
    call(DeleteObject(client="acme", object="one"))


@pytest.mark.parametrize("depth", Depth)
def test_a_new_home_is_clean(depth: Depth, house: App) -> None:
    report = audit(house, depth)
    assert damage(report) == []
    assert report.exit_code == 0
    house.publish()
    assert damage(audit(house, depth)) == []


@pytest.mark.parametrize("depth", Depth)
def test_a_home_in_use_is_clean_signed_or_not(depth: Depth, house: App) -> None:
    live(house)
    assert damage(audit(house, depth)) == []
    house.publish()
    report = audit(house, depth)
    assert damage(report) == []
    assert report.counts["logs"] == 3
    assert report.counts["objects"] == 3


def test_a_restored_home_is_clean(tmp_path: Path, house: App) -> None:
    live(house)
    house.publish()
    known, file = recovery(house.parts.kms), backup(house)
    house.caller.call(DeleteObject(client="acme", object="two"))
    rows = house.parts
    for pending in rows.work.read(rows.keyring.unannounced):
        rows.keyring.announce(pending)
    shutil.rmtree(tmp_path / "home")
    restore(tmp_path, known, [file])
    with opened(tmp_path) as again:
        report = audit(again)
        assert damage(report) == []
        assert not [item for item in report.findings if item.kind is FindingKind.BODIES_LOST]


def test_warnings_do_not_change_the_verdict(house: App) -> None:
    report = audit(house, Depth.QUICK)
    warned = {item.kind for item in report.findings}
    assert warned == {FindingKind.SHARED_DISK, FindingKind.BACKUP_LACKING}
    assert report.clean
    backup(house, Backup.ROWS)
    assert {item.kind for item in audit(house).findings} == {FindingKind.SHARED_DISK}


def test_findings_come_in_order_damage_first(house: App) -> None:
    findings = audit(house).findings
    assert list(findings) == sorted(findings, key=lambda item: item.order)


def test_who_may_not_judge_is_refused(house: App) -> None:
    assert isinstance(answer(house, who=Principal(os_user="nobody")), Denial)


def test_each_client_sees_that_its_log_was_judged(house: App) -> None:
    live(house)
    audit(house)
    shown = done(house.caller.call(ShowEntries(client="acme")))
    assert isinstance(shown, EntriesShown)
    judged = [item for item in shown.entries if item.opening.kind == "check:run"]
    assert len(judged) == 1
    outcome = next(item for item in shown.entries if item.body.get("of") == str(judged[0].entry))
    assert outcome.body["result"] == "done"
    assert outcome.body["damaged"] == "0"
    assert int(outcome.body["opened"]) > 5


def test_judging_writes_nothing_but_the_entries_that_record_it(tmp_path: Path, house: App) -> None:
    live(house)
    house.publish()

    def image() -> dict[str, bytes]:
        return {
            str(path): path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file() and not path.name.startswith("rows.db")
        }

    audit(house)
    house.publish()
    before = image()
    audit(house)
    after = image()
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert all("/ledger/" in name or name.endswith("/anchors") for name in changed)
