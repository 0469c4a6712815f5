"""Homes that are bent, half-turned or half-written: judged all the same, and rightly."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.backup.rooms import writer_of
from tests.check.rooms import audit, damage, kinds
from tests.patience import HANGS_S
from tests.run.homes import make, opened

from bailee.accounts.acts import AddActor
from bailee.audit import WARNINGS, Depth, FindingKind, found
from bailee.clients.acts import AddClient
from bailee.keyring.model import Phase
from bailee.keys.turn import Turn
from bailee.ledger.keychange import change_key
from bailee.objects.acts import DeleteObject, PutObject
from bailee.run.wiring.app import App
from bailee.secret import Secret
from bailee.text import LANGUAGES, catalogue


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.send(PutObject(client="acme", name="one"), [b"x" * 500])
        yield house


class Nods:
    def rehearsed(self, root: Secret[bytes]) -> bool:
        return bool(root)


def turn_of(house: App) -> Turn:
    return Turn(
        work=house.parts.work,
        keyring=house.parts.keyring,
        kms=house.parts.kms,
        backup=writer_of(house),
        printer=Nods(),
        clock=house.parts.clock,
        newest=house.parts.anchoring.require_all,
    )


def execute(house: App, statement: str, *values: object) -> None:
    connection = sqlite3.connect(house.parts.home / "rows.db", timeout=HANGS_S)
    assert connection.execute(statement, values).rowcount
    connection.commit()
    connection.close()


def test_a_role_set_back_to_an_older_state_is_named(house: App) -> None:
    """The MAC of the older row is genuine: only the log tells, and only the judgement says so."""
    call = house.caller.call
    call(AddActor(os_user="binta", role="auditor"))
    query = "select id, roles, version, log_index, mac from actor where roles like '%auditor%'"
    connection = sqlite3.connect(house.parts.home / "rows.db")
    ident, *older = connection.execute(query).fetchone()
    connection.close()
    call(AddActor(os_user="binta", role="security"))
    execute(
        house,
        "update actor set roles = ?, version = ?, log_index = ?, mac = ? where id = ?",
        *older,
        ident,
    )
    house.publish()
    for depth in Depth:
        assert ("power-differs", "older") in {
            (kind, facts.get("what")) for kind, facts in damage(audit(house, depth))
        }


def test_a_forged_row_is_named_though_every_act_is_refused(house: App) -> None:
    execute(house, "update client set is_provider = 1 - is_provider")
    report = audit(house)
    assert {"register-bent", "power-forged"} <= kinds(report)
    assert report.exit_code == 10


def test_a_log_that_changed_its_key_is_clean(house: App) -> None:
    parts = house.parts
    house.publish()
    for client in parts.ledger.clients():
        now = parts.clock.now_ms()
        parts.work.run(
            client,
            lambda tx, of=client, now=now: change_key(  # type: ignore[misc]  # bound early on purpose
                parts.ledger, parts.entries, parts.keyring, tx, of, now
            ),
        )
        assert damage(audit(house)) == []
        parts.ledger.sequence(client)
    assert damage(audit(house)) == []
    execute(house, "update ledger_key_change set idx = idx + 1")
    assert "log-key" in kinds(audit(house))


STEPS: tuple[Callable[[Turn], object], ...] = (
    lambda turn: turn.begin(new_root=False),
    lambda turn: turn.spread(),
    lambda turn: turn.rewrap_some(),
    lambda turn: turn.rewrap(),
    lambda turn: turn.prove(),
    lambda turn: turn.destroy(),
)


def test_a_home_is_clean_at_every_step_of_a_turn(house: App) -> None:
    call = house.caller.call
    for number, step in enumerate(STEPS):
        house.caller.send(PutObject(client="acme", name=f"made at {number}"), [b"y"])
        step(turn_of(house))
        assert damage(audit(house)) == [], number
        call(DeleteObject(client="acme", object=f"made at {number}"))
        assert damage(audit(house)) == [], number


def test_a_turn_secret_that_a_crash_left_half_destroyed_is_no_damage(house: App) -> None:
    """From T3 on the old generation is ending: its secret may be bent, or gone from one place."""
    for step in STEPS[:-1]:
        step(turn_of(house))
    house.parts.work.run(
        house.parts.keyring.provider,
        lambda tx: house.parts.keyring.turning().save(
            tx, replace(house.parts.keyring.turning().state(tx), phase=Phase.T3)
        ),
    )
    secret = house.parts.home.with_name("home.custodian-1") / "turn-1"
    secret.write_bytes(bytes(len(secret.read_bytes())))
    assert damage(audit(house)) == []


def test_what_a_crash_leaves_between_two_steps_of_the_signer_is_no_damage(house: App) -> None:
    house.publish()
    log = house.parts.ledger.row_of(house.parts.keyring.provider)
    checkpoint = house.parts.home / "ledger" / str(log.log) / "checkpoint"
    before = checkpoint.read_bytes()
    house.caller.call(AddClient(label="zebu"))
    house.publish()
    checkpoint.write_bytes(before)  # published late: the head in the rows is newer
    report = audit(house)
    assert damage(report) == []
    assert FindingKind.CHECKPOINT_BEHIND in {item.kind for item in report.findings}
    checkpoint.unlink()
    assert damage(audit(house)) == []


def test_a_file_that_no_row_names_is_counted_and_no_damage(house: App) -> None:
    house.parts.blobs.put("bl-" + "a" * 26, [b"a stray"])
    report = audit(house)
    assert damage(report) == []
    assert found(FindingKind.FILES_UNNAMED, count=1) in report.findings


def test_what_quick_looks_at(house: App) -> None:
    house.publish()
    path = next((house.parts.home / "objects").glob("*/bl-*"))
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    assert damage(audit(house, Depth.QUICK)) == []
    assert kinds(audit(house, Depth.DEEP)) == {"object-content"}
    path.write_bytes(data[:-1])
    assert kinds(audit(house, Depth.QUICK)) == {"object-size"}


def test_each_kind_has_its_sentence_in_every_language() -> None:
    for language in LANGUAGES:
        said = {key for key in catalogue(language) if key.startswith("check.")}
        assert said == {f"check.{kind}" for kind in FindingKind}
    assert set(FindingKind) > WARNINGS
