"""A custodian that is away stops what destroys, never what opens, and learns what it missed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.rooms import audit, kinds
from tests.run.homes import make, opened

from bailee import errors
from bailee.adapters.kms.file import FileKms
from bailee.audit import FindingKind
from bailee.clients.acts import AddClient
from bailee.keyring.model import Pending
from bailee.keys.acts import ListKeys, TurnKeys
from bailee.keys.show import SHOWS
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.objects.acts import (
    DeleteObject,
    GetObject,
    ListObjects,
    ObjectGiven,
    ObjectPut,
    PutObject,
)
from bailee.run.wiring.app import App

PURPOSE = "client-request"


def test_with_deletions_pending_one_custodian_is_enough_to_open(tmp_path: Path) -> None:
    custodian = make(tmp_path).custodians[1]
    away = tmp_path / "unmounted"
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        for name in ("kept", "gone"):
            put = done(house.caller.send(PutObject(client="acme", name=name), [b"content"]))
            assert isinstance(put, ObjectPut)
    custodian.rename(away)
    with opened(tmp_path) as house, pytest.raises(errors.Sealed, match="push-incomplete"):
        house.caller.call(DeleteObject(client="acme", object="gone", purpose=PURPOSE))
    with opened(tmp_path) as house:
        given = done(house.caller.call(GetObject(client="acme", object="kept", purpose=PURPOSE)))
        assert isinstance(given, ObjectGiven)
        assert b"".join(map(bytes, given.chunks)) == b"content"
        with pytest.raises(errors.Sealed, match="custodian-missing"):
            house.caller.call(TurnKeys(purpose="security"))
    away.rename(custodian)
    assert not list(custodian.glob("due-*"))
    with opened(tmp_path):
        assert list(custodian.glob("due-*"))


def away_in(house: App, client: str) -> list[str | None]:
    """Return how many custodians each permitted act of a client says were away."""
    shown = done(house.caller.call(ShowEntries(client=client, purpose="security")))
    assert isinstance(shown, EntriesShown)
    return [one.body.get("away") for one in shown.entries if one.opening.kind == PutObject.act]


def test_each_act_that_one_custodian_alone_vouched_for_says_so(tmp_path: Path) -> None:
    custodian = make(tmp_path).custodians[1]
    away = tmp_path / "unmounted"
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        done(house.caller.send(PutObject(client="acme", name="one"), [b"content"]))
    custodian.rename(away)
    with opened(tmp_path) as house:
        done(house.caller.send(PutObject(client="acme", name="two"), [b"content"]))
        # In this very process it comes back: the next act has it again.
        away.rename(custodian)
        done(house.caller.send(PutObject(client="acme", name="three"), [b"content"]))
        assert away_in(house, "acme") == [None, "1", None]


def test_check_and_the_list_of_keys_say_it(tmp_path: Path) -> None:
    custodian = make(tmp_path).custodians[1]
    away = tmp_path / "unmounted"
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        assert away_said(house) == []
        report = done(house.caller.call(ListKeys()))
        assert [said for said, _ in (SHOWS[ListKeys].notes or none)(report)] == []
    custodian.rename(away)
    with opened(tmp_path) as house:
        done(house.caller.send(PutObject(client="acme", name="one"), [b"content"]))
        done(house.caller.call(ListObjects(client="acme", purpose=PURPOSE)))
        report = done(house.caller.call(ListKeys()))
        assert [said for said, _ in (SHOWS[ListKeys].notes or none)(report)] == ["keys.away"]
    away.rename(custodian)
    with opened(tmp_path) as house:
        said = away_said(house)
        counts = [marked(house, client) for client in ("acme", "provider")]
        assert sorted(int(facts["count"]) for facts in said) == sorted(counts)
        assert all(counts)


def away_said(house: App) -> list[Mapping[str, str | int]]:
    """Return what `check` says of such acts, of each ledger."""
    kind = FindingKind.CUSTODIAN_AWAY
    return [item.facts for item in audit(house).findings if item.kind is kind]


def marked(house: App, client: str) -> int:
    """Count the entries of a ledger that say it, whatever they permit."""
    shown = done(house.caller.call(ShowEntries(client=client, purpose="security")))
    assert isinstance(shown, EntriesShown)
    return sum("away" in one.body for one in shown.entries)


def none(_: object) -> tuple[tuple[str, object], ...]:
    return ()


@pytest.mark.parametrize("told", [1, 2])
def test_a_deletion_cut_off_before_its_commit_is_done_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: int
) -> None:
    """Custodians were left with both of its keys, or with one."""
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        done(house.caller.send(PutObject(client="acme", name="kept"), [b"content"]))
        done(house.caller.send(PutObject(client="acme", name="gone"), [b"content"]))
    push = FileKms.push

    def cut_off(kms: FileKms, pending: Pending) -> bool:
        push(kms, replace(pending, key_ids=pending.key_ids[:told], notes=pending.notes[:told]))
        raise errors.CannotRecord("errors_sql.disk-full")

    with monkeypatch.context() as patch, opened(tmp_path) as house:
        patch.setattr(FileKms, "push", cut_off)
        with pytest.raises(errors.CannotRecord):
            house.caller.call(DeleteObject(client="acme", object="gone", purpose=PURPOSE))
    with opened(tmp_path) as house:
        listed = done(house.caller.call(ListObjects(client="acme", purpose=PURPOSE)))
        assert [item.name for item in listed] == ["kept"]
        given = done(house.caller.call(GetObject(client="acme", object="kept", purpose=PURPOSE)))
        assert isinstance(given, ObjectGiven)
        assert b"".join(map(bytes, given.chunks)) == b"content"
        assert kinds(audit(house)) == set()
