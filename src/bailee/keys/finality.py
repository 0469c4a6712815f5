"""When deletions are final: read from the state's row, without a key.

That row is under a MAC.  The rows of finished turns are not, so they make nothing final.
"""

from bailee.clock import Clock
from bailee.keyring.model import Erasure
from bailee.keyring.port import KeyRows
from bailee.keyring.service import Keyring
from bailee.keys.erasure import due_ms, erasure
from bailee.work import Work


class Finality:
    """Says when what is deleted now, or was in a generation, is gone from every older copy."""

    def __init__(
        self, *, work: Work, rows: KeyRows, keyring: Keyring, clock: Clock, period_ms: int
    ) -> None:
        self._work = work
        self._rows = rows
        self._keyring = keyring
        self._clock = clock
        self._period_ms = period_ms

    def due_ms(self) -> int:
        """Return when the next turn is due, in milliseconds since 1970."""
        turning = self._keyring.turning()
        return due_ms(self._work.read(turning.state), self._period_ms)

    def erasure(self, generation: int) -> Erasure:
        """Say how far the erasure is of what was deleted while a generation was written."""
        turning = self._keyring.turning()
        state, turns = self._work.read(lambda tx: (turning.state(tx), tuple(self._rows.turns(tx))))
        return erasure(
            state, turns, generation, period_ms=self._period_ms, now_ms=self._clock.now_ms()
        )
