"""How keys are shown: generation, custodians, and what a turn made final."""

from collections.abc import Iterator

from bailee.act.show import Note, Record, Show, Shows
from bailee.clock import rfc3339
from bailee.errors import CannotJudge
from bailee.keys.acts import (
    AcceptClock,
    ClockShown,
    KeysTurned,
    ListKeys,
    RotateRoot,
    ShowClock,
    TurnKeys,
)
from bailee.keys.model import STALE_CUSTODIAN, KeyReport


def _report(answer: KeyReport) -> Record:
    return {
        "generation": answer.generation,
        "phase": answer.phase.name.lower(),
        "counts": answer.counts,
        "pending": sum(one.count for one in answer.pending),
        "next_turn": rfc3339(answer.due_ms),
        "custodians": [
            f"{one.custodian}={'ok' if one.answers else 'missing'}" for one in answer.custodians
        ],
        "turns": len(answer.turns),
    }


def _stale(answer: KeyReport) -> Iterator[Note]:
    for one in answer.stale_custodians:
        yield STALE_CUSTODIAN, {"custodian": one}
    away = sum(not one.answers for one in answer.custodians)
    if away:
        yield "keys.away", {"count": away}


def _turned(answer: KeysTurned) -> Record:
    return {
        "generation": answer.generation,
        "erased": answer.erased,
        "confirmations": answer.confirmations,
        "class": answer.wrap_class,
        "effective": rfc3339(answer.effective_ms),
        "root": "new" if answer.new_root else "kept",
    }


def _final(answer: KeysTurned) -> Iterator[Note]:
    if answer.new_root:
        yield "cli.rotated", {}
    if answer.erased:
        yield "keys.erasure-erased", {"date": rfc3339(answer.effective_ms)[:10]}
        yield f"keys.residual-{answer.wrap_class}", {}


def _doubtful(answer: ClockShown) -> int:
    # Not by this exit code alone: each command says it (run/cli/frame.py).
    return CannotJudge.exit_code if answer.doubts else 0


SHOWS: Shows = {
    ShowClock: Show(exit_code=_doubtful),
    AcceptClock: Show(),
    ListKeys: Show(record=_report, notes=_stale),
    TurnKeys: Show(record=_turned, notes=_final),
    RotateRoot: Show(record=_turned, notes=_final),
}
