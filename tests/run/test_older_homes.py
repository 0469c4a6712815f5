"""A home of before, or a part of it, put back: custodians know how far each ledger had come.

What is put back here is genuine and fits together; no key and no custodian is touched by who does
it.  What was deleted is refused by its key id as well (`tests/keys/test_freshness.py`): these are
the rows that no deletion tells apart.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.answers import done
from tests.backup.rooms import backup, recovery, restore
from tests.backup.test_restore import turn
from tests.keys.put_back import copied, put_back
from tests.run.homes import make, opened

from bailee import errors, failpoint
from bailee.accounts.acts import AddActor
from bailee.audit import Depth
from bailee.backup.acts import BackupRestored
from bailee.check.acts import RunCheck
from bailee.check.model import Report
from bailee.clients.acts import AddClient
from bailee.keyring.model import Phase
from bailee.ledger.anchoring import Anchoring
from bailee.ledgers.acts import EntriesShown, ShowEntries
from bailee.objects.acts import DeleteObject, GetObject, ObjectGiven, PutObject
from bailee.run.wiring.app import App
from bailee.run.wiring.init import Founded

PARTS = ("rows.db", "ledger")
CONTENT = b"content"


def put(house: App, name: str) -> None:
    done(house.caller.send(PutObject(client="acme", name=name), [CONTENT]))


def get(house: App, name: str = "one") -> bytes:
    given = done(house.caller.call(GetObject(client="acme", object=name, purpose="client-request")))
    assert isinstance(given, ObjectGiven)
    return b"".join(map(bytes, given.chunks))


def told(house: App) -> list[str]:
    shown = done(house.caller.call(ShowEntries(client="acme")))
    assert isinstance(shown, EntriesShown)
    return [entry.opening.kind for entry in shown.entries]


def image(place: Path, *parts: str) -> Path:
    """Copy parts of a home that is closed."""
    kept = place / f"image-{len(list(place.glob('image-*')))}"
    kept.mkdir()
    for name in parts:
        source = place / "home" / name
        copy: Callable[..., object] = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, kept / name)
    return kept


def bring_in(place: Path, kept: Path) -> None:
    """Put what was copied in the place of what is there."""
    for source in kept.iterdir():
        target = place / "home" / source.name
        for stale in target.parent.glob(f"{source.name}*"):
            shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
        copy: Callable[..., object] = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, target)


@pytest.fixture
def founded(tmp_path: Path) -> Iterator[Founded]:
    made = make(tmp_path)
    with opened(tmp_path) as house:
        done(house.caller.call(AddClient(label="acme")))
        put(house, "one")
    yield made
    failpoint.arm("")


def refused(place: Path, act: Callable[[App], object]) -> str:
    """Try an act in a process of its own; return why it was refused."""
    with pytest.raises(errors.Damaged) as caught, opened(place) as house:
        act(house)
    return caught.value.reason


MOMENTS: dict[str, Callable[[App], object]] = {
    "an object was stored": lambda house: put(house, "two"),
    "an object was read": get,
    "an object was deleted": lambda house: house.caller.call(
        DeleteObject(client="acme", object="one")
    ),
    "a client was taken on": lambda house: house.caller.call(AddClient(label="other")),
    "an actor was enrolled": lambda house: house.caller.call(
        AddActor(os_user="binta", role="auditor")
    ),
}


@pytest.mark.usefixtures("founded")
@pytest.mark.parametrize("since", MOMENTS)
@pytest.mark.parametrize("parts", [("rows.db",), PARTS], ids=["rows", "rows and ledger"])
def test_rows_of_before_are_refused_and_the_newest_go_on(
    tmp_path: Path, since: str, parts: tuple[str, ...]
) -> None:
    before = image(tmp_path, *parts)
    with opened(tmp_path) as house:
        done(MOMENTS[since](house))
    newest = image(tmp_path, *parts)
    bring_in(tmp_path, before)
    assert refused(tmp_path, get) == "errors_ledger.older-rows"
    bring_in(tmp_path, newest)
    with opened(tmp_path) as house:
        put(house, "three")
        assert get(house, "three") == CONTENT
        judged = done(house.caller.call(RunCheck(depth=Depth.DEEP)))
        assert isinstance(judged, Report)
        assert [one for one in judged.findings if one.is_damage] == []


@pytest.mark.usefixtures("founded")
def test_with_the_comparison_left_out_rows_of_before_give_what_no_entry_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the tests above would let pass without what they are about."""
    before = image(tmp_path, *PARTS)
    with opened(tmp_path) as house:
        put(house, "two")
    newest = image(tmp_path, *PARTS)
    bring_in(tmp_path, before)
    with monkeypatch.context() as patch:
        patch.setattr(Anchoring, "open", lambda _: None)
        patch.setattr(Anchoring, "require", lambda *_, **__: None)
        patch.setattr(Anchoring, "require_after", lambda *_: None)
        with opened(tmp_path) as house:
            assert get(house) == CONTENT
        bring_in(tmp_path, newest)
        with opened(tmp_path) as house:
            assert not [kind for kind in told(house) if kind == "object:get"]


