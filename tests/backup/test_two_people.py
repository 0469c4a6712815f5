"""A home that one person restored grants nothing before another has agreed, once there are two."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.keys.put_back import copied, edited, put_back
from tests.people import enrol
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.approvals.acts import GiveApproval, ListApprovals, Withdraw
from bailee.backup.acts import BackupRestored
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.clients.acts import AddClient
from bailee.keys.acts import ListKeys, TurnKeys
from bailee.ledgers.acts import ShowEntries
from bailee.objects.acts import DeleteObject, GetObject, ObjectGiven, PutObject
from bailee.run.wiring.app import App

DPO = Principal(os_user="dede")
CONTENT = b"content"


def get(house: App) -> bytes:
    given = done(
        house.caller.call(GetObject(client="acme", object="one", purpose="client-request"))
    )
    assert isinstance(given, ObjectGiven)
    return b"".join(map(bytes, given.chunks))


def restored(place: Path, *, two: bool = True) -> BackupRestored:
    """Make a home of one person or two, lose it, and restore it as the first."""
    make(place)
    with opened(place) as house:
        done(house.caller.call(AddClient(label="acme")))
        done(house.caller.send(PutObject(client="acme", name="one"), [CONTENT]))
        if two:
            enrol(house, DPO, "dpo", agreed_by=SOMEONE)
        known, file = recovery(house.parts.kms), backup(house)
    shutil.rmtree(place / "home")
    answer = restore(place, known, [file])
    assert isinstance(answer, BackupRestored)
    return answer


def agree(place: Path, answer: BackupRestored, who: Principal = DPO) -> None:
    with opened(place, who=who) as house:
        done(house.caller.call(GiveApproval(approval=str(answer.approval))))


REFUSED: dict[str, Callable[[App], object]] = {
    "an object is read": get,
    "an object is stored": lambda house: house.caller.send(
        PutObject(client="acme", name="two"), [CONTENT]
    ),
    "an object is deleted": lambda house: house.caller.call(
        DeleteObject(client="acme", object="one")
    ),
    "a turn": lambda house: house.caller.call(TurnKeys()),
    "somebody is enrolled": lambda house: house.caller.call(
        AddActor(os_user="binta", role="client-user", client="acme")
    ),
    "a ledger is shown": lambda house: house.caller.call(ShowEntries(client="acme")),
}


@pytest.mark.parametrize("act", REFUSED)
def test_nothing_is_granted_before_another_agrees(tmp_path: Path, act: str) -> None:
    answer = restored(tmp_path)
    for who in (SOMEONE, SOMEONE):  # asking twice is no second person
        with opened(tmp_path, who=who) as house, pytest.raises(errors.WaitingForSecond) as caught:
            REFUSED[act](house)
        assert caught.value.reason == "errors_approvals.restored"
        assert caught.value.facts["approval"] == str(answer.approval)
    agree(tmp_path, answer)
    with opened(tmp_path) as house:
        assert get(house) == CONTENT


def test_who_restored_does_not_agree_to_it(tmp_path: Path) -> None:
    answer = restored(tmp_path)
    with opened(tmp_path) as house, pytest.raises(errors.Conflict, match="not-by-you"):
        house.caller.call(GiveApproval(approval=str(answer.approval)))
    with opened(tmp_path) as house, pytest.raises(errors.WaitingForSecond):
        get(house)


def test_what_waits_is_shown_and_checked_meanwhile(tmp_path: Path) -> None:
    answer = restored(tmp_path)
    with opened(tmp_path) as house:
        (shown,) = done(house.caller.call(ListApprovals()))
        assert (shown.approval, shown.act) == (answer.approval, "backup:restore")
        assert shown.what["backup"] == str(answer.rows.id)
        done(house.caller.call(ListKeys()))
        report = done(house.caller.call(RunCheck()))
        assert isinstance(report, Report)
        assert report.clean


def test_taken_back_it_is_never_agreed_to(tmp_path: Path) -> None:
    answer = restored(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(Withdraw(approval=str(answer.approval))))
    with opened(tmp_path) as house, pytest.raises(errors.WaitingForSecond, match="restored-over"):
        get(house)
    with opened(tmp_path, who=DPO) as house, pytest.raises(errors.Conflict):
        house.caller.call(GiveApproval(approval=str(answer.approval)))


def test_a_row_taken_away_or_edited_lifts_nothing(tmp_path: Path) -> None:
    restored(tmp_path)
    rows = tmp_path / "home" / "rows.db"
    held = copied(rows, ("approval",))
    for statement in (
        "delete from approval where act = 'backup:restore'",
        "update approval set act = 'clock:accept' where act = 'backup:restore'",
        "update approval set given_by = asked_by where act = 'backup:restore'",
    ):
        edited(rows, statement)
        with opened(tmp_path) as house:
            try:
                answer = house.caller.call(
                    GetObject(client="acme", object="one", purpose="client-request")
                )
            except errors.Damaged:
                pass
            else:
                assert isinstance(answer, Denial)
                assert answer.rule == "row-differs"
        put_back(rows, held)


def test_who_is_alone_takes_it_up_at_once(tmp_path: Path) -> None:
    assert restored(tmp_path, two=False).approval is None
    with opened(tmp_path) as house:
        assert get(house) == CONTENT


def test_what_custodians_name_stays_deleted_when_it_is_agreed_to(tmp_path: Path) -> None:
    make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))
        done(house.caller.send(PutObject(client="acme", name="one"), [CONTENT]))
        enrol(house, DPO, "dpo", agreed_by=SOMEONE)
        known, file = recovery(house.parts.kms), backup(house)
        done(house.caller.call(DeleteObject(client="acme", object="one")))
    shutil.rmtree(tmp_path / "home")
    answer = restore(tmp_path, known, [file])
    assert isinstance(answer, BackupRestored)
    assert answer.mended.forgotten == 2
    agree(tmp_path, answer)
    with opened(tmp_path) as house, pytest.raises(errors.NotFound):
        get(house)
