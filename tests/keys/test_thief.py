"""Nobody opens what was finally erased, not even who kept every version of every file.

Each seed is a life of a house in which any step may be cut off at any durable write.  A thief has
all that ever lay on any of its disks, and today's keys: what lives must open, or he is a poor
thief, and what was erased must not.  Where one step of the destruction is left out, the same thief
must open what was erased, or this page would prove nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.keys.thief import Opened, Thief
from tests.keys.thief_watch import Fate
from tests.keys.thief_world import Thing, World
from tests.names.small import shrink
from tests.run.homes import PASSPHRASE

from bailee.adapters.kms.custodian import Custodian
from bailee.ids import ClientId
from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.due import DeletedKeys
from bailee.keyring.destroy.turning import Turning
from bailee.keyring.model import Pending, WrappingKeyRow
from bailee.names.model import ShardRow
from bailee.names.service import Names
from bailee.names.shard import Part
from bailee.work import Tx

STEPS = 12
FAST_SEEDS = range(2)
ALL_SEEDS = range(2, 247)
ONE_BUCKET = (b"\0\1",)
WHOLE = Fate()
AT_T2 = Fate(point="rows.copy:before")


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have each name merged by the next look-up, and three cut a shard."""
    shrink(monkeypatch, merged_at=1, shard_names=2)


def thief_of(world: World) -> Opened:
    """Everything that was ever written, the passphrase, and what custodians hold today."""
    return Thief(world.loot, world.held(), PASSPHRASE).open()


def revived(world: World) -> list[Thing]:
    """List what the thief opens although it is finally erased."""
    found = thief_of(world)
    return [
        thing
        for thing in world.erased()
        if thing.content in found.contents or found.holds(thing.name)
    ]


def audit(world: World) -> None:
    """What lives opens, what was erased does not, and without custody nothing does."""
    found = thief_of(world)
    for thing in world.kept.alive.values():
        assert thing.content in found.contents, world.told(thing)
        assert thing.name in found.names, world.told(thing)
    assert all(found.holds(reason) for reason in world.kept.reasons), world.told()
    assert revived(world) == [], world.told()
    assert Thief(world.loot, (), PASSPHRASE).open().nothing, "opened without a custodian"
    assert Thief(world.loot, world.loot.turns, None).open().nothing, "opened without a passphrase"


def opens_with_all_there_was(world: World) -> bool:
    """Tell whether a thief who also kept each turn secret misses nothing: he looked everywhere."""
    found = Thief(world.loot, world.loot.turns, PASSPHRASE).open()
    deleted = [thing for thing, _ in world.deleted.values()]
    return all(thing.content in found.contents for thing in deleted)


def live(place: Path, seed: int) -> World:
    """Live one seed's life; judge it as it stands, and again after a turn."""
    world = World(place, seed)
    world.run(STEPS)
    audit(world)
    world.turn(WHOLE)
    audit(world)
    assert opens_with_all_there_was(world), world.told()
    return world


@pytest.mark.parametrize("seed", FAST_SEEDS)
def test_a_thief_of_everything_opens_all_that_lives_and_nothing_erased(
    place: Path, seed: int
) -> None:
    live(place, seed)


@pytest.mark.sweep
@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_a_thief_of_everything_at_length(place: Path, seed: int) -> None:
    live(place, seed)


# --- the same, told one at a time ----------------------------------------------------------------


def deleted_beside_a_sibling(world: World) -> None:
    world.put(WHOLE, "acme", new=True)
    (gone,) = world.kept.alive
    world.put(WHOLE, "acme", new=True)
    world.delete(WHOLE, gone[0])
    world.turn(WHOLE)


def came_and_went_between_backup_and_loss(world: World) -> None:
    """The lost home renewed the keys above it; the restore brings those keys back."""
    world.put(WHOLE, "acme", new=True)
    world.backup(WHOLE)
    before = set(world.kept.alive)
    world.put(WHOLE, "acme", new=True)
    (gone,) = world.kept.alive.keys() - before
    world.delete(WHOLE, gone[0])
    world.restore(WHOLE)
    world.turn(WHOLE)


def deleted_after_a_turn_was_lost_with_its_home(world: World) -> None:
    """The lost home's disk has wraps under the next turn secret, which custodians hold already."""
    world.put(WHOLE, "acme", new=True)
    (gone,) = world.kept.alive
    world.backup(WHOLE)
    world.turn(AT_T2)
    assert world.standing().phase == "T2"
    world.restore(WHOLE)
    assert world.standing().phase == "still"
    world.delete(WHOLE, gone[0])
    world.turn(WHOLE)


def deleted_and_lost_before_the_turn(world: World) -> None:
    """A restore brings the row back; the custodians' list of deletions drops it again."""
    world.put(WHOLE, "acme", new=True)
    (gone,) = world.kept.alive
    world.backup(WHOLE)
    world.delete(WHOLE, gone[0])
    world.restore(WHOLE)
    world.turn(WHOLE)


def deleted_out_of_a_shard(world: World) -> None:
    """Its label is deleted with it, and so must be what else seals its name."""
    for _ in range(3):
        world.put(WHOLE, "acme", new=True)
    ((gone, _), *_) = world.kept.alive
    world.delete(WHOLE, gone)
    world.turn(WHOLE)


