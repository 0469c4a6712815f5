"""Making backups of a real home: where they go, what is read back, what is kept."""

import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from tests.backup.memory import Held, Shelf
from tests.backup.rooms import backup, desk_of, recovery
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.backup.acts import BackupCreated, CreateBackup
from bailee.backup.archive import Unpacking
from bailee.backup.desk import ROWS_KEPT, SUFFIX
from bailee.backup.form import open_stream, read_head
from bailee.backup.model import Kind
from bailee.backup.service import Backups
from bailee.clients.acts import AddClient
from bailee.monitor.model import Denial, Principal
from bailee.objects.acts import DeleteObject, Put, PutObject
from bailee.run.wiring.app import House

Chunks = Iterable[bytes | bytearray | memoryview]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(PutObject(client="acme", name="a name"), [b"content" * 30_000])
        house.tend()
        yield house
    failpoint.arm("")


def names(house: House, file: bytes) -> list[str]:
    _, reader = open_stream(Held(file), recovery(house.parts.kms).open)
    return [name for name, _, _ in Unpacking(reader, reader.extent.true_size)]


def test_a_backup_of_a_home_holds_what_it_takes_to_make_it_again(house: House) -> None:
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


def test_a_backup_of_the_rows_leaves_objects_and_tiles_out(house: House) -> None:
    found = names(house, backup(house, Kind.ROWS).read_bytes())
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


def test_no_backup_holds_a_turn_secret(house: House) -> None:
    secrets = [
        (Path(custody.place) / "turn-1").read_bytes() for custody in house.parts.kms.register()
    ]
    for kind in Kind:
        _, reader = open_stream(
            Held(backup(house, kind).read_bytes()), recovery(house.parts.kms).open
        )
        archive = reader.readall()
        for text in secrets:
            assert text.split(b"\n")[3].removeprefix(b"secret ") not in archive


def test_any_tar_reads_what_was_opened(house: House) -> None:
    _, reader = open_stream(Held(backup(house).read_bytes()), recovery(house.parts.kms).open)
    with tarfile.open(fileobj=BytesIO(reader.readall())) as tar:
        assert "rows.db" in tar.getnames()
        assert all(info.isreg() and info.mode == 0o600 for info in tar)


def test_nothing_personal_stands_in_the_file(house: House) -> None:
    for kind in Kind:
        file = backup(house, kind).read_bytes()
        _, reader = open_stream(Held(file), recovery(house.parts.kms).open)
        inside = reader.readall()
        for canary in (b"acme", b"a name", b"awa", b"contentcontent"):
            assert canary not in file
            assert canary not in inside


def test_the_copy_of_the_rows_is_gone_afterwards(house: House) -> None:
    backup(house)
    assert list((house.parts.home / "backup").iterdir()) == []


def test_the_head_says_generation_and_position(house: House) -> None:
    with backup(house, Kind.ROWS).open("rb") as file:
        head, _ = read_head(Held(file.read()))
    assert head.about.generation == 1
    ledger = house.parts.ledger
    assert head.about.position == sum(ledger.log(who).count for who in ledger.clients())
    assert head.about.install == house.parts.keyring.install


def test_every_destination_gets_the_same_file(house: House) -> None:
    shelves = {"one": Shelf(), "two": Shelf(), "three": Shelf()}
    written = desk_of(house, shelves).make(Kind.HOME)
    assert written.places == ("one", "two", "three")
    assert written.missed == ()
    assert len({*(file for shelf in shelves.values() for file in shelf.files.values())}) == 1


FAILING = {
    "the first is full": (Shelf(full=True), Shelf(), "two"),
    "the second is full": (Shelf(), Shelf(full=True), "one"),
    "the first gives back a wrong bit": (Shelf(rotten=True), Shelf(), "two"),
    "the second gives back a wrong bit": (Shelf(), Shelf(rotten=True), "one"),
}


def test_a_destination_that_fails_does_not_keep_the_others_from_their_copy(house: House) -> None:
    for what, (one, two, took) in FAILING.items():
        written = desk_of(house, {"one": one, "two": two}).make(Kind.ROWS)
        assert written.places == (took,), what
        assert len(written.missed) == 1
        assert bool(one.files) == (took == "one")
        assert bool(two.files) == (took == "two")


def test_none_that_took_it_is_an_error(house: House) -> None:
    for bad in (Shelf(full=True), Shelf(rotten=True)):
        with pytest.raises((errors.CannotRecord, errors.Damaged)):
            desk_of(house, {"one": bad}).make(Kind.ROWS)
    with pytest.raises(errors.Conflict):
        desk_of(house, {}).make(Kind.ROWS)


