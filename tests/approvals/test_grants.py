"""Who was given which role: told to each reader since they looked, which the log itself says."""

from pathlib import Path

import pytest
from tests.answers import done
from tests.people import enrol
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Principal
from bailee.audit import FindingKind
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller

DEDE = Principal(os_user="dede")
CLEO = Principal(os_user="cleo")
BINTA = Principal(os_user="binta")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a home whose founder enrolled a dpo alone, and with them a security officer."""
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddActor(os_user=DEDE.os_user, role="dpo"))
        enrol(house, CLEO, "security", agreed_by=DEDE)
    return tmp_path


def looked(house: App, who: Principal = SOMEONE) -> list[tuple[str, bool]]:
    """Look at grants; give each role, and whether somebody else agreed."""
    caller = LocalCaller(who, house._bound)
    answer = done(caller.call(ShowEntries(client="provider", purpose="security", roles=True)))
    assert answer.grants is not None
    assert [one.index for one in answer.entries] == [one.index for one in answer.grants]
    return [(one.role, one.agreed is not None) for one in answer.grants]


def found(house: App, who: Principal = SOMEONE) -> set[object]:
    report = done(LocalCaller(who, house._bound).call(RunCheck()))
    assert report.clean
    given = [one for one in report.findings if one.kind is FindingKind.ROLE_GIVEN]
    return {one.facts["role"] for one in given}


def test_each_reader_is_told_what_was_given_since_they_looked(place: Path) -> None:
    with opened(place) as house:
        assert looked(house) == [("operations", False), ("dpo", False), ("security", True)]
        assert looked(house) == []
        # Another's look is not mine.
        assert looked(house, CLEO) == [("operations", False), ("dpo", False), ("security", True)]
        enrol(house, BINTA, "auditor", agreed_by=DEDE)
        assert looked(house) == [("auditor", True)]


def test_two_operations_accounts_do_not_hide_what_they_gave_each_other(place: Path) -> None:
    with opened(place) as house:
        looked(house, CLEO)
        enrol(house, BINTA, "operations", agreed_by=DEDE)
        enrol(house, BINTA, "legal", agreed_by=DEDE)
        looked(house, BINTA)
        looked(house)
        assert looked(house, CLEO) == [("operations", True), ("legal", True)]


def test_a_check_names_them_until_who_checks_has_looked(place: Path) -> None:
    with opened(place) as house:
        assert found(house) == {"dpo", "security"}
        assert found(house) == {"dpo", "security"}
        looked(house, CLEO)
        assert found(house) == {"dpo", "security"}
        assert found(house, CLEO) == set()
        looked(house)
        assert found(house) == set()


def test_a_look_at_the_log_is_no_look_at_grants(place: Path) -> None:
    with opened(place) as house:
        looked(house)
        enrol(house, BINTA, "auditor", agreed_by=DEDE)
        done(house.caller.call(ShowEntries(client="provider", purpose="security")))
        assert found(house) == {"auditor"}


def test_roles_are_given_in_the_log_of_the_provider_alone(place: Path) -> None:
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        with pytest.raises(errors.UsageError, match="roles-of-provider"):
            house.caller.call(ShowEntries(client="acme", purpose="security", roles=True))