@pytest.mark.usefixtures("founded")
def test_the_folder_of_the_ledger_alone_of_before_is_refused(tmp_path: Path) -> None:
    before = image(tmp_path, "ledger")
    with opened(tmp_path) as house:
        put(house, "two")
    newest = image(tmp_path, "ledger")
    bring_in(tmp_path, before)
    with opened(tmp_path) as house, pytest.raises(errors.Damaged, match="signer-behind"):
        get(house)
    bring_in(tmp_path, newest)
    with opened(tmp_path) as house:
        assert get(house) == CONTENT


@pytest.mark.usefixtures("founded")
def test_rows_of_before_put_into_a_running_process_are_refused(tmp_path: Path) -> None:
    tables = ("ledger", "ledger_entry", "key_leaf", "key_bucket", "key_pending")
    with opened(tmp_path) as house:
        before = copied(tmp_path / "home" / "rows.db", tables)
        put(house, "two")
        newest = copied(tmp_path / "home" / "rows.db", tables)
        put_back(tmp_path / "home" / "rows.db", before)
        for _ in range(2):
            with pytest.raises(errors.Damaged, match="older-rows"):
                get(house)
        assert copied(tmp_path / "home" / "rows.db", tables) == before  # no entry either
        put_back(tmp_path / "home" / "rows.db", newest)
        assert get(house) == CONTENT


@pytest.mark.usefixtures("founded")
def test_an_entry_exchanged_before_it_was_signed_is_refused(tmp_path: Path) -> None:
    """The count is right, and what was signed is: the entries between are others."""
    with opened(tmp_path) as house:
        put(house, "two")
        rows = copied(tmp_path / "home" / "rows.db", ("ledger_entry",))
        place = [str(column) for column in rows["ledger_entry"][-1]]
        assert place
        newest = copied(tmp_path / "home" / "rows.db", ("ledger_entry",))
        changed = [
            (*row[:3], bytes(32), *row[4:]) if row == newest["ledger_entry"][-1] else row
            for row in newest["ledger_entry"]
        ]
        put_back(tmp_path / "home" / "rows.db", {"ledger_entry": changed})
        with pytest.raises(errors.Damaged), opened(tmp_path) as other:
            get(other)
        put_back(tmp_path / "home" / "rows.db", newest)


@pytest.mark.usefixtures("founded")
def test_a_turn_does_not_complete_on_rows_of_before(tmp_path: Path) -> None:
    tables = ("ledger", "ledger_entry")
    rows = tmp_path / "home" / "rows.db"
    with opened(tmp_path) as house:
        before = copied(rows, tables)
        put(house, "two")
        newest = copied(rows, tables)
        for phase in ("begin", "spread", "destroy"):
            put_back(rows, before)
            with pytest.raises(errors.Damaged, match="older-rows"):
                turn(house)
            put_back(rows, newest)
            state = house.parts.work.read(house.parts.keyring.turning().state)
            assert state.phase is Phase.STILL, phase
            assert state.generation == 1
        turn(house)
        assert get(house, "two") == CONTENT


