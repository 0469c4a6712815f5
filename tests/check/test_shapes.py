"""A row of a shape that nobody here writes is damage: named, or the reason why a home is closed.

And only that is damage: a mistake of ours in an audit stops the judgement.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import pytest
from tests.answers import done
from tests.check.held import CLIENT, hold_logs, hold_notice, hold_push, name_webhook
from tests.check.rooms import answer, audit, damage
from tests.check.shapes import SHORT, UNKNOWN, Shape, shapes
from tests.run.homes import make, opened

from bailee import errors
from bailee.act import Denial
from bailee.check.model import Report
from bailee.clients.acts import AddClient
from bailee.jobs.acts import RunJobs
from bailee.keyring.model import State
from bailee.keys.audit import KeyAudit
from bailee.names.service import MERGED_AT
from bailee.objects.acts import GetObject, PutObject
from bailee.run.wiring.app import App

KEPT = ("home", "home.backups", "home.custodian-1", "home.custodian-2")
NEVER = {"ledger_key_change", "name_unplaced"}
"""Tables that no act fills: the second, where a home of before or damage has names to place."""
HARMLESS = {
    Shape("key_pending", "kid", SHORT),  # compared with what custodians hold, told as a notice
    Shape("key_pending", "noun", UNKNOWN),  # for counts alone
}
ALL = [shape for shape in shapes() if shape.table not in NEVER and shape not in HARMLESS]
FEW = {shape.table: shape for shape in sorted(ALL, key=lambda one: crc32(str(one).encode()))}
"""One of each table, the same in every run."""


def put(house: App, name: str) -> None:
    asked = PutObject(client=CLIENT, name=name, reason="kept")
    done(house.caller.send(asked, iter([b"content"])))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shapes")
    make(place)
    name_webhook(place)
    with opened(place) as house:
        house.caller.call(AddClient(label=CLIENT))
        hold_logs(house)
        hold_push(house)
        # As many names as make a shard when one is looked up, and one that waits after that.
        for number in range(MERGED_AT):
            put(house, f"a{number}")
        done(house.caller.call(GetObject(client=CLIENT, object="a0", purpose="client-request")))
        put(house, "a")
        house.caller.call(RunJobs())
        hold_notice(house)
    for name in KEPT:
        shutil.copytree(
            place / name, place / "kept" / name, ignore=shutil.ignore_patterns("reserve")
        )
    return place


@pytest.fixture
def place(made: Path) -> Iterator[Path]:
    yield made
    for name in KEPT:
        shutil.rmtree(made / name)
        shutil.copytree(made / "kept" / name, made / name)


def is_found(place: Path) -> bool:
    """Tell whether a judgement names damage, or the home is closed on it."""
    try:
        with opened(place) as house:
            said = answer(house)
            if isinstance(said, Denial):
                return True  # nobody is known by the name any more
            assert isinstance(said, Report)
            return bool(damage(said))
    except errors.Damaged:
        return True


def test_the_home_is_clean_before(place: Path) -> None:
    with opened(place) as house:
        assert damage(audit(house)) == []


@pytest.mark.parametrize("shape", FEW.values(), ids=str)
def test_a_row_of_another_shape_is_damage(shape: Shape, place: Path) -> None:
    shape.write(place)
    assert is_found(place)


@pytest.mark.sweep
@pytest.mark.parametrize("shape", [one for one in ALL if one not in FEW.values()], ids=str)
def test_every_row_of_another_shape_is_damage(shape: Shape, place: Path) -> None:
    shape.write(place)
    assert is_found(place)


@pytest.mark.parametrize(
    "mistake",
    [AttributeError("no such thing"), TypeError("not so"), KeyError("none"), ValueError()],
)
def test_a_mistake_of_ours_is_not_the_clients_damage(
    mistake: Exception, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(_: KeyAudit, state: State) -> None:
        del state
        raise mistake

    monkeypatch.setattr(KeyAudit, "_generations", mistaken)
    with opened(place) as house, pytest.raises(type(mistake)):
        audit(house)
