"""A database administrator without a key gets nothing, whatever he writes into the rows."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.answers import asked
from tests.monitor.fixture import FOUNDER, MonitorFixture, founded

from bailee import errors
from bailee.act import Denial, Principal
from bailee.adapters.sql.engine import sql
from bailee.grant import Grant
from bailee.ids import ActorId, ClientId
from bailee.ledger.model import EntryShown
from bailee.monitor.guard import MEMORY

MALLORY = Principal(os_user="mallory")


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[MonitorFixture]:
    made = founded(tmp_path)
    yield made
    made.close()


def key_of(fixture: MonitorFixture, who: Principal) -> bytes:
    return fixture.keys.mac("os-user", who.os_user.encode())


def founder_of(fixture: MonitorFixture) -> ActorId:
    row = fixture.work.read(lambda tx: fixture.register.actor_named(tx, FOUNDER))
    assert row is not None
    return row.id


def snapshot(fixture: MonitorFixture, table: str) -> list[tuple[Any, ...]]:
    return fixture.work.read(lambda tx: sql(tx).execute(f"select * from {table}"))  # noqa: S608


def inserts_a_role(fixture: MonitorFixture) -> None:
    fixture.meddle(
        "insert into actor select :id, home, :key, sealed_os_user, roles, version, log_index, mac"
        " from actor where os_user_key = :founder",
        {
            "id": ActorId.new().raw,
            "key": key_of(fixture, MALLORY),
            "founder": key_of(fixture, FOUNDER),
        },
    )


def edits_roles(fixture: MonitorFixture) -> None:
    fixture.actor("mallory", "auditor")
    fixture.meddle(
        "update actor set roles = 'operations' where os_user_key = :key",
        {"key": key_of(fixture, MALLORY)},
    )


def edits_roles_and_copies_a_mac(fixture: MonitorFixture) -> None:
    fixture.actor("mallory", "auditor")
    fixture.meddle(
        "update actor set roles = 'operations', mac ="
        " (select mac from actor where os_user_key = :founder) where os_user_key = :key",
        {"key": key_of(fixture, MALLORY), "founder": key_of(fixture, FOUNDER)},
    )


def takes_the_founder_s_row(fixture: MonitorFixture) -> None:
    fixture.meddle(
        "update actor set os_user_key = :key where os_user_key = :founder",
        {"key": key_of(fixture, MALLORY), "founder": key_of(fixture, FOUNDER)},
    )


def copies_the_founder_s_row_whole(fixture: MonitorFixture) -> None:
    fixture.actor("mallory", "auditor")
    fixture.meddle(
        "update actor set (home, roles, version, log_index, mac) ="
        " (select home, roles, version, log_index, mac from actor where os_user_key = :founder)"
        " where os_user_key = :key",
        {"key": key_of(fixture, MALLORY), "founder": key_of(fixture, FOUNDER)},
    )


def claims_to_be_of_the_client(fixture: MonitorFixture) -> None:
    fixture.client("beta")
    fixture.actor("mallory", "client-admin", "beta")
    fixture.meddle(
        "update actor set home = (select id from client where id != home and is_provider = 0"
        " limit 1) where os_user_key = :key",
        {"key": key_of(fixture, MALLORY)},
    )


FORGERIES: dict[str, tuple[Callable[[MonitorFixture], None], str]] = {
    "inserts a role with a copied MAC": (inserts_a_role, "row-forged"),
    "edits his roles": (edits_roles, "row-forged"),
    "edits his roles and copies a MAC": (edits_roles_and_copies_a_mac, "row-forged"),
    "puts his name on the founder's row": (takes_the_founder_s_row, "row-forged"),
    "copies all but the id of the founder's row": (copies_the_founder_s_row_whole, "row-forged"),
    "moves his home to another client": (claims_to_be_of_the_client, "row-forged"),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_a_forged_actor_opens_nothing(fixture: MonitorFixture, case: str) -> None:
    client = fixture.client("alpha")
    forge, rule = FORGERIES[case]
    forge(fixture)
    for process in (fixture, fixture.again()):
        found = process.get(MALLORY, client)
        assert isinstance(found, Denial)
        assert found.rule == rule


POISONED: dict[str, str] = {
    "a client's row": "update client set is_provider = 1 where is_provider = 0",
    "a client's label": "update client set label_key = zeroblob(32) where is_provider = 0",
    "the policies in force": "update policy set hash = 'none'",
    "no policies": "delete from policy",
}


@pytest.mark.parametrize("case", POISONED)
def test_a_forged_row_beside_the_actor_opens_nothing(fixture: MonitorFixture, case: str) -> None:
    client = fixture.client("alpha")
    fixture.meddle(POISONED[case])
    found = fixture.get(FOUNDER, client)
    assert isinstance(found, Denial)
    assert found.rule == "row-forged"


BENT_LATER: dict[str, str] = {
    **POISONED,
    "the asker's roles": "update actor set roles = 'dpo'",
    "the asker's own MAC": "update actor set mac = zeroblob(32)",
    "the asker's version": "update actor set version = version + 1",
}


@pytest.mark.parametrize("case", BENT_LATER)
def test_rows_that_were_believed_are_read_and_checked_again(
    fixture: MonitorFixture, case: str
) -> None:
    client = fixture.client("alpha")
    before = {table: snapshot(fixture, table) for table in ("actor", "client", "policy")}
    assert isinstance(fixture.get(FOUNDER, client), Grant)
    fixture.meddle(BENT_LATER[case])
    found = fixture.get(FOUNDER, client)
    assert isinstance(found, Denial)
    assert found.rule == "row-forged"
    for table, rows in before.items():
        put_back(fixture, table, rows)
    assert isinstance(fixture.get(FOUNDER, client), Grant)


@pytest.mark.parametrize("column", ["home", "id"])
def test_a_row_that_does_not_read_opens_nothing(fixture: MonitorFixture, column: str) -> None:
    client = fixture.client("alpha")
    fixture.meddle(f"update actor set {column} = x'00'")  # noqa: S608  # a column of this test
    with pytest.raises(errors.Damaged):
        fixture.get(FOUNDER, client)


def test_two_rows_of_one_name_open_nothing(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    fixture.work.run(fixture.provider, lambda tx: sql(tx).change("drop index actor_by_os_user"))
    fixture.meddle(
        "insert into actor select :id, home, os_user_key, sealed_os_user, roles, version,"
        " log_index, mac from actor",
        {"id": ActorId.new().raw},
    )
    with pytest.raises(errors.Damaged):
        fixture.get(FOUNDER, client)


# --- rows that were genuine once ------------------------------------------------------------


def put_back(fixture: MonitorFixture, table: str, rows: list[tuple[Any, ...]]) -> None:
    places = ", ".join(f":c{number}" for number in range(len(rows[0])))
    if snapshot(fixture, table):
        fixture.meddle(f"delete from {table}")  # noqa: S608  # a table of this test
    for row in rows:
        values = {f"c{number}": value for number, value in enumerate(row)}
        fixture.meddle(f"insert into {table} values ({places})", values)  # noqa: S608  # as above


def of_actor(fixture: MonitorFixture) -> tuple[str, list[tuple[Any, ...]]]:
    fixture.actor("binta", "auditor")
    before = snapshot(fixture, "actor")
    fixture.actor("binta", "support")
    return "actor", before


def of_missing_actor(fixture: MonitorFixture) -> tuple[str, list[tuple[Any, ...]]]:
    before = snapshot(fixture, "actor")
    fixture.actor("binta", "support")
    return "actor", before


def of_missing_client(fixture: MonitorFixture) -> tuple[str, list[tuple[Any, ...]]]:
    before = snapshot(fixture, "client")
    fixture.client("beta")
    return "client", before


ROLLBACKS: dict[str, Callable[[MonitorFixture], tuple[str, list[tuple[Any, ...]]]]] = {
    "an actor's older roles": of_actor,
    "a register from before an actor was enrolled": of_missing_actor,
    "a register from before a client was taken on": of_missing_client,
}


@pytest.mark.parametrize("memory", ["kept", "lost", "bent"])
@pytest.mark.parametrize("case", ROLLBACKS)
def test_rows_put_back_open_nothing_for_anybody(
    fixture: MonitorFixture, case: str, memory: str
) -> None:
    client = fixture.client("alpha")
    table, before = ROLLBACKS[case](fixture)
    put_back(fixture, table, before)
    remembered = fixture.folder / "memory" / MEMORY
    if memory == "lost":
        remembered.unlink()
    if memory == "bent":
        remembered.write_bytes(b"x" * 32)
    for process in (fixture.again(), fixture.again()):  # and again: a refusal does not bless them
        found = process.get(FOUNDER, client)
        assert isinstance(found, Denial)
        assert found.rule == "row-differs"


def test_a_row_put_back_is_named_by_what_it_is(fixture: MonitorFixture) -> None:
    table, before = of_actor(fixture)
    older = {str(ActorId(row[0])) for row in before} - {str(founder_of(fixture))}
    put_back(fixture, table, before)
    inserts_a_role(fixture)
    found = fixture.guard.audit(fixture.told(fixture.provider))
    assert {(one.table, one.what) for one in found} == {
        ("actor", "forged"),
        ("actor", "older"),
        ("actor", "unknown"),
    }
    assert {one.row for one in found if one.what == "older"} == older


def test_rows_that_nobody_touched_do_not_differ(fixture: MonitorFixture) -> None:
    fixture.client("alpha")
    of_actor(fixture)
    assert fixture.guard.audit(fixture.told(fixture.provider)) == ()


def test_a_change_made_while_rows_are_bent_does_not_bless_them(fixture: MonitorFixture) -> None:
    """A long-running process has compared; what is put back after it must not be remembered."""
    client = fixture.client("alpha")
    table, before = of_actor(fixture)
    put_back(fixture, table, before)
    fixture.client("beta")  # this process compared at its start
    # But what two people agree on is used up by being believed: before that it compares anew.
    assert isinstance(asked(fixture.actor, "chantal", "support"), Denial)
    found = fixture.again().get(FOUNDER, client)
    assert isinstance(found, Denial)
    assert found.rule == "row-differs"


def test_of_the_log_is_read_what_memory_does_not_answer_for(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    fixture.actor("binta", "support")

    def opened(made: MonitorFixture) -> int:
        telling, starts = made.monitor._telling, []

        def noted(grant: Grant, start: int) -> Iterable[EntryShown]:
            starts.append(start)
            return telling(grant, start)

        made.monitor._telling = noted
        assert isinstance(made.get(FOUNDER, client), Grant)
        (start,) = starts
        return start

    assert opened(fixture.again()) > 0
    (fixture.folder / "memory" / MEMORY).unlink()
    assert opened(fixture.again()) == 0
    assert opened(fixture.again()) > 0


def test_memory_put_back_with_the_rows_does_not_bless_them(fixture: MonitorFixture) -> None:
    client = fixture.client("alpha")
    memory = fixture.folder / "memory" / MEMORY
    fixture.actor("binta", "auditor")
    assert isinstance(fixture.again().get(FOUNDER, client), Grant)
    remembered, before = memory.read_bytes(), snapshot(fixture, "actor")
    fixture.actor("binta", "support")
    put_back(fixture, "actor", before)
    memory.write_bytes(remembered)
    for process in (fixture.again(), fixture.again()):
        found = process.get(FOUNDER, client)
        assert isinstance(found, Denial)
        assert found.rule == "row-differs"


def test_nothing_personal_lies_in_the_clear(fixture: MonitorFixture) -> None:
    word = mark()
    fixture.client(f"{word}-label")
    fixture.actor(f"{word}-user", "support")
    fixture.get(Principal(os_user=f"{word}-stranger"), ClientId(fixture.provider.raw))
    for path in fixture.folder.rglob("*"):
        assert not path.is_file() or not holds(path.read_bytes(), word.encode()), path
