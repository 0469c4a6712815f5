"""The phases of a turn: every pair of phases, and how far an erasure is."""

from dataclasses import replace

import pytest

from bailee import errors
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import Phase, State, TurnRow
from bailee.keys.erasure import due_ms, erasure, pending_erasures
from bailee.keys.model import DAY_MS
from bailee.keys.state import FINAL, NEXT, advanced, begun
from bailee.text import LANGUAGES, Speaker

STATE = State(
    install=InstallId(bytes(16)),
    provider=ClientId(bytes(16)),
    generation=7,
    write_gen=7,
    phase=Phase.STILL,
    new_root=False,
    began_ms=0,
    turned_ms=1_000,
)
TURNED = replace(STATE, generation=8, write_gen=8, turned_ms=5_000)
WEEK = 7 * DAY_MS
TURN = TurnRow(
    gen=7,
    new_root=False,
    began_ms=0,
    finished_ms=5_000,
    effective_ms=5_000,
    erased=1,
    confirmations=2,
    wrap_class="file",
)


def test_the_phases_are_one_ring_without_a_way_back() -> None:
    assert set(NEXT) == set(Phase)
    seen = [Phase.STILL]
    while NEXT[seen[-1]] is not Phase.STILL:
        seen.append(NEXT[seen[-1]])
    assert seen == list(Phase)
    assert set(seen[-2:]) == FINAL


@pytest.mark.parametrize("done", list(Phase))
@pytest.mark.parametrize("at", list(Phase))
def test_only_the_phase_that_stands_is_left(at: Phase, done: Phase) -> None:
    state = replace(STATE, phase=at)
    if at is done and at is not Phase.STILL:
        assert advanced(state, done, 9_000).phase is NEXT[at]
    else:
        with pytest.raises(errors.Conflict, match="other-phase"):
            advanced(state, done, 9_000)


def test_the_fence_rises_when_t0_is_done_and_the_generation_when_all_is() -> None:
    state = begun(STATE, 2_000, new_root=True)
    written = []
    while state.phase is not Phase.STILL:
        state = advanced(state, state.phase, 9_000)
        written.append((state.write_gen, state.generation, state.new_root, state.turned_ms))
    assert written == [
        *[(8, 7, True, 1_000)] * 4,
        (8, 8, False, 9_000),
    ]


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.STILL])
def test_a_turn_in_progress_is_gone_on_with(phase: Phase) -> None:
    state = replace(STATE, phase=phase)
    assert begun(state, 9_000, new_root=False) == state
    with pytest.raises(errors.Conflict, match="turn-in-progress"):
        begun(state, 9_000, new_root=True)
    rotating = replace(state, new_root=True)
    assert begun(rotating, 9_000, new_root=True) == rotating
    assert begun(rotating, 9_000, new_root=False) == rotating


def test_an_erasure_is_pending_by_the_next_turn_and_erased_after_it() -> None:
    before = erasure(STATE, [], 7, period_ms=WEEK, now_ms=2_000)
    assert (before.stage, before.effective_ms) == ("pending", 1_000 + WEEK)
    after = erasure(TURNED, [TURN], 7, period_ms=WEEK, now_ms=5_000)
    assert (after.stage, after.effective_ms, after.wrap_class) == ("erased", 5_000, "file")


def test_what_was_deleted_during_a_turn_waits_one_period_longer() -> None:
    found = erasure(STATE, [], 8, period_ms=WEEK, now_ms=9_000)
    assert (found.stage, found.effective_ms) == ("pending", 1_000 + 2 * WEEK)


def test_a_row_of_a_turn_makes_nothing_erased_and_nothing_sooner() -> None:
    assert erasure(STATE, [TURN], 7, period_ms=WEEK, now_ms=9_000).stage == "pending"
    sooner = replace(TURN, effective_ms=1, wrap_class="hardware")
    found = erasure(TURNED, [sooner], 7, period_ms=WEEK, now_ms=9_000)
    assert (found.effective_ms, found.wrap_class) == (5_000, "file")


def test_a_custody_that_destroys_later_is_not_called_erased_before() -> None:
    slow = replace(TURN, effective_ms=5_000 + 30 * DAY_MS)
    assert erasure(TURNED, [slow], 7, period_ms=WEEK, now_ms=6_000).stage == "pending"
    later = erasure(TURNED, [slow], 7, period_ms=WEEK, now_ms=slow.effective_ms)
    assert later.stage == "erased"


def test_the_turn_is_due_one_period_after_the_last() -> None:
    assert due_ms(STATE, WEEK) == 1_000 + WEEK
    assert pending_erasures(STATE, [], WEEK) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_certainty_is_said_with_its_residual_risk(language: str) -> None:
    say = Speaker(language)
    for state in (STATE, TURNED):
        found = erasure(state, [TURN], 7, period_ms=WEEK, now_ms=9_000)
        assert "2026-01-08" in say(found.sentence, date="2026-01-08")
        assert "file" in say(found.residual)
    certain = erasure(TURNED, [], 7, period_ms=WEEK, now_ms=9_000, wrap_class="hardware")
    assert "hardware" in say(certain.residual)
