"""What must hold after a crash at any moment, whoever looks: each sentence here is an assertion.

The judge opens the home by the normal path, which is all the recovery there is.
"""

import hashlib
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.answers import done
from tests.run import faults_scenario, homes
from tests.run.faults_scenario import CONTENTS, Ack, acknowledged, held, leaves

from bailee.audit import Depth
from bailee.check.acts import RunCheck
from bailee.clients.acts import ListClients
from bailee.ids import ClientId
from bailee.ledger.model import EntryShown
from bailee.ledgers.acts import ExportLedger, ShowEntries, ShowKey
from bailee.proof.run import run as verify
from bailee.proof.verdict import Outcome
from bailee.run.wiring.app import App

KNOWN = {hashlib.sha256(data).hexdigest() for data in CONTENTS.values()}


def audit(place: Path, *, complete: bool = False) -> None:
    """Judge a home after a crash; `complete` when the scenario has since come to its end."""
    acks = acknowledged(place)
    if not (place / "home").exists():
        assert not acks, "a home that was acknowledged is gone"
        return
    with faults_scenario.first_home(place) as house:
        _objects(house, acks, complete=complete)
        assert not house.publish(), "a log cannot be folded"
        for client in house.parts.ledger.clients():
            assert house.parts.ledger.settled(client), "a log is not folded"
        _logs(house, acks, place)
        entries_hold(house)
        clean(house)
    _restored(place, acks)


def _restored(place: Path, acks: Mapping[str, Ack]) -> None:
    """A restored home is there whole or not at all."""
    second = place / faults_scenario.RESTORED
    assert second.exists() or "restore" not in set(acks)
    if second.exists():
        with homes.opened(place, home=second.name) as house:
            _objects(house, acks, complete=True)
            clean(house)


def clean(house: App) -> None:
    """Deep judgement finds no damage; files that no row names are told of, and are none."""
    checked = done(house.caller.call(RunCheck(depth=Depth.DEEP)))
    assert checked.clean, checked.findings


def _objects(house: App, acks: Mapping[str, Ack], *, complete: bool) -> None:
    """Acknowledged contents are whole, deleted ones absent; nothing else is held, nor twice."""
    known = [client.label for client in done(house.caller.call(ListClients()))]
    assert len(known) == len(set(known)), "a client is there twice"
    assert ("acme" in known) or "client" not in set(acks), "an acknowledged client is gone"
    if "acme" not in known:
        return
    found = {
        name: [hashlib.sha256(content).hexdigest() for content in contents]
        for name, contents in held(house).items()
    }
    for name, digests in found.items():
        assert set(digests) <= KNOWN, f"wrong bytes are held as {name}"
        assert len(digests) == len(set(digests)), f"{name} was taken in twice"
    deleted = {ack["deleted"] for ack in acks.values() if "deleted" in ack}
    for ack in acks.values():
        match ack.get("put"):
            case [name, digest] if name not in deleted and name != "c.txt":
                assert digest in found.get(name, []), f"acknowledged bytes of {name} are gone"
            case ["c.txt", digest] if "actor" not in acks:  # nobody had asked for its deletion yet
                assert digest in found.get("c.txt", []), "c.txt is gone before its deletion"
    assert not deleted & found.keys(), "a deleted object is held"
    if complete:
        kept = {name: len(digests) for name, digests in found.items()}
        assert kept == {"a.txt": 2, "b.bin": 1, "d.txt": 1}


def _logs(house: App, acks: Mapping[str, Ack], place: Path) -> None:
    """What was acknowledged in a log is its beginning for ever, and the checkpoints are a chain."""
    relied: dict[str, Mapping[str, object]] = {}
    for ack in acks.values():
        relied |= ack.get("logs", {})
    for text, log in relied.items():
        client = ClientId.parse(text)
        now = house.parts.ledger.row_of(client)
        count = int(str(log["count"]))
        assert now.count >= count, "acknowledged entries are gone"
        assert leaves(house, client, count) == log["leaves"], "acknowledged entries have changed"
    labels = {"acme": None, **{c.label: c.client for c in done(house.caller.call(ListClients()))}}
    for label, known in labels.items():
        if known is not None:
            since = relied.get(str(known), {}).get("checkpoint")
            verifies(house, label, place, str(since) if since else None)


def verifies(house: App, label: str, place: Path, since: str | None) -> None:
    folder = place / "export"
    shutil.rmtree(folder, ignore_errors=True)
    asked = ExportLedger(client=label, purpose="verification")
    done(house.caller.send(asked, _Folder(folder)))
    earlier = place / "since"
    if since:
        earlier.write_text(since)
    key = done(house.caller.call(ShowKey(client=label, purpose="verification"))).vkey
    verdict = verify(folder, key=key, since=earlier if since else None)
    assert verdict.outcome is Outcome.VERIFIED, [step.id for step in verdict.steps]


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, data: bytes) -> None:
        self.append(name, data)

    def append(self, name: str, data: bytes) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(data)


def entries_hold(house: App) -> None:
    """Each entry opens; an act has one outcome at most, a log one beginning."""
    for client in done(house.caller.call(ListClients())):
        asked = ShowEntries(client=client.label, purpose="verification")
        shown = done(house.caller.call(asked))
        assert not shown.lost
        _told_once(shown.entries)


def _told_once(entries: Sequence[EntryShown]) -> None:
    kinds = Counter(shown.opening.kind for shown in entries)
    assert kinds["log:open"] == 1
    outcomes = [shown.body["of"] for shown in entries if shown.opening.kind == "outcome"]
    assert len(outcomes) == len(set(outcomes)), "an act has two outcomes"
    acts = {str(shown.entry) for shown in entries}
    assert set(outcomes) <= acts, "an outcome of no act"
