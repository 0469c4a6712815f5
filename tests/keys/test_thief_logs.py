"""No thief opens an identifier that was finally erased, or a month that was ended.

He kept every version of every file that ever lay on any disk of the house, knows the formulas, and
has what custodians hold today.  What lives must open to him, or he is a poor thief; with one step
of the destruction left out he must open what was erased, or this page would prove nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.keys.thief import Thief
from tests.keys.thief_logs import MONTHS, LogWorld, Person, lines_in, mails_in
from tests.run.homes import PASSPHRASE

from bailee.adapters.kms.custodian import Custodian
from bailee.keyring.destroy.deletion import Deletions
from bailee.keyring.destroy.turning import Turning
from bailee.keyring.model import Pending, WrappingKeyRow
from bailee.keyring.service import Keyring
from bailee.keyring.vault.rekeying import Rekeying
from bailee.work import Tx

STEPS = 8
FAST_SEEDS = range(1)
ALL_SEEDS = range(1, 81)


def revived(world: LogWorld) -> set[Person]:
    """Name those of whom something comes open although it is finally gone."""
    found = world.stolen()
    gone = world.final(world.kept.erased)
    text = lines_in(found)
    back = {one for one in world.final(world.kept.lines) if one.line in text}
    return back | mails_in(found, sorted(gone, key=lambda one: one.mail))


def audit(world: LogWorld) -> None:
    """All that lives comes open; of what is final, nothing; and nothing without custodians."""
    found, story = world.stolen(), "\n".join(world.story)
    text = lines_in(found)
    for one in world.living():
        assert {one.mail, one.mail.upper()} <= found.values, f"{one} does not open\n{story}"
        assert one.mail in found.members
    for one in world.kept.people - world.kept.lines.keys():
        assert one.line in text, f"the line of {one} does not open\n{story}"
    assert revived(world) == set(), story
    assert Thief(world.loot, (), PASSPHRASE).open().nothing
    assert Thief(world.loot, world.loot.turns, None).open().nothing


def opens_with_all_there_was(world: LogWorld) -> bool:
    """Tell whether a thief who also kept each turn secret misses nothing: he looked everywhere."""
    found = world.stolen(world.loot.turns)
    text = lines_in(found)
    return all(one.mail in found.values and one.line in text for one in world.kept.people)


def one_erased(world: LogWorld) -> None:
    world.ingest(3, client="acme", epoch=MONTHS[0])
    world.ingest(2, client="acme", epoch=MONTHS[1])
    world.erase(min(world.living(), key=lambda one: one.mail))
    world.turn()


def erased_while_a_turn_runs_and_after(world: LogWorld) -> None:
    world.ingest(4, client="acme", epoch=MONTHS[0])
    first, second, *_ = sorted(world.living(), key=lambda one: one.mail)
    world.erase(first)
    world.turn()
    world.erase(second)
    world.turn()


def names_of_a_month_ended(world: LogWorld) -> None:
    world.ingest(2, client="acme", epoch=MONTHS[0])
    world.ingest(2, client="acme", epoch=MONTHS[1])
    world.ingest(2, client="zebu", epoch=MONTHS[0])
    world.end("acme", MONTHS[0])
    world.turn()


def a_whole_month_ended(world: LogWorld) -> None:
    world.ingest(2, client="acme", epoch=MONTHS[0])
    world.ingest(2, client="acme", epoch=MONTHS[1])
    world.end("acme", MONTHS[0], text=True)
    world.turn()


def erased_and_the_home_lost_before_the_turn(world: LogWorld) -> None:
    """A restore brings the rows back; the custodians' list of deletions drops them again."""
    world.ingest(3, client="acme", epoch=MONTHS[0])
    world.backup()
    world.erase(min(world.living(), key=lambda one: one.mail))
    world.restore()
    world.turn()


def a_month_ended_and_the_home_lost_before_the_turn(world: LogWorld) -> None:
    world.ingest(2, client="acme", epoch=MONTHS[0])
    world.ingest(2, client="acme", epoch=MONTHS[1])
    world.backup()
    world.end("acme", MONTHS[0], text=True)
    world.restore()
    world.turn()


