"""File custody: the contract, its formats, and every way in which a directory may be wrong."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.absence import holds, mark
from tests.adapters.kms_contract import AAD, KEY, KmsContract

from bailee import errors, failpoint
from bailee.adapters.kms import disk, keyring_file, passphrase
from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.places import proposal, shared_disks
from bailee.clock import SystemClock
from bailee.ids import InstallId
from bailee.keyring.model import Pending
from bailee.secret import Secret

CHEAP = Cost(memory_kib=32, passes=1, lanes=4)
PHRASE = Secret(f"correct {mark()} battery")
INSTALL = InstallId(bytes(range(16)))


@dataclass
class Files:
    """A home with two custodians beside it."""

    home: Path
    custodians: tuple[Path, Path]

    def found(self, phrase: Secret[str] = PHRASE) -> FileKms:
        return FileKms.found(
            self.home,
            install=INSTALL,
            passphrase=phrase,
            custodians=self.custodians,
            clock=SystemClock(),
            unsafe_cost=CHEAP,
        )

    def open(self, phrase: Secret[str] = PHRASE) -> FileKms:
        return FileKms.open(self.home, passphrase=phrase, clock=SystemClock(), unsafe_cost=CHEAP)

    def away(self, number: int) -> Path:
        return self.home.with_name(f"away-{number}")

    def take_away(self, number: int) -> None:
        """Leave an empty directory, as an unmounted disk does."""
        self.custodians[number].rename(self.away(number))
        self.custodians[number].mkdir(mode=0o700)

    def bring_back(self, number: int) -> None:
        self.custodians[number].rmdir()
        self.away(number).rename(self.custodians[number])


@pytest.fixture
def files(tmp_path: Path) -> Files:
    home = tmp_path / "home"
    home.mkdir()
    return Files(home=home, custodians=proposal(home).custodians)


@pytest.fixture
def custody(files: Files) -> Files:
    files.found()
    return files


class TestFileKms(KmsContract):
    """The contract over files."""


def everything(folder: Path) -> Iterator[Path]:
    for place in (folder, *folder.rglob("*")):
        if place.is_dir() or place.is_file():
            yield place


def test_files_are_0600_and_directories_0700(custody: Files) -> None:
    kms = custody.open()
    kms.make_turn(2)
    kms.push(Pending(generation=1, key_ids=(bytes(16),)))
    assert stat.S_IMODE((custody.home / "keyring").stat().st_mode) == 0o600
    for folder in custody.custodians:
        for place in everything(folder):
            wanted = 0o700 if place.is_dir() else 0o600
            assert stat.S_IMODE(place.stat().st_mode) == wanted, place.name


def test_root_and_passphrase_are_nowhere_in_clear(custody: Files) -> None:
    root = custody.open().root().reveal()
    for folder in (custody.home, *custody.custodians):
        for place in folder.rglob("*"):
            assert not holds(place.read_bytes(), root)
            assert not holds(place.read_bytes(), PHRASE.reveal().encode())


def test_another_passphrase_is_refused(custody: Files) -> None:
    with pytest.raises(errors.Sealed, match="wrong-passphrase"):
        custody.open(Secret("correct horse batterY"))


def test_the_same_passphrase_typed_in_another_unicode_form_opens(files: Files) -> None:
    files.found(Secret("une clé très sûre"))
    files.open(Secret("une cle\u0301 tre\u0300s su\u0302re"))


def test_a_short_passphrase_founds_nothing(files: Files) -> None:
    with pytest.raises(errors.UsageError, match="passphrase-short"):
        files.found(Secret("eleven char"))
    assert list(files.home.iterdir()) == []


def test_a_file_cheaper_than_the_floor_is_refused_by_the_ordinary_way(custody: Files) -> None:
    with pytest.raises(errors.Damaged, match="cheap-passphrase"):
        FileKms.open(custody.home, passphrase=PHRASE, clock=SystemClock())


def test_any_flipped_bit_of_the_keyring_file_is_noticed(custody: Files) -> None:
    path = custody.home / "keyring"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(errors.BaileeError) as caught:
            custody.open()
        assert isinstance(caught.value, errors.Damaged | errors.Sealed | errors.UsageError), at


def test_a_custodian_taken_out_of_the_register_is_noticed(custody: Files) -> None:
    path = custody.home / "keyring"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b"custodian-2" not in line))
    with pytest.raises(errors.Damaged):
        custody.open()


def in_home(files: Files) -> None:
    files.custodians = (files.home / "one", files.custodians[1])


def around_home(files: Files) -> None:
    files.custodians = (files.home.parent, files.custodians[1])


def by_link(files: Files) -> None:
    files.home.with_name("link").symlink_to(files.home)
    files.custodians = (files.home.with_name("link") / "one", files.custodians[1])


def twice(files: Files) -> None:
    files.custodians = (files.custodians[0], files.custodians[0])


def nested(files: Files) -> None:
    files.custodians = (files.custodians[0], files.custodians[0] / "two")


def open_to_group(files: Files) -> None:
    files.custodians[0].mkdir(mode=0o700)
    files.custodians[0].chmod(0o750)


def not_empty(files: Files) -> None:
    files.custodians[0].mkdir(mode=0o700)
    (files.custodians[0] / "holiday.jpg").write_bytes(b"x")


def of_another(files: Files) -> None:
    other = files.home.with_name("other")
    other.mkdir()
    Files(home=other, custodians=files.custodians).found()


def with_line_break(files: Files) -> None:
    files.custodians = (files.custodians[0].with_name("a\nb"), files.custodians[1])


REFUSED: dict[str, Callable[[Files], None]] = {
    "inside the home": in_home,
    "around the home": around_home,
    "inside the home by a link": by_link,
    "the same twice": twice,
    "one inside the other": nested,
    "readable by the group": open_to_group,
    "holding something else": not_empty,
    "of another installation": of_another,
    "with a line break in its name": with_line_break,
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_custodian_is_refused_when_it_is(files: Files, why: str) -> None:
    REFUSED[why](files)
    with pytest.raises((errors.UsageError, errors.Conflict)):
        files.found()
    assert not (files.home / "keyring").exists()


def test_one_custodian_is_too_few(files: Files) -> None:
    files.custodians = files.custodians[:1]  # type: ignore[assignment]  # the mistake under test
    with pytest.raises(errors.UsageError, match="too-few"):
        files.found()


@pytest.mark.parametrize("place", ["custodian", "turn-1", ""])
def test_a_custodian_that_others_can_read_opens_nothing(custody: Files, place: str) -> None:
    for folder in custody.custodians:
        (folder / place).chmod(0o740 if not place else 0o640)
    with pytest.raises(errors.Sealed):
        custody.open().kek(1)


def test_a_damaged_copy_of_a_turn_secret_is_passed_over_and_never_trusted(custody: Files) -> None:
    wrapped = custody.open().kek(1).wrap(AAD, KEY)
    path = custody.custodians[0] / "turn-1"
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert custody.open().kek(1).unwrap(AAD, wrapped) == KEY
    shutil.copy(path, custody.custodians[1] / "turn-1")
    with pytest.raises(errors.Sealed, match="no-turn-secret"):
        custody.open().kek(1)
    with pytest.raises(errors.Damaged):
        custody.open().make_turn(1)


def test_two_custodians_that_disagree_stop_a_turn(custody: Files) -> None:
    custody.open().make_turn(2)
    custody.open().custodians[0].write_turn(2, bytes(32))
    with pytest.raises(errors.Damaged, match="turn-secret"):
        custody.open().make_turn(2)


def test_a_restored_image_of_a_custodian_is_seen_and_destroyed_at_the_next_turn(
    custody: Files,
) -> None:
    image = (custody.custodians[0] / "turn-1").read_bytes()
    kms = custody.open()
    kms.make_turn(2)
    kms.destroy(1)
    (custody.custodians[0] / "turn-1").write_bytes(image)
    (custody.custodians[0] / "turn-1").chmod(0o600)
    assert custody.open().register()[0].generations == (1, 2)
    kms.make_turn(3)
    assert custody.open().destroy(2).confirmed
    assert [held.generations for held in custody.open().register()] == [(3,), (3,)]


def test_destruction_overwrites_before_it_unlinks(custody: Files) -> None:
    kms = custody.open()
    kms.make_turn(2)
    kept = custody.home / "hard-link"  # keeps the blocks readable after the unlink
    os.link(custody.custodians[0] / "turn-1", kept)
    kms.destroy(1)
    assert set(kept.read_bytes()) == {0}


POINTS_OF_FOUNDING = (
    "kms.custodian-folder",
    "kms.custodian-found",
    "kms.turn-write",
    "kms.keyring-write",
    "kms.custodian-settle",
)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("point", POINTS_OF_FOUNDING)
def test_founding_interrupted_anywhere_is_done_again_or_was_done(
    files: Files, point: str, count: int, side: str
) -> None:
    failpoint.arm(f"{point}:{side}=raise@{count}")
    try:
        files.found()
    except errors.CannotRecord:
        failpoint.arm("")
        if not (files.home / "keyring").exists():
            files.found()
    kms = files.open()
    assert [held.generations for held in kms.register()] == [(1,), (1,)]
    assert all((folder / "custodian").exists() for folder in files.custodians)


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_destruction_that_fails_is_unknown_and_ends_when_done_again(
    custody: Files, count: int, side: str
) -> None:
    kms = custody.open()
    kms.make_turn(2)
    failpoint.arm(f"kms.turn-destroy:{side}=raise@{count}")
    assert not kms.destroy(1).confirmed
    failpoint.arm("")
    assert custody.open().destroy(1).confirmed


def test_a_torn_list_of_deleted_keys_loses_no_whole_one(custody: Files) -> None:
    one, two = b"\x01" * 16, b"\x02" * 16
    custody.open().push(Pending(generation=1, key_ids=(one,)))
    for folder in custody.custodians:
        with (folder / "due-1").open("ab") as stream:
            stream.write(b"torn")
    assert custody.open().pending() == {one}
    custody.open().push(Pending(generation=1, key_ids=(two,)))
    assert custody.open().pending() == {one, two}


class Overtaken(Custodian):
    """One to which another process leaves something once its lists are read."""

    def __init__(self, folder: Path, ident: str, then: Callable[[], object]) -> None:
        super().__init__(folder, ident, INSTALL)
        self.then: Callable[[], object] | None = then

    def _take(self) -> None:
        super()._take()
        then, self.then = self.then, None
        if then is not None:
            then()


def left(number: int) -> Pending:
    return Pending(generation=1, key_ids=(bytes([number]) * 16,))


def test_what_is_left_while_lists_are_read_is_read_next(custody: Files) -> None:
    kms = custody.open()
    kms.push(left(1))
    folder = custody.custodians[0]
    os.utime(folder, (0, 0))  # long settled, so that the lists' sizes alone tell
    reader = Overtaken(folder, kms.custodians[0].id, lambda: kms.push(left(2)))
    assert [key.kid for key in reader.named().keys] == [bytes([1]) * 16]
    assert [key.kid for key in reader.named().keys] == [bytes([1]) * 16, bytes([2]) * 16]


def test_a_second_change_of_a_folder_at_one_time_is_seen(custody: Files) -> None:
    kms, folder = custody.open(), custody.custodians[0]
    kms.push(left(1))
    reader = Custodian(folder, kms.custodians[0].id, INSTALL)
    then = folder.stat().st_mtime_ns
    assert [key.kid for key in reader.named().keys] == [bytes([1]) * 16]
    kms.push(Pending(generation=2, key_ids=(bytes([2]) * 16,)))
    os.utime(folder, ns=(then, then))
    assert [key.kid for key in reader.named().keys] == [bytes([1]) * 16, bytes([2]) * 16]


def test_a_list_of_before_notes_counts(custody: Files) -> None:
    old, new = b"\x01" * 16, b"\x02" * 16
    for folder in custody.custodians:
        (folder / "pending-1").write_bytes(old + b"torn")
        (folder / "pending-1").chmod(0o600)
    kms = custody.open()
    kms.push(Pending(generation=1, key_ids=(new,)))
    assert kms.pending() == {old, new}
    kms.forget(1)
    assert kms.pending() == set()


@pytest.mark.parametrize("over", [0, 1])
def test_a_list_of_deleted_keys_has_an_end(
    custody: Files, monkeypatch: pytest.MonkeyPatch, over: int
) -> None:
    monkeypatch.setattr(disk, "DUE_FILE_BYTES", 256 * 2)
    kms = custody.open()
    ids = tuple(bytes([number] * 16) for number in range(2 + over))
    if over:
        with pytest.raises(errors.LimitExceeded):
            kms.push(Pending(generation=1, key_ids=ids))
    else:
        assert kms.push(Pending(generation=1, key_ids=ids))


def test_a_home_is_restored_from_its_root_and_a_custodian(custody: Files) -> None:
    kms = custody.open()
    root, wrapped = kms.root(), kms.kek(1).wrap(AAD, KEY)
    (custody.home / "keyring").unlink()
    again = FileKms.restore(
        custody.home,
        install=INSTALL,
        root=root,
        passphrase=Secret("another good passphrase"),
        custodians=custody.custodians,
        clock=SystemClock(),
        unsafe_cost=CHEAP,
    )
    assert again.kek(1).unwrap(AAD, wrapped) == KEY
    assert custody.open(Secret("another good passphrase")).kek(1).unwrap(AAD, wrapped) == KEY


def test_a_directory_that_is_no_custodian_of_ours_restores_nothing(custody: Files) -> None:
    root = custody.open().root()
    (custody.home / "keyring").unlink()
    with pytest.raises(errors.Sealed, match="custodian-missing"):
        FileKms.restore(
            custody.home,
            install=InstallId(bytes(16)),
            root=root,
            passphrase=PHRASE,
            custodians=custody.custodians,
            clock=SystemClock(),
            unsafe_cost=CHEAP,
        )


def test_the_floor_is_the_second_recommendation_of_rfc_9106() -> None:
    assert Cost(memory_kib=64 * 1024, passes=3, lanes=4) == keyring_file.FLOOR


def test_one_disk_for_all_is_said_with_what_it_costs(custody: Files) -> None:
    places = proposal(custody.home)
    found = shared_disks(custody.home, places.custodians, [places.backups])
    assert [item.cost for item in found] == [
        "keys.shared-custodians",
        "keys.shared-home-custodian",
        "keys.shared-home-custodian",
        "keys.shared-backup",
    ]


# --- where the passphrase comes from --------------------------------------------------------


def ask_never(_: str) -> str:
    raise AssertionError("nobody should be asked")


def test_a_descriptor_gives_the_passphrase_once_without_its_line_end() -> None:
    reader, writer = os.pipe()
    os.write(writer, "phrase de passe sûre\n".encode())
    os.close(writer)
    found = passphrase.passphrase({"BAILEE_PASSPHRASE_FD": str(reader)}, ask_never)
    assert found.reveal() == "phrase de passe sûre"


def test_a_command_gives_the_passphrase_without_a_shell() -> None:
    found = passphrase.passphrase({"BAILEE_PASSPHRASE_COMMAND": "echo 'a b' $HOME"}, ask_never)
    assert found.reveal() == "a b $HOME"


WRONG = {
    "a plain environment value": ({"BAILEE_PASSPHRASE": "x"}, errors.UsageError),
    "both a descriptor and a command": (
        {"BAILEE_PASSPHRASE_FD": "0", "BAILEE_PASSPHRASE_COMMAND": "true"},
        errors.UsageError,
    ),
    "a descriptor that is no number": ({"BAILEE_PASSPHRASE_FD": "three"}, errors.UsageError),
    "a descriptor that is not open": ({"BAILEE_PASSPHRASE_FD": "987"}, errors.UsageError),
    "a command that fails": ({"BAILEE_PASSPHRASE_COMMAND": "false"}, errors.Sealed),
    "a command that prints nothing": ({"BAILEE_PASSPHRASE_COMMAND": "true"}, errors.Sealed),
    "a command that is not there": ({"BAILEE_PASSPHRASE_COMMAND": "/no/such"}, errors.Sealed),
    "an empty command": ({"BAILEE_PASSPHRASE_COMMAND": ""}, errors.Sealed),
    "a command with an open quote": ({"BAILEE_PASSPHRASE_COMMAND": "echo 'a"}, errors.Sealed),
    "a command that prints too much": (
        {"BAILEE_PASSPHRASE_COMMAND": "head -c 5000 /dev/zero"},
        errors.LimitExceeded,
    ),
    "a command that prints no text": (
        {"BAILEE_PASSPHRASE_COMMAND": r"printf '\377'"},
        errors.UsageError,
    ),
    "nobody to ask": ({}, errors.Sealed),
}


@pytest.mark.parametrize("why", WRONG)
def test_no_passphrase_is_taken_from(why: str) -> None:
    environment, error = WRONG[why]
    with pytest.raises(error):
        passphrase.passphrase(environment)


def test_a_new_passphrase_is_typed_twice_the_same() -> None:
    typed = iter(["long enough phrase", "long enough phrasE"])
    with pytest.raises(errors.UsageError, match="differs"):
        passphrase.new_passphrase({}, lambda _: next(typed))


@pytest.mark.parametrize(("chars", "taken"), [(11, False), (12, True)])
def test_a_new_passphrase_has_a_least_length(chars: int, *, taken: bool) -> None:
    if taken:
        assert passphrase.new_passphrase({}, lambda _: "x" * chars).reveal()
    else:
        with pytest.raises(errors.UsageError, match="short"):
            passphrase.new_passphrase({}, lambda _: "x" * chars)
