"""Making backups of a real home: where they go, what is read back, what is kept."""

import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.answers import asked, done
from tests.backup.memory import Held, Shelf
from tests.backup.rooms import backup, recovery, writer_of
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.backup.acts import CreateBackup
from bailee.backup.archive import Unpacking
from bailee.backup.form import open_stream, read_head
from bailee.backup.model import BackupKind, Written
from bailee.backup.service import Backups
from bailee.backup.writer import ROWS_KEPT, SUFFIX
from bailee.clients.acts import AddClient
from bailee.objects.acts import DeleteObject, ObjectPut, PutObject
from bailee.run.wiring.app import App

Chunks = Iterable[bytes | bytearray | memoryview]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[App]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.send(PutObject(client="acme", name="a name"), [b"content" * 30_000])
        house.publish()
        yield house
    failpoint.arm("")


def names(house: App, file: bytes) -> list[str]:
    _, reader = open_stream(Held(file), recovery(house.parts.kms).open)
    return [name for name, _, _ in Unpacking(reader, reader.extent.true_size)]


def test_a_backup_of_a_home_holds_what_it_takes_to_make_it_again(house: App) -> None:
    found = names(house, backup(house).read_bytes())
    kinds = [name.partition("/")[0] for name in found]
    assert kinds.index("rows.db") < kinds.index("objects") < kinds.index("ledger")
    assert {"rows.db", "keyring", "bailee.toml"} < set(found)
    assert kinds.count("objects") == 1
    logs = {name.split("/")[1] for name in found if name.startswith("ledger/")}
    assert len(logs) == 2
    for log in logs:
        held = [name.split("/", 2)[2] for name in found if name.startswith(f"ledger/{log}/")]
        assert held[0].startswith("signer") or "signer" in held
        assert any(name.startswith("tile/entries/") for name in held)


def test_a_backup_of_the_rows_leaves_objects_and_tiles_out(house: App) -> None:
    found = names(house, backup(house, BackupKind.ROWS).read_bytes())
    assert sorted({name.rpartition("/")[2] for name in found}) == [
        "bailee.toml",
        "checkpoint",
        "keyring",
        "rows.db",
        "signer",
    ]
    assert found.index("rows.db") > max(
        place for place, name in enumerate(found) if name.endswith("signer")
    )


def test_no_backup_holds_a_turn_secret(house: App) -> None:
    secrets = [
        (Path(custody.place) / "turn-1").read_bytes() for custody in house.parts.kms.register()
    ]
    for kind in BackupKind:
        _, reader = open_stream(
            Held(backup(house, kind).read_bytes()), recovery(house.parts.kms).open
        )
        archive = reader.readall()
        for text in secrets:
            assert not holds(archive, text.split(b"\n")[3].removeprefix(b"secret "))


def test_any_tar_reads_what_was_opened(house: App) -> None:
    _, reader = open_stream(Held(backup(house).read_bytes()), recovery(house.parts.kms).open)
    with tarfile.open(fileobj=BytesIO(reader.readall())) as tar:
        assert "rows.db" in tar.getnames()
        assert all(info.isreg() and info.mode == 0o600 for info in tar)


def test_nothing_personal_stands_in_the_file(house: App) -> None:
    name, label, user, content = (mark() for _ in range(4))
    house.caller.call(AddClient(label=label))
    house.caller.call(AddActor(os_user=user, role="support"))
    house.caller.send(PutObject(client=label, name=name), [content.encode() * 20_000])
    house.publish()
    for kind in BackupKind:
        file = backup(house, kind).read_bytes()
        _, reader = open_stream(Held(file), recovery(house.parts.kms).open)
        inside = reader.readall()
        for value in (name, label, user, content):
            assert not holds(file, value.encode())
            assert not holds(inside, value.encode())


def test_the_copy_of_the_rows_is_gone_afterwards(house: App) -> None:
    backup(house)
    assert list((house.parts.home / "backup").iterdir()) == []


def test_the_head_says_generation_and_position(house: App) -> None:
    with backup(house, BackupKind.ROWS).open("rb") as file:
        head, _ = read_head(Held(file.read()))
    assert head.about.generation == 1
    ledger = house.parts.ledger
    assert head.about.position == sum(ledger.row_of(who).count for who in ledger.clients())
    assert head.about.install == house.parts.keyring.install


def test_every_destination_gets_the_same_file(house: App) -> None:
    shelves = {"one": Shelf(), "two": Shelf(), "three": Shelf()}
    written = writer_of(house, shelves).make(BackupKind.HOME)
    assert written.places == ("one", "two", "three")
    assert written.missed == ()
    assert len({*(file for store in shelves.values() for file in store.files.values())}) == 1


FAILING = {
    "the first is full": (Shelf(full=True), Shelf(), "two"),
    "the second is full": (Shelf(), Shelf(full=True), "one"),
    "the first gives back a wrong bit": (Shelf(rotten=True), Shelf(), "two"),
    "the second gives back a wrong bit": (Shelf(), Shelf(rotten=True), "one"),
}