def test_a_turn_gets_its_copies_or_stops(house: House) -> None:
    desk = desk_of(house, {"one": Shelf(), "two": Shelf()})
    copies = desk.write(1)
    assert [(copy.destination, copy.generation) for copy in copies] == [("one", 1), ("two", 1)]
    turning = house.parts.keyring.turning()
    for copy in copies:
        with desk.reading(copy) as tx:
            assert turning.state(tx).generation == 1
            assert turning.probe(tx, 1, deep=True).leaves > 0
    with pytest.raises(errors.Conflict):
        desk.write(2)
    with pytest.raises(errors.CannotRecord):
        desk_of(house, {"one": Shelf(), "two": Shelf(full=True)}).write(1)


def test_a_copy_that_rots_after_it_was_written_is_found_when_it_is_read(house: House) -> None:
    shelf = Shelf()
    desk = desk_of(house, {"one": shelf})
    copy = desk.write(1)[0]
    name = f"{copy.id}{SUFFIX}"
    data = bytearray(shelf.files[name])
    data[-20] ^= 1
    shelf.files[name] = bytes(data)
    with pytest.raises(errors.Damaged), desk.reading(copy) as tx:
        SqlKeyRows().state(tx)


def test_row_backups_rotate_and_those_of_a_home_stay(house: House) -> None:
    shelf = Shelf({"note.txt": b"not ours", "x.bailee": b"not ours either"})
    desk = desk_of(house, {"one": shelf})
    home = desk.make(Kind.HOME)
    made = [desk.make(Kind.ROWS).about for _ in range(ROWS_KEPT + 3)]
    stored = desk.stored()
    kept = {item.about.id for item in stored if item.about.kind is Kind.ROWS}
    assert len(kept) == ROWS_KEPT
    assert made[-1].id in kept
    assert home.about.id in {item.about.id for item in stored}
    assert shelf.files["note.txt"] == b"not ours"
    assert shelf.files["x.bailee"] == b"not ours either"


def test_an_object_deleted_while_the_backup_runs_is_left_out(house: House) -> None:
    answer = house.caller.call(PutObject(client="acme", name="soon gone"), [b"x"])
    assert isinstance(answer, Put)

    class Deleting(Shelf):
        """Deletes the object when the first byte of the backup arrives."""

        def put(self, name: str, chunks: Chunks) -> int:
            house.caller.call(DeleteObject(client="acme", object=str(answer.listed.object)))
            return super().put(name, chunks)

    shelf = Deleting()
    desk_of(house, {"one": shelf}).make(Kind.HOME)
    found = names(house, next(iter(shelf.files.values())))
    assert sum(name.startswith("objects/") for name in found) == 1


def test_two_backups_of_one_home_do_not_share_a_copy(house: House) -> None:
    class Nested(Shelf):
        def put(self, name: str, chunks: Chunks) -> int:
            with pytest.raises(errors.LockedByOther):
                desk_of(house, {"two": Shelf()}).make(Kind.ROWS)
            return super().put(name, chunks)

    assert desk_of(house, {"one": Nested()}).make(Kind.ROWS).places == ("one",)


FAULTS = (
    "backup.room:before",
    "backup.room:after",
    "rows.copy:before",
    "rows.copy:after",
    "backup.write:before",
    "backup.write:after",
)


def test_a_backup_that_fails_on_the_way_leaves_the_home_as_it_was(house: House) -> None:
    for fault in FAULTS:
        failpoint.arm(f"{fault}=raise")
        with pytest.raises(errors.CannotRecord):
            backup(house, Kind.ROWS)
        failpoint.arm("")
        assert list((house.parts.home / "backup").iterdir()) == [], fault
    assert backup(house, Kind.ROWS).exists()


def test_the_act_is_recorded_with_what_was_written(house: House) -> None:
    parts = house.parts
    service = Backups(
        work=parts.work,
        desk=desk_of(house),
        door=parts.monitor,
        provider=parts.keyring.provider,
    )
    answer = service.create(Principal(os_user="awa"), CreateBackup(rows_only=True))
    assert isinstance(answer, BackupCreated)
    assert answer.written.about.kind is Kind.ROWS
    denied = service.create(Principal(os_user="nobody"), CreateBackup())
    assert isinstance(denied, Denial)
