"""`bailee key`: list, turn, rotate, rehearse."""

import re
import sys
from typing import Annotated

import typer

from bailee import errors
from bailee.clock import rfc3339
from bailee.keys.acts import KeysTurned, ListKeys, RotateRoot, TurnKeys
from bailee.keys.model import KeyReport
from bailee.keys.recovery import join, read_share
from bailee.run.cli import frame, option, spoken
from bailee.text import say

app = spoken.noun("key")

SHARES_CHARS = 65_536
_PAGE = re.compile(r"(?=^bailee recovery share)", re.MULTILINE)


@spoken.act(app, "list", "key_list")
def list_(*, purpose: option.Purpose = None) -> int:
    """Show the generation, the custodians, and what waits to be final."""
    with frame.opened() as house:
        answer = house.caller.call(ListKeys(purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(_report(answer.report))
    for one in answer.report.stale_custodians:
        frame.tell("keys.stale-custodian", custodian=one)
    return 0


def _report(report: KeyReport) -> frame.Record:
    return {
        "generation": report.generation,
        "phase": report.phase.name.lower(),
        "counts": report.counts,
        "pending": sum(one.count for one in report.pending),
        "next_turn": rfc3339(report.due_ms),
        "custodians": [
            f"{one.custodian}={'ok' if one.answers else 'missing'}" for one in report.custodians
        ],
        "turns": len(report.turns),
    }


@spoken.act(app, "turn", "key_turn")
def turn(*, purpose: option.Purpose = None) -> int:
    """Begin a new generation: deletions become final."""
    with frame.opened() as house:
        answer = house.caller.call(TurnKeys(purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    return _turned(answer)


@spoken.act(app, "rotate", "key_rotate")
def rotate(*, purpose: option.Purpose = None) -> int:
    """Turn, with a new root and a new recovery kit."""
    with frame.opened() as house:
        answer = house.caller.call(RotateRoot(purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.tell("cli.rotated")
    return _turned(answer)


def _turned(turned: KeysTurned) -> int:
    frame.show_one(
        {
            "generation": turned.generation,
            "erased": turned.erased,
            "confirmations": turned.confirmations,
            "class": turned.wrap_class,
            "effective": rfc3339(turned.effective_ms),
            "root": "new" if turned.new_root else "kept",
        }
    )
    if turned.erased:
        frame.tell("keys.erasure-erased", date=rfc3339(turned.effective_ms)[:10])
        frame.tell(f"keys.residual-{turned.wrap_class}")
    return 0


@spoken.act(app, "rehearse", "key_rehearse")
def rehearse(
    *,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=say("help.quiet"))] = False,
) -> int:
    """Read recovery shares on standard input and say whether they give the root."""
    shares = [read_share(page) for page in pages(sys.stdin.read(SHARES_CHARS))]
    join(shares)
    if not quiet:
        first = shares[0]
        frame.show_one(
            {"install": str(first.install), "kit": first.kit.hex(), "shares": len(shares)}
        )
    return 0


def pages(text: str) -> list[str]:
    """Split what was typed into pages, each from its first line on."""
    _, *found = _PAGE.split(f"\n{text.lower()}")
    if not found:
        raise errors.UsageError("errors_cli.no-shares")
    return found