LIVES: dict[str, tuple[Callable[[LogWorld], None], int]] = {
    "one erased": (one_erased, 1),
    "erased before a turn and after it": (erased_while_a_turn_runs_and_after, 2),
    "the names of a month ended": (names_of_a_month_ended, 2),
    "a whole month ended": (a_whole_month_ended, 2),
    "erased, and the home lost before the turn": (erased_and_the_home_lost_before_the_turn, 1),
    "a month ended, and the home lost before the turn": (
        a_month_ended_and_the_home_lost_before_the_turn,
        2,
    ),
}


@pytest.mark.parametrize("life", LIVES)
def test_what_went_in_this_way_is_opened_by_nobody(
    place: Path,
    life: str,
) -> None:
    world = LogWorld(place)
    live, count = LIVES[life]
    live(world)
    assert len(world.final(world.kept.erased)) == count
    audit(world)
    assert opens_with_all_there_was(world)


def test_before_the_turn_he_still_opens_it(place: Path) -> None:
    """So a certificate says pending until then; and this thief is able."""
    world = LogWorld(place)
    world.ingest(2, client="acme", epoch=MONTHS[0])
    person = min(world.living(), key=lambda one: one.mail)
    world.erase(person)
    assert mails_in(world.stolen(), [person]) == {person}


# --- lives that are cut off anywhere -------------------------------------------------------------


def lived(place: Path, seed: int) -> LogWorld:
    world = LogWorld(place, seed)
    world.run(STEPS)
    audit(world)
    world.turn()
    audit(world)
    assert opens_with_all_there_was(world), "\n".join(world.story)
    return world


@pytest.mark.parametrize("seed", FAST_SEEDS)
def test_a_life_of_logs(place: Path, seed: int) -> None:
    lived(place, seed)


@pytest.mark.sweep
@pytest.mark.parametrize("seed", ALL_SEEDS)
def test_a_life_of_logs_at_length(place: Path, seed: int) -> None:
    lived(place, seed)


# --- controls: one step left out, and the thief has it --------------------------------------------


def _pretended(_: Custodian, __: int) -> str:
    return "absent"


def _not_keyed_anew(self: Rekeying, tx: Tx, target: int) -> bool:
    """Forget what is to be keyed anew, as if wrapping the vault's key again were enough."""
    while (row := self._rows.epochs.due(tx, target)) is not None:
        self._rows.epochs.put(tx, replace(row, pending_gen=None))
    return False


def _kept_key(self: Turning, tx: Tx, row: WrappingKeyRow, target: int) -> None:
    self._rows.put_wrapping_key(tx, self._again(row, self._wrapping.open(row), target))


def _none_below(*_: object) -> Iterator[Any]:
    """Name no key that custodians want replaced."""
    return iter(())


def _nothing_gone(self: Deletions, tx: Tx, *_: object) -> Pending:
    return Pending(generation=self._rows.generations(tx)[1], key_ids=())


LEFT_OUT: dict[str, tuple[type, str, Callable[..., Any], str]] = {
    "the old turn secret is not destroyed, a custodian only says so": (
        Custodian,
        "destroy",
        _pretended,
        "one erased",
    ),
    "the vault keeps its key": (Rekeying, "step", _not_keyed_anew, "one erased"),
    "the client keeps its key": (Turning, "_renew", _kept_key, "one erased"),
    "the client keeps its key, and a month ended": (
        Turning,
        "_renew",
        _kept_key,
        "a whole month ended",
    ),
    "a restore does not hear what custodians know": (
        Deletions,
        "by_kid",
        _nothing_gone,
        "erased, and the home lost before the turn",
    ),
}


@pytest.mark.parametrize("step", LEFT_OUT)
def test_with_one_step_left_out_he_opens_what_was_called_erased(
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    owner, name, instead, life = LEFT_OUT[step]
    monkeypatch.setattr(owner, name, instead)
    # What custodians know would make good for it, or stop the turn: without that, too.
    monkeypatch.setattr(Turning, "_below", _none_below)
    monkeypatch.setattr(Turning, "_vaults_below", lambda *_: [])
    if name == "by_kid":
        monkeypatch.setattr(Deletions, "alive", lambda *_: frozenset())
        monkeypatch.setattr(Keyring, "undone", lambda *_: ((), ()))
    world = LogWorld(place)
    LIVES[life][0](world)
    assert revived(world)
    with pytest.raises(AssertionError):
        audit(world)
