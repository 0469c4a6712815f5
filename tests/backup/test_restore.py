"""Restoring real homes: what lives again, what stays gone, what is refused."""

import shutil
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.memory import member
from tests.backup.rooms import (
    backup,
    path_of,
    recovery,
    recovery_of,
    restore,
    unpacker,
    writer_of,
)
from tests.run.homes import SOMEONE, make, opened

from bailee import errors, failpoint
from bailee.act import Denial, Principal
from bailee.adapters.backup.staging import StagingFolder
from bailee.adapters.objects.directory import DirectoryStore
from bailee.backup.acts import BackupRehearsed, BackupRestored, RestoreBackup
from bailee.backup.archive import pack
from bailee.backup.form import seal
from bailee.backup.model import About, BackupKind
from bailee.backup.restore import Rehearsals
from bailee.backup.writer import Recovery
from bailee.clients.acts import AddClient
from bailee.ids import BackupId, InstallId
from bailee.keys.recovery import join, read_share
from bailee.keys.turn import Turn
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.objects.acts import (
    DeleteObject,
    GetObject,
    ListObjects,
    ObjectGiven,
    ObjectPut,
    PutObject,
)
from bailee.proof.tree.tiles import tiles_of
from bailee.run.wiring.app import App
from bailee.run.wiring.init import Founded
from bailee.run.wiring.restoring import rehearse
from bailee.secret import Secret

Chunks = Iterable[bytes | bytearray | memoryview]
CONTENT = b"content " * 20_000


@pytest.fixture
def founded(tmp_path: Path) -> Founded:
    return make(tmp_path)


@pytest.fixture
def house(tmp_path: Path, founded: Founded) -> Iterator[App]:
    assert founded.pages
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        put(house, "one", CONTENT)
        house.publish()
        yield house
    failpoint.arm("")


def put(house: App, name: str, content: bytes = b"x") -> ObjectPut:
    answer = done(house.caller.send(PutObject(client="acme", name=name), [content]))
    assert isinstance(answer, ObjectPut)
    return answer


def delete(house: App, name: str) -> None:
    house.caller.call(DeleteObject(client="acme", object=name))


def get(house: App, name: str) -> bytes:
    given = done(house.caller.call(GetObject(client="acme", object=name, purpose="client-request")))
    assert isinstance(given, ObjectGiven)
    return b"".join(map(bytes, given.chunks))


def listed(house: App) -> list[str]:
    return sorted(item.name for item in done(house.caller.call(ListObjects(client="acme"))))


def turn(house: App) -> None:
    class Nods:
        def rehearsed(self, root: Secret[bytes]) -> bool:
            return bool(root)

    Turn(
        work=house.parts.work,
        keyring=house.parts.keyring,
        kms=house.parts.kms,
        backup=writer_of(house),
        printer=Nods(),
        clock=house.parts.clock,
        newest=house.parts.anchoring.require_all,
    ).run(lambda *_: None)


def lose(place: Path) -> None:
    """The machine burns; custodians and backups are elsewhere."""
    shutil.rmtree(place / "home")


def restored(place: Path, known: Recovery, *files: Path) -> BackupRestored:
    answer = restore(place, known, files)
    assert isinstance(answer, BackupRestored)
    return answer


# --- what lives again --------------------------------------------------------------------------


