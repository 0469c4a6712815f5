"""A home that a version before made opens, gives all back, and goes on."""

from pathlib import Path
from typing import TypeVar

import pytest
from tests.check.rooms import answer, damage
from tests.homes.kept import ARCHIVES, Kept, unpacked
from tests.homes.make import (
    ERASED_AFTER,
    ERASED_BEFORE,
    LINES,
    OBJECTS,
    OFFICER,
    OPERATIONS,
    PASSPHRASE,
)

from bailee.accounts.acts import ListActors
from bailee.act import Denial, Principal
from bailee.adapters.backup.folder import PathBackupFolder
from bailee.adapters.backup.staging import StagingFolder
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.blobs import SqlNamedBlobs
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.backup.restore import Unpacker
from bailee.clients.acts import ListClients
from bailee.keys.acts import ListKeys, TurnKeys
from bailee.ledgers.acts import ExportLedger
from bailee.logs.acts import ListEpochs, ListStreams, SearchLog
from bailee.objects.acts import GetObject, ListObjects, PutObject
from bailee.proof.export import open_export
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import Outcome
from bailee.proof.verify import verify_export
from bailee.proof.verify_line import verify_line_receipt
from bailee.run.wiring.app import App
from bailee.run.wiring.upgrading import upgrade
from bailee.secret import Secret

T = TypeVar("T")


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.partition(".")[0])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Give one home to each test, as its version left it."""
    home = unpacked(request.param, tmp_path_factory.mktemp("kept"))
    for rehearse in (True, False):  # as `home upgrade` does, with --dry-run first
        said = upgrade(home.home, lambda: Secret(PASSPHRASE), rehearse=rehearse, clock=home.clock())
        assert said.after == NEWEST
        assert (said.backup is not None) == (said.before != NEWEST and not rehearse)
    return home


class Folder:
    """An export sink: a directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, data: bytes) -> None:
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)

    def append(self, name: str, data: bytes) -> None:
        with (self.root / name).open("ab") as file:
            file.write(data)


def done(answered: T | Denial) -> T:
    assert not isinstance(answered, Denial)
    return answered


def content(house: App, name: str) -> bytes:
    asked = GetObject(client="acme", object=name, purpose="client-request")
    return b"".join(map(bytes, done(house.caller.call(asked)).chunks))


def lines(house: App, **query: object) -> list[int]:
    """Return the numbers of the lines found in the month that was not imported."""
    asked = SearchLog(client="acme", stream="web", order="received", **query)  # type: ignore[arg-type]  # the act's own fields
    return [one.line for one in done(house.caller.call(asked)).lines]


def clean(house: App, user: int) -> bool:
    report = done(answer(house, who=Principal(os_user=f"uid-{user}")))
    assert report.counts["entries"] > 0
    return damage(report) == []


def test_a_home_of_a_version_before_is_kept() -> None:
    assert ARCHIVES
    assert all(path.stat().st_size < 600_000 for path in ARCHIVES)


def test_what_it_holds_is_listed(kept: Kept) -> None:
    with kept.opened() as house:
        clients = [one.label for one in done(house.caller.call(ListClients()))]
        actors = {one.os_user: set(one.roles) for one in done(house.caller.call(ListActors()))}
        objects = [one.name for one in done(house.caller.call(ListObjects(client="acme")))]
        streams = [one.label for one in done(house.caller.call(ListStreams(client="acme")))]
        months = done(house.caller.call(ListEpochs(client="acme")))
    assert sorted(clients) == ["acme", "other"]
    assert actors.keys() == {f"uid-{OPERATIONS}", f"uid-{OFFICER}", "fatou"}
    assert actors["fatou"] == {"client-admin"}
    assert len(actors[f"uid-{OFFICER}"]) == 5
    assert objects == ["contract.txt"]
    assert sorted(streams) == ["past", "web"]
    assert len(months) == 2


def test_what_it_holds_is_given_back(kept: Kept) -> None:
    with kept.opened() as house:
        assert content(house, "contract.txt") == OBJECTS["contract.txt"]
        assert lines(house, text="app[7]") == list(range(1, LINES.count("\n") + 1))
        about = [number for number, line in enumerate(LINES.splitlines(), 1) if "person5@" in line]
        asked = {"about": b"person5@example.org", "purpose": "client-request"}
        assert lines(house, **asked) == about
        for gone in (ERASED_BEFORE, ERASED_AFTER):
            assert lines(house, about=gone.encode(), purpose="client-request") == []


def test_it_is_clean(kept: Kept) -> None:
    with kept.opened(OFFICER) as house:
        assert clean(house, OFFICER)


def test_its_ledger_verifies_by_the_key_that_was_handed_over(kept: Kept, tmp_path: Path) -> None:
    with kept.opened(OFFICER) as house:
        done(house.caller.send(ExportLedger(client="acme"), Folder(tmp_path)))
    key = VerifierKey.parse(kept.about["vkey"])
    for export in (tmp_path, kept.place / "export"):
        assert verify_export(open_export(export), key=key).outcome is Outcome.VERIFIED
    receipt = (kept.place / "receipt").read_bytes()
    assert verify_line_receipt(receipt, key=key).outcome is Outcome.VERIFIED


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.partition(".")[0])
def test_its_backup_is_unpacked_by_its_recovery_kit(archive: Path, tmp_path: Path) -> None:
    kept = unpacked(archive, tmp_path / "kept")  # without what an upgrade backs up
    files = sorted(map(str, (kept.place / "home.backups").glob("*.bailee")))
    unpacker = Unpacker(
        store=PathBackupFolder(),
        recovery=kept.recovery(),
        ledgers=SqlEntryRows(),
        objects=SqlNamedBlobs(),
    )
    with StagingFolder(tmp_path / "home") as staging:
        found, mended = unpacker.fill(staging, files)
    assert found.missing == mended == 0
    assert found.objects > 1


def test_it_goes_on(kept: Kept) -> None:
    with kept.opened() as house:
        before = done(house.caller.call(ListKeys()))
        assert sum(one.count for one in before.pending) > 0
        put = PutObject(client="acme", name="new.txt", reason="goes on")
        done(house.caller.send(put, iter([b"goes on"])))
        assert done(house.caller.call(TurnKeys(purpose="security"))).generation == 3
        after = done(house.caller.call(ListKeys()))
        assert len(before.turns) == 1
        assert len(after.turns) == 2
        assert sum(one.count for one in after.pending) == 0
        assert content(house, "new.txt") == b"goes on"
        assert content(house, "contract.txt") == OBJECTS["contract.txt"]
        assert lines(house, text="app[7]") == list(range(1, LINES.count("\n") + 1))
    with kept.opened(OFFICER) as house:
        assert clean(house, OFFICER)
