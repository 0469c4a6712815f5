"""Months: the act of listing months of custody: what of each lives, until when, what is asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, final

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock, Times
from bailee.ids import ClientId
from bailee.keyring.model import NAMES, TEXT, Custodied
from bailee.keyring.port import LivingEpochs
from bailee.logs.acts import DestroyEpoch, EpochsFacts, ListEpochs, Month, PartOfMonth
from bailee.logs.port import MonthRows
from bailee.logs.state import Target, from_ms, life, sooner_ms, target_of
from bailee.logs.steps import Life
from bailee.monitor.approval import Approvals
from bailee.monitor.power import ApprovalRow
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.vault.epoch import Horizons
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


@final
class Months:
    """Months: the act of listing months; it opens nothing."""

    def __init__(
        self,
        *,
        work: Work,
        rows: MonthRows,
        approvals: Approvals,
        keys: LivingEpochs,
        vault: "Vault",
        monitor: Monitor,
        find_client: ClientFinder,
        clock: Clock,
        times: Callable[[], Times],
        horizons: Horizons | None = None,
    ) -> None:
        self._work = work
        self._rows = rows
        self._approvals = approvals
        self._keys = keys
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._clock = clock
        self._times = times
        self._horizons = horizons or Horizons()

    def list(self, who: Principal, request: ListEpochs) -> Sequence[Month]:
        """Return all months of a client, the oldest first; counts come from rows alone."""
        client = self._find_client(who, request.client)
        with self._monitor.authorize(who, request, client) as act:
            # One snapshot, so that keys, counts and requests are of one moment.
            times = self._times()
            found = self._work.read(lambda tx: self._months(tx, client, times))
            act.facts |= EpochsFacts(months=len(found)).facts()
        return found

    def _months(self, tx: Tx, client: ClientId, times: Times) -> tuple[Month, ...]:
        self._rows.require_whole(tx, client)
        keys = {one.epoch: one for one in self._keys.epochs(tx, client)}
        counts, held = self._rows.by_epoch(tx, client), self._vault.counts(tx, client)
        if not held.keys() <= keys.keys():
            # Values of a month that never was: their rows were changed.
            raise errors.Damaged("errors_sql.set-damaged")
        # Rows of a vault that has ended are noise until a turn sweeps them.
        values = {epoch: count for epoch, count in held.items() if keys[epoch].vault}
        waiting = self._approvals.standing(tx, client, DestroyEpoch.act)
        asked = {target_of(row): row for row in waiting}
        after = self._rows.taken_after(tx, client)

        def part(epoch: int, name: str) -> PartOfMonth:
            target = Target(epoch=epoch, part=name)
            row, latest = asked.get(target), after.get(epoch)
            return self._part(
                target, keys.get(epoch), row, sooner_ms(target, self._horizons, times, latest)
            )

        return tuple(
            Month(
                epoch=epoch,
                names=part(epoch, NAMES),
                text=part(epoch, TEXT),
                values=values.get(epoch, 0),
                batches=counts.get(epoch, (0, 0, 0))[0],
                lines=counts.get(epoch, (0, 0, 0))[1],
                size_bytes=counts.get(epoch, (0, 0, 0))[2],
            )
            for epoch in sorted({*keys, *counts})
        )

    def _part(
        self, target: Target, keys: Custodied | None, row: ApprovalRow | None, sooner_ms: int
    ) -> PartOfMonth:
        due_ms = target.due_ms(self._horizons)
        due = due_ms <= self._clock.now_ms()
        found = Life.NONE if keys is None else life(keys, target.part, due=due)
        if found not in (Life.ALIVE, Life.DUE):
            return PartOfMonth(life=found, until_ms=due_ms)
        part = PartOfMonth(life=found, until_ms=due_ms, sooner_ms=sooner_ms)
        if row is None:
            return part
        return replace(part, asked_from_ms=from_ms(row, due_ms), asked_until_ms=row.until_ms)