def test_a_home_comes_back_from_one_file(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    before = house.parts.ledger.row_of(house.parts.keyring.provider)
    lose(tmp_path)
    answer = restored(tmp_path, known, file)
    assert (answer.objects, answer.missing) == (1, 0)
    assert answer.mended.forgotten == 0
    with opened(tmp_path) as again:
        assert get(again, "one") == CONTENT
        after = again.parts.ledger.row_of(again.parts.keyring.provider)
        assert after.log == before.log
        assert after.count > before.count
        put(again, "two", b"goes on")
        assert listed(again) == ["one", "two"]
    assert not (tmp_path / "home.restoring").exists()


def test_the_kit_alone_opens_a_backup(tmp_path: Path, house: App, founded: Founded) -> None:
    file = backup(house)
    root = join([read_share(page) for page in founded.pages[1:]])
    lose(tmp_path)
    assert restored(tmp_path, recovery_of(root, founded.install), file).objects == 1
    with pytest.raises(errors.Sealed) as caught:
        restore(tmp_path, recovery_of(Secret(bytes(32)), founded.install), [file], home="other")
    assert caught.value.reason == "errors_backup.other-recovery-key"


def test_the_newest_rows_take_objects_of_any_age(tmp_path: Path, house: App) -> None:
    known, old = recovery(house.parts.kms), backup(house)
    put(house, "two", b"later")
    middle = backup(house)
    delete(house, "one")
    put(house, "three", b"never backed up with its home")
    rows = backup(house, BackupKind.ROWS)
    lose(tmp_path)
    answer = restored(tmp_path, known, old, rows, middle)
    assert answer.rows.kind is BackupKind.ROWS
    assert (answer.objects, answer.missing) == (1, 1)
    with opened(tmp_path) as again:
        assert listed(again) == ["three", "two"]
        assert get(again, "two") == b"later"
        with pytest.raises(errors.Damaged, match="missing"):
            get(again, "three")


def test_tiles_follow_from_the_rows(tmp_path: Path, house: App) -> None:
    for number in range(70):  # four entries each: beyond the first full tile
        put(house, f"object {number}")
    house.publish()
    logs = [house.parts.ledger.row_of(client) for client in house.parts.ledger.clients()]
    tiles = {
        path: (tmp_path / "home" / path).read_bytes()
        for log in logs
        for path in (f"ledger/{log.log}/{tile.path}" for tile in tiles_of(log.head.size))
    }
    assert any(path.endswith("tile/0/000") for path in tiles)
    rows = backup(house, BackupKind.ROWS)
    known = recovery(house.parts.kms)
    lose(tmp_path)
    with StagingFolder(tmp_path / "home") as staging:
        unpacker(known).fill(staging, (str(rows),))
        for name, data in tiles.items():
            assert (staging.folder / name).read_bytes() == data


def test_what_was_signed_after_the_rows_were_copied_comes_back_as_lost(
    tmp_path: Path, house: App
) -> None:
    class Busy(DirectoryStore):
        """While the backup is written, the home goes on and signs."""

        def put(self, name: str, chunks: Chunks) -> int:
            if name.startswith("ba-"):
                put(house, "too late", b"x")
                house.publish()
            return super().put(name, chunks)

    place = tmp_path / "busy"
    written = writer_of(house, {str(place): Busy(place)}).make(BackupKind.HOME)
    heads = {client: house.parts.ledger.row_of(client) for client in house.parts.ledger.clients()}
    known = recovery(house.parts.kms)
    lose(tmp_path)
    answer = restored(tmp_path, known, path_of(written))
    assert answer.mended.lost >= 4
    with opened(tmp_path) as again:
        assert listed(again) == ["one"]
        for client, head in heads.items():
            log = again.parts.ledger.row_of(client)
            assert log.head.size >= head.head.size  # it goes on from what was signed
        shown = done(again.caller.call(ShowEntries(client="acme")))
        assert isinstance(shown, EntriesShown)
        assert shown.lost >= 4


def entries(house: App) -> int:
    ledger = house.parts.ledger
    return sum(ledger.row_of(client).count for client in ledger.clients())


def test_entries_after_the_backup_are_counted_as_custodians_know_them(
    tmp_path: Path, house: App
) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    then = entries(house)
    put(house, "too late", b"x")
    house.caller.call(AddClient(label="later"))
    house.publish()
    gone = entries(house) - then
    lose(tmp_path)
    answer = restored(tmp_path, known, file)
    assert gone > 0
    assert (answer.mended.beyond, answer.mended.lost) == (gone, 0)


def test_restoring_twice_gives_the_same_home(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    lose(tmp_path)
    restored(tmp_path, known, file)
    lose(tmp_path)
    restored(tmp_path, known, file)
    with opened(tmp_path) as again:
        assert get(again, "one") == CONTENT


# --- what stays gone ---------------------------------------------------------------------------


def test_what_was_deleted_since_stays_deleted(tmp_path: Path, house: App) -> None:
    put(house, "two", b"to be erased")
    known, file = recovery(house.parts.kms), backup(house)
    delete(house, "two")
    announce(house)
    lose(tmp_path)
    answer = restored(tmp_path, known, file)
    assert answer.mended.forgotten == 2  # its label and its content
    with opened(tmp_path) as again:
        assert listed(again) == ["one"]
        shown = done(again.caller.call(ShowEntries(client="acme")))
        assert isinstance(shown, EntriesShown)
        named = [entry.body for entry in shown.entries if "object.1" in entry.body]
        assert len(named) == 1


def announce(house: App) -> None:
    parts = house.parts
    for pending in parts.work.read(parts.keyring.unannounced):
        parts.keyring.announce(pending)


def test_rows_that_a_turn_has_ended_are_refused(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    turn(house)
    lose(tmp_path)
    alone = tmp_path / "alone"
    alone.mkdir()
    old = Path(shutil.copy(file, alone))
    with pytest.raises(errors.Sealed) as caught:
        restore(tmp_path, known, [old])
    assert caught.value.reason == "errors_backup.older-generation"
    assert caught.value.facts == {"generation": 1, "held": 2}
    assert not (tmp_path / "home").exists()


def test_the_backup_of_the_turn_brings_objects_of_before_it(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    turn(house)
    rows = next(
        path for path in file.parent.iterdir() if path != file and path.suffix == file.suffix
    )
    lose(tmp_path)
    answer = restored(tmp_path, known, file, rows)
    assert (answer.rows.generation, answer.objects) == (2, 1)
    with opened(tmp_path) as again:
        assert get(again, "one") == CONTENT


# --- what is refused ---------------------------------------------------------------------------


def test_a_newer_backup_beside_it_is_not_passed_over(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    put(house, "two")
    newer = backup(house, BackupKind.ROWS)
    lose(tmp_path)
    with pytest.raises(errors.Conflict) as caught:
        restore(tmp_path, known, [file])
    assert caught.value.reason == "errors_backup.newer-there"
    assert str(caught.value.facts["backups"]) in newer.name
    restored(tmp_path, known, file, newer)


def test_a_home_that_is_there_is_never_touched(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    with pytest.raises(errors.Conflict) as caught:
        restore(tmp_path, known, [file])
    assert caught.value.reason == "errors_backup.home-there"
    lose(tmp_path)
    (tmp_path / "home").mkdir()
    restored(tmp_path, known, file)  # an empty folder is no home


def test_backups_of_two_installations_do_not_mix(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    other = tmp_path / "elsewhere"
    other.mkdir()
    make(other)
    with opened(other) as strange:
        strange_file = backup(strange)
    with pytest.raises(errors.UsageError):
        restore(tmp_path, known, [file, strange_file], home="new")
    with pytest.raises(errors.UsageError):
        restore(tmp_path, known, [], home="new")


def test_backups_of_two_histories_are_refused(tmp_path: Path, house: App) -> None:
    """A home restored from Monday goes on beside the one that lived on: one of them lies."""
    known, monday = recovery(house.parts.kms), backup(house)
    put(house, "the first history")
    house.publish()
    one = backup(house)
    lose(tmp_path)
    aside = tmp_path / "aside"
    aside.mkdir()
    for file in (monday, one):
        shutil.move(file, aside)
    monday = aside / monday.name
    alone = tmp_path / "alone"
    alone.mkdir()
    restored(tmp_path, known, Path(shutil.copy(monday, alone)))
    with opened(tmp_path) as again:
        for number in range(3):
            put(again, f"the second history {number}")
        again.publish()
        other = backup(again)
    lose(tmp_path)
    with pytest.raises(errors.Damaged) as caught:
        restore(tmp_path, known, [aside / one.name, other])
    assert caught.value.reason == "errors_backup.fork"


def test_who_may_not_restore_gets_a_refusal_and_no_home(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    lose(tmp_path)
    answer = restore(tmp_path, known, [file], who=Principal(os_user="nobody"))
    assert isinstance(answer, Denial)
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "home.restoring").exists()


def test_a_flipped_bit_anywhere_in_the_file_is_refused(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house, BackupKind.ROWS)
    whole = file.read_bytes()
    for part in range(0, 100, 5):
        data = bytearray(whole)
        data[len(data) * part // 100] ^= 4
        file.write_bytes(data)
        with pytest.raises((errors.Damaged, errors.Sealed)):
            restore(tmp_path, known, [file], home="new")
        assert not (tmp_path / "new").exists()


def forged(place: Path, known: Recovery, install: InstallId, names: Iterable[str]) -> Path:
    """Make a backup as anyone can who has the public key: an envelope names no sender."""
    about = About(
        id=BackupId.new(),
        install=install,
        kind=BackupKind.ROWS,
        generation=1,
        position=9_999,
        made_ms=0,
        recovery=known.id,
    )
    members = [member(name, b"not what it says") for name in names]
    place.mkdir()
    file = place / f"{about.id}.bailee"
    file.write_bytes(b"".join(map(bytes, seal(about, pack(members), known.public))))
    return file


def test_a_forged_backup_makes_no_home(tmp_path: Path, house: App) -> None:
    known, install = recovery(house.parts.kms), house.parts.keyring.install
    for names in ((), ("keyring",), ("rows.db",), ("rows.db", "bailee.toml")):
        file = forged(tmp_path / f"forged-{len(names)}-{'-'.join(names)}", known, install, names)
        with pytest.raises(errors.BaileeError):
            restore(tmp_path, known, [file], home="new")
        assert not (tmp_path / "new").exists()


# --- crashes and rehearsals --------------------------------------------------------------------


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_restore_that_is_cut_off_leaves_a_home_or_none(
    side: str, tmp_path: Path, house: App
) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    lose(tmp_path)
    failpoint.arm(f"backup.install:{side}=raise")
    with pytest.raises(errors.CannotRecord):
        restore(tmp_path, known, [file])
    failpoint.arm("")
    assert (tmp_path / "home").exists() == (side == "after")
    if side == "before":
        restored(tmp_path, known, file)
    with opened(tmp_path) as again:
        assert get(again, "one") == CONTENT


def test_what_a_killed_restore_left_is_cleared(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    lose(tmp_path)
    left = tmp_path / "home.restoring"
    (left / "objects" / "aa").mkdir(parents=True)
    (left / "rows.db").write_bytes(b"half")
    restored(tmp_path, known, file)
    assert not left.exists()
    assert not (tmp_path / "home" / "objects" / "aa").exists()


def test_one_restore_at_a_time(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    lose(tmp_path)
    with StagingFolder(tmp_path / "home"), pytest.raises(errors.LockedByOther):
        restore(tmp_path, known, [file])


def test_a_rehearsal_touches_neither_home_nor_custodians(tmp_path: Path, house: App) -> None:
    def image() -> dict[str, bytes]:
        return {
            str(path): sha256(path.read_bytes()).digest()
            for path in tmp_path.rglob("*")
            # The anchors tell of the rehearsal's own entry, in the home beside which it is made.
            if path.is_file() and "custodian" in str(path) and path.name != "anchors"
        }

    known, file = recovery(house.parts.kms), backup(house)
    parts, before = house.parts, image()
    judged = []
    place = tmp_path / "rehearsal"

    def audit() -> int:
        judged.append(sorted(path.name for path in (tmp_path / "rehearsal.restoring").iterdir()))
        return 0

    rehearsals = Rehearsals(
        unpacker=unpacker(known),
        staging=StagingFolder(place),
        audit=audit,
        monitor=parts.monitor,
        provider=parts.keyring.provider,
    )
    answer = rehearsals.rehearse(SOMEONE, RestoreBackup(files=(str(file),), rehearse=True))
    assert isinstance(answer, BackupRehearsed)
    assert (answer.objects, answer.damaged) == (1, 0)
    assert "rows.db" in judged[0]
    assert not list(tmp_path.glob("rehearsal*"))
    assert image() == before


def test_a_home_in_use_is_rehearsed_and_goes_on(tmp_path: Path, founded: Founded) -> None:
    with opened(tmp_path) as house:
        file = backup(house)
        request = RestoreBackup(files=(str(file),), rehearse=True)
        answer = rehearse(house, request, founded.pages)
    assert isinstance(answer, BackupRehearsed)
    assert (answer.missing, answer.damaged) == (0, 0)
    assert not list(tmp_path.glob("*.rehearsal*"))
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))


def test_a_home_restored_elsewhere_says_so(tmp_path: Path, house: App) -> None:
    known, file = recovery(house.parts.kms), backup(house)
    assert isinstance(restore(tmp_path, known, [file], home="elsewhere"), BackupRestored)
    with pytest.raises(errors.Damaged, match="restored-since"), opened(tmp_path):
        pass
