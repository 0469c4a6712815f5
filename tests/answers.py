"""Answers of acts in tests: done, or denied; each is said where it is expected."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from bailee.act import Denial, Refused

A = TypeVar("A")
P = ParamSpec("P")


def done(answer: A | Denial) -> A:
    """Give an answer that is no denial."""
    assert not isinstance(answer, Denial), answer
    return answer


def asked(do: Callable[P, A], *given: P.args, **named: P.kwargs) -> A | Denial:
    """Do an act on its service as a caller does: a refusal becomes a value."""
    try:
        return do(*given, **named)
    except Refused as refused:
        return refused.denial