def test_a_destination_that_fails_does_not_keep_the_others_from_their_copy(house: App) -> None:
    for what, (one, two, took) in FAILING.items():
        written = writer_of(house, {"one": one, "two": two}).make(BackupKind.ROWS)
        assert written.places == (took,), what
        assert len(written.missed) == 1
        assert bool(one.files) == (took == "one")
        assert bool(two.files) == (took == "two")


def test_none_that_took_it_is_an_error(house: App) -> None:
    for bad in (Shelf(full=True), Shelf(rotten=True)):
        with pytest.raises((errors.CannotRecord, errors.Damaged)):
            writer_of(house, {"one": bad}).make(BackupKind.ROWS)
    with pytest.raises(errors.Conflict):
        writer_of(house, {}).make(BackupKind.ROWS)


def test_a_turn_gets_its_copies_or_stops(house: App) -> None:
    writer = writer_of(house, {"one": Shelf(), "two": Shelf()})
    copies = writer.write(1)
    assert [(copy.destination, copy.generation) for copy in copies] == [("one", 1), ("two", 1)]
    turning = house.parts.keyring.turning()
    for copy in copies:
        with writer.reading(copy) as tx:
            assert turning.state(tx).generation == 1
            assert turning.probe(tx, 1, deep=True).leaves > 0
    with pytest.raises(errors.Conflict):
        writer.write(2)
    with pytest.raises(errors.CannotRecord):
        writer_of(house, {"one": Shelf(), "two": Shelf(full=True)}).write(1)


def test_a_copy_that_rots_after_it_was_written_is_found_when_it_is_read(house: App) -> None:
    store = Shelf()
    writer = writer_of(house, {"one": store})
    copy = writer.write(1)[0]
    name = f"{copy.id}{SUFFIX}"
    data = bytearray(store.files[name])
    data[-20] ^= 1
    store.files[name] = bytes(data)
    with pytest.raises(errors.Damaged), writer.reading(copy) as tx:
        SqlKeyRows().state(tx)


def test_row_backups_rotate_and_those_of_a_home_stay(house: App) -> None:
    store = Shelf({"note.txt": b"not ours", "x.bailee": b"not ours either"})
    writer = writer_of(house, {"one": store})
    home = writer.make(BackupKind.HOME)
    made = [writer.make(BackupKind.ROWS).about for _ in range(ROWS_KEPT + 3)]
    stored = writer.stored()
    kept = {item.about.id for item in stored if item.about.kind is BackupKind.ROWS}
    assert len(kept) == ROWS_KEPT
    assert made[-1].id in kept
    assert home.about.id in {item.about.id for item in stored}
    assert store.files["note.txt"] == b"not ours"
    assert store.files["x.bailee"] == b"not ours either"


def test_an_object_deleted_while_the_backup_runs_is_left_out(house: App) -> None:
    answer = done(house.caller.send(PutObject(client="acme", name="soon gone"), [b"x"]))
    assert isinstance(answer, ObjectPut)

    class Deleting(Shelf):
        """Deletes the object when the first byte of the backup arrives."""

        def put(self, name: str, chunks: Chunks) -> int:
            house.caller.call(DeleteObject(client="acme", object=str(answer.object)))
            return super().put(name, chunks)

    store = Deleting()
    writer_of(house, {"one": store}).make(BackupKind.HOME)
    found = names(house, next(iter(store.files.values())))
    assert sum(name.startswith("objects/") for name in found) == 1


def test_two_backups_of_one_home_do_not_share_a_copy(house: App) -> None:
    class Nested(Shelf):
        def put(self, name: str, chunks: Chunks) -> int:
            with pytest.raises(errors.LockedByOther):
                writer_of(house, {"two": Shelf()}).make(BackupKind.ROWS)
            return super().put(name, chunks)

    assert writer_of(house, {"one": Nested()}).make(BackupKind.ROWS).places == ("one",)


FAULTS = (
    "backup.room:before",
    "backup.room:after",
    "rows.copy:before",
    "rows.copy:after",
    "backup.write:before",
    "backup.write:after",
)


def test_a_backup_that_fails_on_the_way_leaves_the_home_as_it_was(house: App) -> None:
    for fault in FAULTS:
        failpoint.arm(f"{fault}=raise")
        with pytest.raises(errors.CannotRecord):
            backup(house, BackupKind.ROWS)
        failpoint.arm("")
        assert list((house.parts.home / "backup").iterdir()) == [], fault
    assert backup(house, BackupKind.ROWS).exists()


def test_the_act_is_recorded_with_what_was_written(house: App) -> None:
    parts = house.parts
    service = Backups(
        writer=writer_of(house),
        monitor=parts.monitor,
        provider=parts.keyring.provider,
    )
    answer = service.create(Principal(os_user="awa"), CreateBackup(rows_only=True))
    assert isinstance(answer, Written)
    assert answer.about.kind is BackupKind.ROWS
    denied = asked(service.create, Principal(os_user="nobody"), CreateBackup())
    assert isinstance(denied, Denial)
