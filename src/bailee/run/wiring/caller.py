"""Caller: carries requests to the services of this process.

A refusal is raised where it is decided and becomes a value here, in one place.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from bailee.act import Binding, Denial, Download, Principal, Refused, Request, Upload

A = TypeVar("A")
B = TypeVar("B")
P = ParamSpec("P")


def answered(do: Callable[P, A], *given: P.args, **named: P.kwargs) -> A | Denial:
    """Do an act; return its answer, or the denial when it was refused."""
    try:
        return do(*given, **named)
    # The one place: below it nothing may take a refusal for an error and go on, above it nobody has
    # to know that it was raised.
    except Refused as refused:
        return refused.denial


class LocalCaller:
    """Local caller: calls the services of this process, as the user who runs it."""

    def __init__(self, who: Principal, bound: Callable[[str], Binding]) -> None:
        self.who = who
        self._bound = bound

    def call(self, request: Request[A] | Download[A]) -> A | Denial:
        """Carry a request to the method that does it, and give what it is answered with."""
        # The answer's type is declared by the request, and `bind` was checked against it; the table
        # by which the method is found cannot carry it.
        return cast("A | Denial", self._do(request.act, request))

    def send(self, request: Upload[A, B], beside: B) -> A | Denial:
        """Carry a request with its source or its sink."""
        return cast("A | Denial", self._do(request.act, request, beside))

    def _do(self, act: str, *given: object) -> object:
        return answered(self._bound(act).do, self.who, *given)
