"""Guard: finds a row that confers power and is an older, once genuine state of itself.

The log tells which state each row must carry, but reading all of it at each start of a command
would cost more with every day.  So the last state that was compared is remembered outside the
database, as one MAC over all rows: equal, and nothing moved; different, and the log is read.
Lost or stale memory only costs that reading; whoever tampers with both of them owns the host.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol, TypeVar

from bailee import errors
from bailee.encoding import enc
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryShown
from bailee.monitor.projection import Difference, compare, rebuild
from bailee.monitor.register import Register
from bailee.work import Tx, Work

T = TypeVar("T")

MEMORY = "power"
STATE_DOMAIN = "power"
_TRIES = 5


class PowerMemory(Protocol):
    """Power memory: a small durable store outside the database."""

    def read(self, name: str) -> bytes:
        """Read; NotFound when it is not there."""

    def replace(self, name: str, data: bytes) -> None:
        """Write, durably, whole or not at all; CannotRecord when the disk does not take it."""


class Guard:
    """Guard: compares rows with the log, once for each process and after each loss of memory."""

    def __init__(self, *, work: Work, keys: Macs, register: Register, memory: PowerMemory) -> None:
        self._work = work
        self._keys = keys
        self._register = register
        self._memory = memory
        # Once in the life of a process: later changes of these rows pass `change`, or are caught by
        # the MAC that each decision verifies. A row put back while this process runs is found by
        # the next.
        self._compared = False

    def differences(
        self, entries: Callable[[], Iterable[EntryShown]], *, anew: bool = False
    ) -> tuple[Difference, ...]:
        """Return the rows that differ from the log, which is read only when the memory differs.

        `anew`: also in a process that compared before, for what is used up by being believed.
        """
        if self._compared and not anew:
            return ()
        # Rows and log are read one after the other, so another process may change a row in between;
        # tried again while that is so, and five such changes in a row are no accident.
        for _ in range(_TRIES):
            rows, state = self._work.read(lambda tx: (self._register.rows(tx), self._state(tx)))
            found: tuple[Difference, ...] = ()
            # Reading the log costs more each day: left out when no row has moved since it was last
            # compared.
            if self._remembered() != state:
                found = compare(rebuild(entries()), rows)
            if not found:
                self._remember(state)
                self._compared = True
                return ()
            if self._work.read(self._state) == state:
                break  # nobody changed a row meanwhile: the log did not just run ahead
        return found

    def audit(self, entries: Iterable[EntryShown]) -> tuple[Difference, ...]:
        """Return every forged row and every row that differs, whatever is remembered."""
        recorded = rebuild(entries)
        rows, forged = self._work.read(
            lambda tx: (self._register.rows(tx), self._register.forged(tx))
        )
        tampered = (Difference(table=row.table, row=row.pk(), what="forged") for row in forged)
        return (*tampered, *compare(recorded, rows))

    def change(self, fn: Callable[[Tx], T]) -> T:
        """Run a change of the rows; the state after it is remembered if the one before was."""

        def changing(tx: Tx) -> tuple[bytes, bytes, T]:
            # Both states in the transaction of the change, so that nothing of another writer is in
            # between.
            before = self._state(tx)
            result = fn(tx)
            return before, self._state(tx), result

        before, after, result = self._work.run(self._register.provider, changing)
        # Only then: with an older memory something else has moved too, and remembering the new
        # state would hide it for good. After the commit, so that a crash between costs the next
        # process a reading.
        if self._remembered() == before:
            self._remember(after)
        return result

    def change_known(self, fn: Callable[[Tx], object]) -> None:
        """Run a change unless the rows differ from those that were last compared."""

        def changing(tx: Tx) -> tuple[bytes, bytes]:
            before = self._state(tx)
            if self._remembered() == before:
                fn(tx)
            return before, self._state(tx)

        before, after = self._work.run(self._register.provider, changing)
        if self._remembered() == before:
            self._remember(after)

    def _state(self, tx: Tx) -> bytes:
        # a MAC covers its whole row, and is itself verified whenever the row is believed
        rows = sorted(
            enc("power-row", row.table, row.pk(), row.mac) for row in self._register.rows(tx)
        )
        return self._keys.mac(STATE_DOMAIN, enc("power", *rows))

    def _remembered(self) -> bytes:
        with suppress(errors.NotFound):
            return self._memory.read(MEMORY)
        return b""

    def _remember(self, state: bytes) -> None:
        with suppress(errors.CannotRecord):  # a full disk costs the next process a reading
            self._memory.replace(MEMORY, state)
