"""Budgets: how many identifiers each actor may open on a day, counted before any is opened.

A row is a projection of the provider's log and believed only with its MAC, after it was compared
with that log: a row of before, put back, would else be a budget anew, and counting on it would make
it the newest.  A day is one of shown time, which nobody sets.  spec/budget.md
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from bailee import errors
from bailee.clock import Clock
from bailee.ids import ActorId, ClientId, EntryId
from bailee.keyring.port import Macs
from bailee.ledger.model import EntryDraft, Recorded
from bailee.ledger.vocabulary import BUDGET_CHANGE
from bailee.monitor.port import BudgetRows
from bailee.monitor.power import BudgetRow
from bailee.monitor.register import Register
from bailee.policy import Policies
from bailee.work import Tx

DAY_MS: Final = 86_400_000
SPENT: Final = "budget-spent"
"""The rule of a refusal: more than the actor may open on a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetToday:
    """Budget today: how many identifiers an actor opened today, and may open."""

    actor: ActorId
    opened: int
    limit: int
    raised_until_day: int | None


class BudgetLedger(Protocol):
    """Budget ledger: the part of the ledger that counts."""

    def append(self, tx: Tx, client: ClientId, draft: EntryDraft) -> Recorded:
        """Append an entry; it is recorded when the unit of work around it is durable."""


class Budgets:
    """Budgets: the rows that count what is opened, and the one place that counts."""

    def __init__(
        self,
        *,
        rows: BudgetRows,
        keys: Macs,
        ledger: BudgetLedger,
        register: Register,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._register = register
        self._policies = policies
        self._clock = clock

    def spend(self, tx: Tx, actor: ActorId, of: EntryId, count: int) -> bool:
        """Count what an entry permits to open; False, and nothing counted, where it is too much.

        Damaged when the row is forged, or was taken away.
        """
        row = self._of(tx, actor)
        if row.opened + count > self._limit(row):
            return False
        after = replace(row, opened=row.opened + count, version=row.version + 1)
        body = {"of": str(of), **after.projected()}
        draft = EntryDraft(kind=BUDGET_CHANGE, body=body, t_ms=self._clock.now_ms())
        # In the provider's log, where rows are compared from, and in the transaction of the row:
        # no count without its entry, and no entry without its count.
        recorded = self._ledger.append(tx, self._register.provider, draft)
        self.put(tx, after, recorded)
        return True

    def raised(self, tx: Tx, actor: ActorId, values: int, days: int) -> BudgetRow:
        """Return the next version of a row, with what two people agreed on; `put` stores it.

        UsageError where the policies let everybody open as much.
        """
        row = self._of(tx, actor)
        if values <= self._policies.terms.reveal_day:
            raise errors.UsageError(
                "errors_accounts.budget-not-more", least=self._policies.terms.reveal_day + 1
            )
        # Until the end of the day on which it ends: a budget is for whole days.
        until = row.day + days - 1
        return replace(row, raised=values, raised_until_day=until, version=row.version + 1)

    def put(self, tx: Tx, row: BudgetRow, recorded: Recorded) -> None:
        """Store a row as the projection of an entry."""
        self._rows.put(tx, replace(row, log_index=recorded.index).vouched(self._keys))

    def today(self, tx: Tx, actor: ActorId) -> BudgetToday:
        """Return how far an actor is today; Damaged when the row is forged, or was taken away."""
        row = self._of(tx, actor)
        raised = row.raised and row.day <= row.raised_until_day
        return BudgetToday(
            actor=actor,
            opened=row.opened,
            limit=self._limit(row),
            raised_until_day=row.raised_until_day if raised else None,
        )

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; else Damaged."""
        self._rows.require_whole(tx)

    def actors(self, tx: Tx) -> Sequence[ActorId]:
        """Return everybody who has a role, by id."""
        return [row.id for row in self._register.actors(tx) if row.roles]

    def _of(self, tx: Tx, actor: ActorId) -> BudgetRow:
        """Return the row as it counts today: that of a day before has opened nothing."""
        row = self._rows.get(tx, actor)
        shown_ms = self._register.shown_ms(tx)
        # Without shown time no day passes: a wall clock alone would let whoever sets it begin one.
        today = 0 if shown_ms is None else shown_ms // DAY_MS
        if row is None:
            self._rows.require_whole(tx)
            return BudgetRow(
                actor=actor,
                day=today,
                opened=0,
                raised=0,
                raised_until_day=0,
                version=0,
                log_index=0,
            )
        if not row.verifies(self._keys):
            raise errors.Damaged("errors_accounts.budget-damaged")
        # Never a day back, whatever happened to the row of shown time.
        return row if today <= row.day else replace(row, day=today, opened=0)

    def _limit(self, row: BudgetRow) -> int:
        default = self._policies.terms.reveal_day
        return max(default, row.raised) if row.day <= row.raised_until_day else default
