"""Each noun gives its own audit, none is forgotten, and a mistake in one stops the check."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.check.rooms import audit, damage
from tests.house.source import SOURCE
from tests.run.homes import make, opened

from bailee import errors
from bailee.accounts.audit import ActorAudit
from bailee.audit import Audited, Depth, Finding, NounAudit
from bailee.backup.audit import BackupAudit
from bailee.check.openings import NOT_GRANTED
from bailee.clients.acts import AddClient
from bailee.clients.audit import ClientAudit
from bailee.keys.audit import KeyAudit
from bailee.ledgers.audit import LedgerAudit
from bailee.logs.audit.batches import BatchAudit
from bailee.logs.audit.sources import SourceAudit
from bailee.objects.acts import PutObject
from bailee.objects.audit import ObjectAudit
from bailee.run.wiring.app import App
from bailee.run.wiring.nouns import NOUNS

HOOKS: dict[str, type[NounAudit]] = {
    "home": KeyAudit,
    "stored": BatchAudit,
    "counts": ObjectAudit,
    "take": LedgerAudit,
    "done": ObjectAudit,
    "projected": KeyAudit,
    "opened": SourceAudit,
    "around": BackupAudit,
}
"""Each method that an audit may have, at an audit that has it."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.send(PutObject(client="acme", name="one", reason="kept"), [b"content"])
        house.publish()
        house.publish()  # the provider's ledger has taken a head
        yield house


def made(house: App) -> set[type[NounAudit]]:
    provider = house.parts.keyring.provider
    audited = Audited(client=provider, provider=provider, depth=Depth.QUICK)
    return {type(make(audited)) for noun in NOUNS for make in noun.audits(house.parts)}


def test_every_audit_that_is_written_is_made(house: App) -> None:
    rooms = {kind.__module__.split(".")[1] for kind in made(house)}
    written = {path.parent.relative_to(SOURCE).parts[0] for path in SOURCE.glob("*/audit.py")}
    written |= {path.parent.name for path in SOURCE.glob("*/audit/")}
    assert rooms == written - {"names"} | {"check"}  # names: a part of its nouns' audits


def test_every_method_that_an_audit_may_have_is_tried() -> None:
    methods = {name for name, of in vars(NounAudit).items() if callable(of) and name[0] != "_"}
    assert HOOKS.keys() == methods


@pytest.mark.parametrize("hook", HOOKS)
def test_a_mistake_in_an_audit_stops_the_check(
    hook: str, house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(*_: object) -> None:
        raise AttributeError(hook)

    monkeypatch.setattr(HOOKS[hook], hook, mistaken)
    with pytest.raises(AttributeError, match=hook):
        audit(house)


@pytest.mark.parametrize("hook", HOOKS)
def test_damage_that_an_audit_meets_is_named_and_the_rest_is_audited(
    hook: str, house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise errors.Damaged("errors_ledger.facts-malformed")

    monkeypatch.setattr(HOOKS[hook], hook, damaged)
    report = audit(house)
    assert damage(report) != []
    assert report.counts["entries"] > 0


def test_an_audit_that_opens_beyond_its_scopes_stops_the_check(
    house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ObjectAudit, "scopes", ())
    with pytest.raises(errors.Sealed) as raised:
        audit(house)
    assert raised.value.reason == NOT_GRANTED


@pytest.mark.parametrize("kind", [ActorAudit, ClientAudit])
def test_names_are_opened_under_the_provider_alone(kind: type[NounAudit], house: App) -> None:
    parts, provider = house.parts, house.parts.keyring.provider
    acme = parts.find_client(house.caller.who, "acme")
    scopes = {
        client: make(Audited(client=client, provider=provider, depth=Depth.DEEP)).scopes
        for client in (provider, acme)
        for noun in NOUNS
        for make in noun.audits(parts)
        if isinstance(make(Audited(client=client, provider=provider, depth=Depth.DEEP)), kind)
    }
    assert len(scopes[provider]) == 1
    assert scopes[acme] == ()


def test_rows_are_compared_with_the_entries_of_each_client(
    house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: set[str] = set()

    def projected(self: ObjectAudit) -> tuple[Finding, ...]:
        compared.add(str(self.audited.client))
        return ()

    monkeypatch.setattr(ObjectAudit, "projected", projected)
    assert damage(audit(house)) == []
    assert compared == set(map(str, house.parts.ledger.clients()))