LIVES: dict[str, Callable[[World], None]] = {
    "deleted beside a sibling": deleted_beside_a_sibling,
    "came and went between backup and loss": came_and_went_between_backup_and_loss,
    "deleted after a turn was lost with its home": deleted_after_a_turn_was_lost_with_its_home,
    "deleted and lost before the turn": deleted_and_lost_before_the_turn,
    "deleted out of a shard": deleted_out_of_a_shard,
}


@pytest.mark.parametrize("life", LIVES)
def test_what_was_deleted_in_this_way_is_opened_by_nobody(place: Path, life: str) -> None:
    world = World(place, 0, ONE_BUCKET)
    LIVES[life](world)
    assert len(world.erased()) == 1
    audit(world)
    assert opens_with_all_there_was(world)


# --- controls: one step left out, and the thief has it --------------------------------------------


def _kept_key(self: Turning, tx: Tx, row: WrappingKeyRow, target: int) -> None:
    """Wrap the client's key anew instead of renewing it, which erases nothing."""
    self._rows.put_wrapping_key(tx, self._again(row, self._wrapping.open(row), target))


def _pretended(_: Custodian, __: int) -> str:
    return "absent"


def _unchanged(*_: object) -> int:
    return 0


def _none_below(*_: object) -> Iterator[WrappingKeyRow]:
    """Name no key that custodians want replaced: they would stop this turn, for ever."""
    return iter(())


def _nothing(*_: object) -> None:
    return None


def _kept_shard(
    self: Names, tx: Tx, client: ClientId, _: ShardRow, parts: Sequence[Part]
) -> Sequence[Pending]:
    """Seal a shard without a name under the key that it had, in the row that it has."""
    for part in parts:
        self._put_new(tx, client, part)
    return ()


LEFT_OUT: dict[str, tuple[type, str, Callable[..., Any], str]] = {
    "the old turn secret is not destroyed, a custodian only says so": (
        Custodian,
        "destroy",
        _pretended,
        "deleted beside a sibling",
    ),
    "the bucket keeps its key": (Deletions, "_renew", _unchanged, "deleted beside a sibling"),
    "the client keeps its key": (Turning, "_renew", _kept_key, "deleted beside a sibling"),
    "a restore trusts the keys that it brings back": (
        Deletions,
        "_renew_all",
        _nothing,
        "came and went between backup and loss",
    ),
    "a shard that a name is taken out of keeps its key": (
        Names,
        "_renew",
        _kept_shard,
        "deleted out of a shard",
    ),
    "a turn takes up the turn secret that lies there": (
        Custodian,
        "drop_turns",
        _nothing,
        "deleted after a turn was lost with its home",
    ),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("step", LEFT_OUT)
def test_with_one_step_left_out_the_thief_opens_what_was_called_erased(
    place: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    owner, name, instead, life = LEFT_OUT[step]
    monkeypatch.setattr(owner, name, instead)
    if instead is _kept_key or name == "_renew_all":
        # What custodians know would make good for it: without that, too.
        monkeypatch.setattr(Turning, "_below", _none_below)
        monkeypatch.setattr(DeletedKeys, "least", _unchanged)
        monkeypatch.setattr(DeletedKeys, "_require_raised", _nothing)
    world = World(place, 0, ONE_BUCKET)
    LIVES[life](world)
    assert len(revived(world)) == 1
    with pytest.raises(AssertionError):
        audit(world)


def test_a_whole_life_with_pretended_destruction_is_found_out(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Custodian, "destroy", _pretended)
    world = World(place, 6)
    world.run(STEPS)
    world.turn(WHOLE)
    assert revived(world) == world.erased() != []


# --- what the thief needs ------------------------------------------------------------------------


def test_an_old_image_of_a_custodian_and_the_passphrase_open_what_was_erased_since(
    place: Path,
) -> None:
    """The residual risk of class `file`: SECURITY.md says it, every certificate says it."""
    world = World(place, 0, ONE_BUCKET)
    world.put(WHOLE, "acme", new=True)
    ((long_gone, _), earlier) = next(iter(world.kept.alive.items()))
    world.delete(WHOLE, long_gone)
    world.turn(WHOLE)
    world.put(WHOLE, "acme", new=True)
    ((gone, _), since) = next(iter(world.kept.alive.items()))
    image = world.held()
    world.delete(WHOLE, gone)
    world.turn(WHOLE)
    assert world.erased() == [earlier, since]
    risk = Thief(world.loot, image, PASSPHRASE).open()
    assert since.content in risk.contents
    assert earlier.content not in set(risk.contents)
    assert Thief(world.loot, image, None).open().nothing
    assert revived(world) == []


def test_a_dump_of_every_disk_and_backup_without_the_kms_opens_nothing(place: Path) -> None:
    world = World(place, 0)
    world.put(WHOLE)
    world.put(WHOLE)
    world.backup(WHOLE)
    world.turn(WHOLE)
    assert thief_of(world).contents >= {thing.content for thing in world.kept.alive.values()}
    assert Thief(world.loot, (), PASSPHRASE).open().nothing
    assert Thief(world.loot, world.loot.turns, None).open().nothing
