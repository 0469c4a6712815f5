"""Grants for a deep check of one client: asked anew when one is used up or its time is over.

Each is an act in the client's own ledger, with its outcome; so a client sees that its entries and
labels were opened, by whom, to be checked.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from bailee import errors
from bailee.act import Principal
from bailee.check.acts import CheckFacts, RunCheck
from bailee.grant import Grant, Scope
from bailee.ids import ActorId, ClientId
from bailee.monitor.authorized import DONE, Authorized
from bailee.monitor.service import Monitor

T = TypeVar("T")

AT_ONCE: Final = 10_000
"""Openings asked for with one grant; five seconds rarely last for more."""

NOT_GRANTED: Final = "errors_keyring.not-granted"
"""A grant is used up or over, or never covered what was asked for."""


class CheckOpenings:
    """Opens things of one client for a check."""

    def __init__(
        self,
        monitor: Monitor,
        who: Principal,
        client: ClientId,
        request: RunCheck,
        scopes: tuple[Scope, ...],
    ) -> None:
        self._monitor = monitor
        self._who = who
        self._client = client
        self._request = request
        self._scopes = scopes
        self._act: Authorized | None = None
        self._opened = 0

    def open(self, fn: Callable[[Grant], T]) -> T:
        """Open something with a grant that is good, asking once more when this one is over."""
        self._opened += 1
        try:
            return fn((self._act or self.ask()).grant)
        except errors.Sealed as error:
            if error.reason != NOT_GRANTED:
                raise
        self.close(DONE)
        return fn(self.ask().grant)

    def ask(self) -> Authorized:
        """Ask the monitor; Refused when it refuses."""
        self._act = self._monitor.authorize(
            self._who,
            self._request,
            self._client,
            scopes=self._scopes,
            count=AT_ONCE,
            body={"depth": str(self._request.depth)},
        )
        return self._act

    @property
    def opens_nothing(self) -> bool:
        """Tell whether the grant in hand is one of a home that takes no writes."""
        return self._act is not None and not self._act.recorded

    @property
    def reader(self) -> ActorId | None:
        """Who checks, as the grant in hand has it."""
        return None if self._act is None else self._act.grant.actor

    def close(self, result: str, *, damaged: int | None = None) -> None:
        """Record what became of the grant in hand; with none in hand there is nothing to say."""
        act, self._act = self._act, None
        if act is not None:
            act.settle(CheckFacts(opened=self._opened, damaged=damaged), result=result)
            self._opened = 0
