"""Actors: enrolled by another person, found by a keyed name, shown under a grant."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import asked
from tests.monitor.fixture import FOUNDER, MonitorFixture, founded

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors, RetireActor
from bailee.accounts.model import Actor
from bailee.act import Denial, Principal
from bailee.grant import Grant
from bailee.text import Speaker


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    yield made
    made.close()


def listed(fixture: MonitorFixture) -> dict[str, Actor]:
    found = fixture.accounts.list(FOUNDER, ListActors())
    return {actor.os_user: actor for actor in found}


def test_the_founder_is_there_with_operations(fixture: MonitorFixture) -> None:
    assert {name: actor.roles for name, actor in listed(fixture).items()} == {
        "awa": ("operations",),
    }


def test_an_actor_is_enrolled_and_may_then_act(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    binta = Principal(os_user="binta")
    assert isinstance(fixture.get(binta, client), Denial)
    fixture.actor("binta", "support")
    assert isinstance(fixture.get(binta, client), Grant)
    assert isinstance(fixture.again().get(binta, client), Grant)


def test_roles_add_up(fixture: MonitorFixture) -> None:
    fixture.actor("binta", "support")
    added = fixture.accounts.add(FOUNDER, AddActor(os_user="binta", role="auditor"))
    assert added.roles == ("auditor", "support")
    assert listed(fixture)["binta"] == added


def test_a_client_s_user_is_at_home_there_and_nowhere_else(fixture: MonitorFixture) -> None:
    alpha, beta = fixture.client("alpha"), fixture.client("beta")
    user = fixture.actor("chloe", "client-admin", "alpha")
    assert isinstance(fixture.get(user, alpha), Grant)
    denial = fixture.get(user, beta)
    assert isinstance(denial, Denial)
    assert denial.rule == "p1-own-client-only"
    assert listed(fixture)["chloe"].home == alpha


def test_nobody_gives_a_role_to_himself(fixture: MonitorFixture) -> None:
    denial = asked(fixture.accounts.add, FOUNDER, AddActor(os_user="awa", role="auditor"))
    assert isinstance(denial, Denial)
    assert denial.rule == "p1-no-role-to-oneself"
    assert listed(fixture)["awa"].roles == ("operations",)


def test_who_is_not_operations_enrols_nobody(fixture: MonitorFixture) -> None:
    auditor = fixture.actor("binta", "auditor")
    denial = asked(fixture.accounts.add, auditor, AddActor(os_user="friend", role="operations"))
    assert isinstance(denial, Denial)
    assert "friend" not in set(listed(fixture))


REFUSED: dict[str, tuple[AddActor, type[errors.BaileeError], str]] = {
    "a role that does not exist": (
        AddActor(os_user="x", role="root"),
        errors.UsageError,
        "unknown-role",
    ),
    "a client's role without a client": (
        AddActor(os_user="x", role="client-user"),
        errors.UsageError,
        "role-needs-client",
    ),
    "a client's role at the provider": (
        AddActor(os_user="x", role="client-admin", client="provider"),
        errors.UsageError,
        "role-needs-client",
    ),
    "a staff role at a client": (
        AddActor(os_user="x", role="support", client="alpha"),
        errors.UsageError,
        "role-has-no-client",
    ),
    "a client that does not exist": (
        AddActor(os_user="x", role="client-user", client="gamma"),
        errors.NotFound,
        "not-found",
    ),
    "a role held already": (
        AddActor(os_user="binta", role="support"),
        errors.Conflict,
        "role-held-already",
    ),
    "a home elsewhere": (
        AddActor(os_user="binta", role="client-user", client="alpha"),
        errors.Conflict,
        "at-home-elsewhere",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_request_that_cannot_be(fixture: MonitorFixture, case: str) -> None:
    fixture.client("alpha")
    fixture.actor("binta", "support")
    request, kind, slug = REFUSED[case]
    with pytest.raises(kind) as caught:
        fixture.accounts.add(FOUNDER, request)
    assert caught.value.reason.endswith(f".{slug}")
    for language in ("en", "fr"):
        assert Speaker(language)(caught.value.reason, **caught.value.facts)
        assert Speaker(language)(caught.value.reason + "_remedy", **caught.value.facts)
    assert listed(fixture)["binta"].roles == ("support",)


def test_a_conflict_leaves_an_outcome_that_failed(fixture: MonitorFixture) -> None:
    fixture.actor("binta", "support")
    with pytest.raises(errors.Conflict):
        fixture.actor("binta", "support")
    began, ended = fixture.told(fixture.provider)[-3:-1]
    assert began.opening.kind == "actor:add"
    assert ended.body == {"of": str(began.entry), "result": "failed"}


def test_names_stand_in_the_subject_and_roles_in_the_body(fixture: MonitorFixture) -> None:
    name = mark()
    fixture.actor(name, "support")
    began, ended = fixture.told(fixture.provider)[-3:-1]
    assert began.subject == ended.subject == {"os-user": name}
    assert not holds(repr((began.body, ended.body)), name)
    assert ended.body["role.support"] == "held"


def test_a_name_of_any_bytes_is_kept_exactly(fixture: MonitorFixture) -> None:
    fixture.get(Principal(os_user="stranger-\udcff"), fixture.provider)
    for name in ("Élodie Ngo", "user@domain", "a" * 256, "latin-\udce9"):
        fixture.actor(name, "support")
        assert name in listed(fixture)


def test_a_role_that_is_taken_away_ends_with_the_next_act(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    binta = fixture.actor("binta", "support")
    fixture.actor("binta", "auditor")
    assert isinstance(fixture.get(binta, client), Grant)
    fixture.again().accounts.retire(FOUNDER, RetireActor(os_user="binta", role="support"))
    assert isinstance(fixture.get(binta, client), Denial)
    assert listed(fixture)["binta"].roles == ("auditor",)
    fixture.accounts.retire(FOUNDER, RetireActor(os_user="binta"))
    assert listed(fixture)["binta"].roles == ()
    denial = fixture.get(binta, client)
    assert isinstance(denial, Denial)
    assert denial.rule == "unknown-actor"
    # Enrolled anew, it is the same one: its id stands in entries of before.
    before = listed(fixture)["binta"].actor
    fixture.actor("binta", "legal")
    assert (listed(fixture)["binta"].actor, listed(fixture)["binta"].roles) == (before, ("legal",))


NOT_RETIRED: dict[str, tuple[RetireActor, type[errors.BaileeError], str]] = {
    "somebody who is not enrolled": (
        RetireActor(os_user="x"),
        errors.NotFound,
        "not-enrolled",
    ),
    "a role that is not held": (
        RetireActor(os_user="binta", role="auditor"),
        errors.Conflict,
        "role-not-held",
    ),
    "a role that does not exist": (
        RetireActor(os_user="binta", role="root"),
        errors.UsageError,
        "unknown-role",
    ),
    "the last with operations": (
        RetireActor(os_user="awa"),
        errors.Conflict,
        "last-operations",
    ),
}


@pytest.mark.parametrize("case", NOT_RETIRED)
def test_who_is_not_retired(fixture: MonitorFixture, case: str) -> None:
    fixture.actor("binta", "support")
    request, kind, slug = NOT_RETIRED[case]
    with pytest.raises(kind) as caught:
        fixture.accounts.retire(FOUNDER, request)
    assert caught.value.reason.endswith(f".{slug}")
    roles = {name: actor.roles for name, actor in listed(fixture).items()}
    assert roles == {"awa": ("operations",), "binta": ("support",)}


def test_a_role_of_before_that_is_put_back_gives_nothing(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    binta = fixture.actor("binta", "support")
    row = fixture.work.read(lambda tx: fixture.register.actor_named(tx, binta))
    assert row is not None
    fixture.accounts.retire(FOUNDER, RetireActor(os_user="binta"))
    fixture.meddle(
        "update actor set roles = 'support', version = 1, log_index = :at, mac = :mac"
        " where id = :id",
        {"at": row.log_index, "mac": row.mac, "id": row.id.raw},
    )
    denial = fixture.again().get(binta, client)
    assert isinstance(denial, Denial)
    assert denial.rule == "row-differs"
