"""Clients: a label nobody else has, a key and a log of their own, found without an oracle."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.answers import asked
from tests.monitor.fixture import FOUNDER, Lodge, founded

from bailee import errors
from bailee.act import Denial, Principal
from bailee.clients.acts import AddClient, ListClients
from bailee.limits import LABEL_CHARS


@pytest.fixture
def lodge(tmp_path: Path) -> Iterator[Lodge]:
    made = founded(tmp_path)
    yield made
    made.close()


def labels(lodge: Lodge) -> list[str]:
    found = lodge.clients.list(FOUNDER, ListClients())
    assert not isinstance(found, Denial)
    return [client.label for client in found]


def test_clients_are_listed_by_label_and_the_provider_is_none_of_them(lodge: Lodge) -> None:
    assert labels(lodge) == []
    lodge.client("beta")
    lodge.client("alpha")
    assert labels(lodge) == ["alpha", "beta"]


def test_a_client_begins_with_a_log_of_its_own(lodge: Lodge) -> None:
    alpha, beta = lodge.client("alpha"), lodge.client("beta")
    assert lodge.told(alpha)[0].opening.kind == "log:open"
    assert lodge.ledger.log(alpha).origin != lodge.ledger.log(beta).origin


def test_a_label_is_taken_once(lodge: Lodge) -> None:
    lodge.client("alpha")
    with pytest.raises(errors.Conflict):
        lodge.client("alpha")
    with pytest.raises(errors.Conflict):
        lodge.client("provider")
    assert labels(lodge) == ["alpha"]


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
def test_what_a_label_is(lodge: Lodge, label: str) -> None:
    if LABELS[label]:
        lodge.client(label)
        assert labels(lodge) == [label]
        return
    with pytest.raises(errors.UsageError) as caught:
        lodge.clients.add(FOUNDER, AddClient(label=label))
    assert set(caught.value.facts) <= {"limit"}


def test_who_is_not_operations_takes_nobody_on(lodge: Lodge) -> None:
    support = lodge.actor("binta", "support")
    assert isinstance(asked(lodge.clients.add, support, AddClient(label="alpha")), Denial)
    assert labels(lodge) == []


def test_staff_find_every_client_and_the_provider(lodge: Lodge) -> None:
    alpha = lodge.client("alpha")
    assert lodge.labels.find(FOUNDER, "alpha") == alpha
    assert lodge.labels.find(FOUNDER, "provider") == lodge.provider
    with pytest.raises(errors.NotFound):
        lodge.labels.find(FOUNDER, "gamma")


def test_what_is_not_theirs_looks_as_if_it_were_not_there(lodge: Lodge) -> None:
    alpha = lodge.client("alpha")
    lodge.client("beta")
    user = lodge.actor("chloe", "client-admin", "alpha")
    assert lodge.labels.find(user, "alpha") == alpha
    answers = []
    for label in ("beta", "gamma", "provider"):
        with pytest.raises(errors.NotFound) as caught:
            lodge.labels.find(user, label)
        answers.append((caught.value.reason, caught.value.facts))
    assert len({repr(answer) for answer in answers}) == 1


def test_a_stranger_is_refused_before_any_label_is_looked_at(lodge: Lodge) -> None:
    lodge.client("alpha")
    stranger = Principal(os_user="mallory")
    rules = set()
    for label in ("alpha", "gamma"):
        found = lodge.get(stranger, lodge.labels.find(stranger, label))
        assert isinstance(found, Denial)
        rules.add((found.rule, found.sentence))
    assert rules == {("unknown-actor", "P1")}
