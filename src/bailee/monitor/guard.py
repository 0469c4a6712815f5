"""Guard: finds a row that confers power and is an older, once genuine state of itself.

The log tells which state each row must carry, but reading all of it at each start of a command
would cost more with every day.  So the last state that was compared is remembered outside the
database, as the length that the log had and one MAC over it and all rows: where that fits, only
what the log has told since is read.  Lost or stale memory costs a longer reading, and no more: that
the log itself is the newest, custodians know.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Protocol, TypeVar

from bailee import errors
from bailee.encoding import enc, u64
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryShown
from bailee.monitor.power import PowerRow
from bailee.monitor.projection import Difference, compare, rebuild
from bailee.monitor.register import Register
from bailee.work import Tx, Work

T = TypeVar("T")
Rows = tuple[PowerRow, ...]

MEMORY = "power"
STATE_DOMAIN = "power"
MAC_BYTES = 32
_TRIES = 5
_APART = 64
"""Entries that may be read again at each start before what is remembered is written anew."""

# Asked for all rows three times by a change of one; other bytes are encoded anew.  Some 4 MB.
_encoded = lru_cache(maxsize=16_384)(partial(enc, "power-row"))

Entries = Callable[[int], Iterable[EntryShown]]
"""Opens the bodies of the provider's log from an index on."""


class PowerMemory(Protocol):
    """Power memory: a small durable store outside the database."""

    def read(self, name: str) -> bytes:
        """Read; NotFound when it is not there."""

    def replace(self, name: str, data: bytes) -> None:
        """Write, durably, whole or not at all; CannotRecord when the disk does not take it."""


class Guard:
    """Guard: compares rows with the log, once for each process and after each loss of memory."""

    def __init__(
        self,
        *,
        work: Work,
        keys: Macs,
        register: Register,
        memory: PowerMemory,
        length: Callable[[Tx], int],
    ) -> None:
        """Take the parts; `length` counts the entries of the provider's log."""
        self._work = work
        self._keys = keys
        self._register = register
        self._memory = memory
        self._length = length
        # Once in the life of a process: later changes of these rows pass `change`, or are caught by
        # the MAC that each decision verifies. A row put back while this process runs is found by
        # the next.
        self._compared = False

    def differences(self, entries: Entries, *, anew: bool = False) -> tuple[Difference, ...]:
        """Return the rows that differ from the log, of which is read what is not remembered.

        `anew`: also in a process that compared before, for what is used up by being believed.
        """
        if self._compared and not anew:
            return ()
        # Rows and log are read one after the other, so another process may change a row in between;
        # tried again while that is so, and five such changes in a row are no accident.
        for _ in range(_TRIES):
            rows, length = self._work.read(lambda tx: (self._register.rows(tx), self._length(tx)))
            at = self._compared_at(rows)
            last = rebuild(entries(at or 0))
            # Rows that nothing has told of since are those that were compared then.
            told = rows if at is None else [row for row in rows if (row.table, row.pk()) in last]
            found = compare(last, told)
            if not found:
                if at is None or last or length - at > _APART:
                    self._remember(rows, length)
                self._compared = True
                return ()
            if self._work.read(self._register.rows) == rows:
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
        """Run a change of the rows; those after it are remembered if those before were."""
        read = self._register.rows

        def changing(tx: Tx) -> tuple[Rows, Rows, T]:
            # Both in the transaction of the change, so that nothing of another writer is in
            # between.
            before = read(tx)
            result = fn(tx)
            return before, read(tx), result

        before, after, result = self._work.run(self._register.provider, changing)
        at = self._compared_at(before)
        # Only then: with an older memory something else has moved too, and remembering the new
        # rows would hide it for good. At the length of before, so that what was told since is
        # compared with them. After the commit, so that a crash between costs the next process a
        # reading.
        if at is not None:
            self._remember(after, at)
        return result

    def change_known(self, fn: Callable[[Tx], object]) -> None:
        """Run a change unless the rows differ from those that were last compared."""
        read = self._register.rows

        def changing(tx: Tx) -> tuple[Rows, Rows]:
            before = read(tx)
            if self._compared_at(before) is not None:
                fn(tx)
            return before, read(tx)

        before, after = self._work.run(self._register.provider, changing)
        at = self._compared_at(before)
        if at is not None:
            self._remember(after, at)

    def _mac(self, rows: Rows, at: int) -> bytes:
        # a MAC covers its whole row, and is itself verified whenever the row is believed
        parts = sorted(_encoded(row.table, row.pk(), row.mac) for row in rows)
        # Joined: an encoded tuple says itself where it ends, and a thousand parts of one cost more.
        return self._keys.mac(STATE_DOMAIN, enc("power", at, b"".join(parts)))

    def _compared_at(self, rows: Rows) -> int | None:
        """Return up to which index the log was compared with these rows; None when it was not."""
        remembered = b""
        with suppress(errors.NotFound):
            remembered = self._memory.read(MEMORY)
        at = int.from_bytes(remembered[MAC_BYTES:], "big")
        # One of before lengths had the MAC alone, and fits nothing.
        fits = len(remembered) == MAC_BYTES + 8 and remembered[:MAC_BYTES] == self._mac(rows, at)
        return at if fits else None

    def _remember(self, rows: Rows, at: int) -> None:
        with suppress(errors.CannotRecord):  # a full disk costs the next process a reading
            self._memory.replace(MEMORY, self._mac(rows, at) + u64(at))