def test_a_home_put_back_is_taken_up_as_a_restore_alone(tmp_path: Path, founded: Founded) -> None:
    assert founded.pages
    with opened(tmp_path) as house:
        put(house, "two")
        known, file = recovery(house.parts.kms), backup(house)
    before = image(tmp_path, *PARTS, "objects", "keyring", "bailee.toml")
    with opened(tmp_path) as house:
        done(house.caller.call(DeleteObject(client="acme", object="two")))
    bring_in(tmp_path, before)
    for _ in range(2):  # a refusal does not bless it
        assert refused(tmp_path, lambda house: get(house, "two")) == "errors_ledger.older-rows"
    (tmp_path / "home").rename(tmp_path / "put-back")
    answer = restore(tmp_path, known, [file])
    assert isinstance(answer, BackupRestored)
    assert answer.mended.forgotten == 2
    with opened(tmp_path) as house:
        assert get(house) == CONTENT
        with pytest.raises(errors.NotFound):
            get(house, "two")
        shown = done(house.caller.call(ShowEntries(client="acme")))
        assert isinstance(shown, EntriesShown)
        taken_up = [entry.body for entry in shown.entries if "backup" in entry.body]
        assert [body["backup"] for body in taken_up] == [str(answer.rows.id)]
    # Nor is the home of before taken up again now, however much newer than the restore it is.
    (tmp_path / "home").rename(tmp_path / "restored")
    (tmp_path / "put-back").rename(tmp_path / "home")
    assert refused(tmp_path, get) == "errors_ledger.restored-since"


# --- what a crash leaves ------------------------------------------------------------------------


def anchors(founded: Founded) -> list[bytes]:
    return [(place / "anchors").read_bytes() for place in founded.custodians]


def entries(place: Path) -> int:
    return len(copied(place / "home" / "rows.db", ("ledger_entry",))["ledger_entry"])


def test_rows_ahead_of_their_anchor_are_anchored_next(tmp_path: Path, founded: Founded) -> None:
    with opened(tmp_path) as house:
        before = entries(tmp_path)
        failpoint.arm("kms.anchor-write:before=raise-always")
        with pytest.raises(errors.CannotRecord):
            get(house)  # committed, anchored nowhere: nothing is granted on it
        assert entries(tmp_path) > before
    failpoint.arm("")
    ahead, kept = anchors(founded), image(tmp_path, *PARTS)
    with opened(tmp_path):
        assert anchors(founded) != ahead
    bring_in(tmp_path, kept)  # what was published since is no act: these rows were anchored
    with opened(tmp_path) as house:
        assert get(house) == CONTENT


@pytest.mark.parametrize("number", [0, 1])
def test_a_custodian_that_was_away_gets_what_it_missed(
    tmp_path: Path, founded: Founded, number: int
) -> None:
    away = founded.custodians[number]
    with opened(tmp_path) as house:
        away.rename(tmp_path / "away")
        put(house, "two")
    (tmp_path / "away").rename(away)
    with opened(tmp_path):
        pass
    before = image(tmp_path, *PARTS)
    founded.custodians[1 - number].rename(tmp_path / "away")
    with opened(tmp_path) as house:  # alone, it knows all that the other did
        put(house, "three")
    bring_in(tmp_path, before)
    assert refused(tmp_path, get) == "errors_ledger.older-rows"


def test_a_home_without_anchors_has_them_from_its_first_start(
    tmp_path: Path, founded: Founded
) -> None:
    for place in founded.custodians:
        (place / "anchors").unlink()
    before = image(tmp_path, *PARTS)
    with opened(tmp_path) as house:
        put(house, "two")
    bring_in(tmp_path, before)
    assert refused(tmp_path, get) == "errors_ledger.older-rows"


def test_two_processes_at_once_refuse_nothing(tmp_path: Path, founded: Founded) -> None:
    assert founded.custodians
    with opened(tmp_path) as one, opened(tmp_path) as other:
        for at in range(4):
            for house in (one, other):
                put(house, f"{at} of {id(house)}")
                assert get(house) == CONTENT
            one.publish()
        assert len(told(one)) == len(told(other)) - 2
