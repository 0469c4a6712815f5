"""How much a hostile line costs: counted in calls of the interpreter, never in time.

A leaf of 8 MiB may be all marks.  Judging it takes no call for each mark, so that what is left is
a few passes in C; showing it takes a few for each, and no more of them in a longer line.
"""

import sys
from collections.abc import Callable

import pytest
from tests.proof.honest_log import HonestLog
from tests.proof.line_form_vectors import signed_leaf

from bailee.proof.receipt.line import line_leaf
from bailee.proof.verdict import Outcome, Verdict
from bailee.proof.verify_line import verify_line_receipt

SMALL, FACTOR = 1_000, 16
TEXTS: dict[str, Callable[[int], tuple[range, bytes]]] = {
    "values, all distinct": lambda count: (range(count), b"\x1aA" * count),
    "secrets": lambda count: (range(0), b"\x1aR" * count),
    "the marker itself": lambda count: (range(0), b"\x1a\x1a" * count),
    "high bytes": lambda count: (range(0), b"\x1axe9" * count),
    "all of them": lambda count: (range(count), b"\x1aA\x1a\x1a\x1axe9x\x1aR" * count),
}


def calls(work: Callable[[], object]) -> int:
    """Count the calls, of Python and of C, that the interpreter makes."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def receipt(text: str, count: int) -> bytes:
    ordinals, stored = TEXTS[text](count)
    return signed_leaf(
        line_leaf(salt=bytes(16), event_ns=0, receipt_ns=0, ordinals=ordinals, text=stored)
    )


@pytest.mark.parametrize("text", TEXTS)
def test_judging_a_line_takes_no_call_for_each_mark(text: str) -> None:
    key = HonestLog().vkey()
    efforts = []
    for count in (SMALL, SMALL * FACTOR):
        blob = receipt(text, count)
        assert verify_line_receipt(blob, key=key).outcome is Outcome.VERIFIED
        efforts.append(calls(lambda blob=blob: verify_line_receipt(blob, key=key)))  # type: ignore[misc]  # bound now
    assert efforts[1] <= efforts[0] + 8  # the length of a path, and no more, may differ


@pytest.mark.parametrize("text", TEXTS)
def test_showing_a_line_takes_as_many_calls_for_each_mark_in_a_longer_one(text: str) -> None:
    key = HonestLog().vkey()

    def show(verdict: Verdict) -> int:
        assert verdict.line is not None
        return len(list(verdict.line.parts))

    efforts = []
    for count in (SMALL, SMALL * FACTOR):
        verdict = verify_line_receipt(receipt(text, count), key=key)
        assert show(verdict) == show(verdict) > 0
        efforts.append(calls(lambda verdict=verdict: show(verdict)))  # type: ignore[misc]  # bound now
    assert efforts[1] <= efforts[0] * FACTOR
