"""Clocks: the acts on the clock: how late it is, and believing it again."""

from collections.abc import Callable
from typing import final

from bailee import errors
from bailee.act import Principal
from bailee.clock import Times, rfc3339
from bailee.keys.acts import AcceptClock, ClockShown, ShowClock
from bailee.keys.schedule import believed_ms, doubts
from bailee.monitor.approval import Matter
from bailee.monitor.service import Monitor
from bailee.monitor.timekeeping import Timekeeper
from bailee.work import Tx


@final
class Clocks:
    """Clocks: the acts on the clock of this machine."""

    def __init__(self, *, monitor: Monitor, keeper: Timekeeper, times: Callable[[], Times]) -> None:
        self._monitor = monitor
        self._keeper = keeper
        self._times = times

    def show(self, who: Principal, request: ShowClock) -> ClockShown:
        """Show the wall clock, and what else tells how late it is."""
        with self._monitor.authorize(who, request, self._keeper.provider):
            return _shown(self._times())

    def accept(self, who: Principal, request: AcceptClock) -> ClockShown:
        """Believe the wall clock from now on.

        Conflict when it is before the newest entry: what is written next would be older.
        """
        times = self._times()
        # Two people agree on a day, so that an agreement is not used for another that the clock
        # shows by then.
        day = rfc3339(times.wall_ms)[:10].replace("-", "")

        def matter(tx: Tx) -> Matter:
            del tx
            if times.started_wall_ms < times.last_ledger_ms:
                raise errors.Conflict("errors_clock.behind")
            return Matter(what={"day": day})

        provider = self._keeper.provider
        with self._monitor.authorize(
            who, request, provider, body={"day": day}, matter=matter
        ) as act:

            def believed(tx: Tx) -> None:
                row = self._keeper.believe(tx)
                act.record(tx, {"shown": str(row.shown_ms)})

            self._monitor.change(believed)
        return _shown(self._times())


def _shown(times: Times) -> ClockShown:
    return ClockShown(
        wall_ms=times.wall_ms,
        shown_ms=times.shown_ms,
        newest_ms=times.last_ledger_ms,
        believed_ms=believed_ms(times),
        doubts=tuple(word for word, _ in doubts(times)),
    )
