"""Grants for a deep judgement of one client: asked anew when one is used up or its time is over.

Each is an act in the client's own log, with its outcome; so a client sees that its entries and
labels were opened, by whom, to be judged.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from bailee import errors
from bailee.act import Denial, Principal
from bailee.check.acts import RunCheck
from bailee.check.port import Door, Recording
from bailee.grant import Grant, Scope
from bailee.ids import ClientId

T = TypeVar("T")

AT_ONCE: Final = 10_000
"""Openings asked for with one grant; five seconds rarely last for more."""

_OVER: Final = "errors_keyring.not-granted"


class Refused(Exception):
    """The door said no in the middle of a judgement: carries an answer, and is no error."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.rule)
        self.denial = denial


class CheckOpenings:
    """Opens things of one client for a judgement."""

    def __init__(  # noqa: PLR0917  # built in one place
        self,
        monitor: Door,
        work: Recording,
        who: Principal,
        client: ClientId,
        request: RunCheck,
        scopes: tuple[Scope, ...],
    ) -> None:
        self._monitor = monitor
        self._work = work
        self._who = who
        self._client = client
        self._request = request
        self._scopes = scopes
        self._grant: Grant | None = None
        self._opened = 0

    def open(self, fn: Callable[[Grant], T]) -> T:
        """Open something with a grant that is good, asking once more when this one is over."""
        self._opened += 1
        try:
            return fn(self._grant or self.ask())
        except errors.Sealed as error:
            if error.reason != _OVER:
                raise
        self.close("done", {})
        return fn(self.ask())

    def ask(self) -> Grant:
        """Ask the door; Refused when it says no."""
        answer = self._monitor.authorize(
            self._who,
            act=self._request.act,
            client=self._client,
            purpose=self._request.purpose,
            scopes=self._scopes,
            count=AT_ONCE,
            body={"depth": str(self._request.depth)},
            subject=None,
        )
        if isinstance(answer, Denial):
            raise Refused(answer)
        self._grant = answer
        return answer

    def close(self, result: str, facts: Mapping[str, str]) -> None:
        """Record what became of the grant in hand."""
        grant, self._grant = self._grant, None
        if grant is not None:
            body = {"opened": str(self._opened), **facts}
            self._work.run(self._client, lambda tx: self._monitor.outcome(tx, grant, result, body))
            self._opened = 0
