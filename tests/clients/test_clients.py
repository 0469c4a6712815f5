"""Clients: a label nobody else has, a key and a log of their own, found without an oracle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import asked
from tests.monitor.fixture import FOUNDER, MonitorFixture, founded

from bailee import errors
from bailee.act import Denial, Principal
from bailee.clients.acts import AddClient, ListClients, LockClient
from bailee.limits import LABEL_CHARS


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    yield made
    made.close()


def labels(fixture: MonitorFixture) -> list[str]:
    found = fixture.clients.list(FOUNDER, ListClients())
    assert not isinstance(found, Denial)
    return [client.label for client in found]


def test_clients_are_listed_by_label_and_the_provider_is_none_of_them(
    fixture: MonitorFixture,
) -> None:
    assert labels(fixture) == []
    fixture.client("beta")
    fixture.client("alpha")
    assert labels(fixture) == ["alpha", "beta"]


def test_a_client_begins_with_a_log_of_its_own(fixture: MonitorFixture) -> None:
    alpha, beta = fixture.client("alpha"), fixture.client("beta")
    assert fixture.told(alpha)[0].opening.kind == "log:open"
    assert fixture.ledger.row_of(alpha).origin != fixture.ledger.row_of(beta).origin


def test_a_label_is_taken_once(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    with pytest.raises(errors.Conflict):
        fixture.client("alpha")
    with pytest.raises(errors.Conflict):
        fixture.client("provider")
    assert labels(fixture) == ["alpha"]


LABELS: dict[str, bool] = {
    "a": True,
    "example-ltd": True,
    "0-1": True,
    "a" * LABEL_CHARS: True,
    "a" * (LABEL_CHARS + 1): False,
    "": False,
    "Alpha": False,
    "al pha": False,
    "é": False,
    "a\n": False,
    "../a": False,
    "a.b": False,
}


@pytest.mark.parametrize("label", LABELS)
def test_what_a_label_is(fixture: MonitorFixture, label: str) -> None:
    if LABELS[label]:
        fixture.client(label)
        assert labels(fixture) == [label]
        return
    with pytest.raises(errors.UsageError) as caught:
        fixture.clients.add(FOUNDER, AddClient(label=label))
    assert set(caught.value.facts) <= {"limit"}


def test_who_is_not_operations_takes_nobody_on(fixture: MonitorFixture) -> None:
    support = fixture.actor("binta", "support")
    assert isinstance(asked(fixture.clients.add, support, AddClient(label="alpha")), Denial)
    assert labels(fixture) == []


def test_staff_find_every_client_and_the_provider(fixture: MonitorFixture) -> None:
    alpha = fixture.client("alpha")
    assert fixture.labels.find(FOUNDER, "alpha") == alpha
    assert fixture.labels.find(FOUNDER, "provider") == fixture.provider
    with pytest.raises(errors.NotFound):
        fixture.labels.find(FOUNDER, "gamma")


def test_what_is_not_theirs_looks_as_if_it_were_not_there(fixture: MonitorFixture) -> None:
    alpha = fixture.client("alpha")
    fixture.client("beta")
    user = fixture.actor("chloe", "client-admin", "alpha")
    assert fixture.labels.find(user, "alpha") == alpha
    answers = []
    for label in ("beta", "gamma", "provider"):
        with pytest.raises(errors.NotFound) as caught:
            fixture.labels.find(user, label)
        answers.append((caught.value.reason, caught.value.facts))
    assert len({repr(answer) for answer in answers}) == 1


def test_a_stranger_is_refused_before_any_label_is_looked_at(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    stranger = Principal(os_user="mallory")
    rules = set()
    for label in ("alpha", "gamma"):
        found = fixture.get(stranger, fixture.labels.find(stranger, label))
        assert isinstance(found, Denial)
        rules.add((found.rule, found.sentence))
    assert rules == {("unknown-actor", "P1")}


def test_a_lock_is_listed_and_taken_back(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    fixture.client("beta")

    def locked() -> list[str]:
        return [one.label for one in fixture.clients.list(FOUNDER, ListClients()) if one.locked]

    assert fixture.clients.lock(FOUNDER, LockClient(label="alpha")).locked
    assert locked() == ["alpha"]
    fixture.clients.lock(FOUNDER, LockClient(label="alpha", off=True))
    assert locked() == []
    fixture.clients.lock(FOUNDER, LockClient(label="alpha"))
    assert locked() == ["alpha"]
    with pytest.raises(errors.Conflict, match="locked-already"):
        fixture.clients.lock(FOUNDER, LockClient(label="alpha"))
    with pytest.raises(errors.Conflict, match="open-already"):
        fixture.clients.lock(FOUNDER, LockClient(label="beta", off=True))
    with pytest.raises(errors.Conflict, match="lock-provider"):
        fixture.clients.lock(FOUNDER, LockClient(label="provider"))
    with pytest.raises(errors.NotFound, match="not-found"):
        fixture.clients.lock(FOUNDER, LockClient(label="gamma"))


def test_who_may_lock(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    support = fixture.actor("binta", "support")
    security = fixture.actor("dede", "security")
    assert isinstance(asked(fixture.clients.lock, support, LockClient(label="alpha")), Denial)
    assert not isinstance(asked(fixture.clients.lock, security, LockClient(label="alpha")), Denial)
