"""Budgets: shows what each actor opened today, and lets two people agree to more."""

from collections.abc import Sequence

from bailee import errors
from bailee.accounts.acts import BudgetsFacts, ListBudgets, RaiseBudget
from bailee.accounts.model import Budget
from bailee.act import Principal
from bailee.ids import ActorId
from bailee.limits import BUDGET_DAYS_MAX, BUDGET_VALUES_MAX
from bailee.monitor.approval import Matter
from bailee.monitor.budget import DAY_MS, Budgets, BudgetToday
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.work import Tx, Work


class BudgetActs:
    """Budget acts: what a person does about how much is opened."""

    def __init__(
        self, *, work: Work, budgets: Budgets, monitor: Monitor, register: Register
    ) -> None:
        self._work = work
        self._budgets = budgets
        self._monitor = monitor
        self._register = register

    def list(self, who: Principal, request: ListBudgets) -> Sequence[Budget]:
        """Show everybody who has a role, whoever opened most first."""
        with self._monitor.authorize(who, request, self._register.provider) as act:
            found = self._work.read(self._held)
            act.facts |= BudgetsFacts(budgets=len(found)).facts()
        return sorted(found, key=lambda one: (-one.opened, str(one.actor)))

    def raised(self, who: Principal, request: RaiseBudget) -> Budget:
        """Let an actor open more, as two people agreed.

        LimitExceeded beyond the bounds, UsageError for no more than everybody may, NotFound
        without such an actor.
        """
        if request.values > BUDGET_VALUES_MAX:
            raise errors.LimitExceeded("errors_accounts.budget-values", limit=BUDGET_VALUES_MAX)
        if request.days > BUDGET_DAYS_MAX:
            raise errors.LimitExceeded("errors_accounts.budget-days", limit=BUDGET_DAYS_MAX)
        try:
            actor = ActorId.parse(request.actor)
        except ValueError:
            # The same answer as for one that is not there.
            raise errors.NotFound("errors_accounts.no-such-actor") from None
        what = {"values": str(request.values), "days": str(request.days)}

        def matter(tx: Tx) -> Matter:
            # In the transaction that asks: what cannot be done is nobody's to agree to.
            self._require(tx, actor)
            self._budgets.raised(tx, actor, request.values, request.days)
            return Matter(what=what, about=actor)

        with self._monitor.authorize(
            who,
            request,
            self._register.provider,
            body={"of-actor": str(actor), **what},
            matter=matter,
        ) as act:

            def done(tx: Tx) -> Budget:
                self._require(tx, actor)
                row = self._budgets.raised(tx, actor, request.values, request.days)
                self._budgets.put(tx, row, act.record(tx, row.projected()))
                return _shown(self._budgets.today(tx, actor))

            return self._monitor.change(done)

    def _held(self, tx: Tx) -> Sequence[Budget]:
        self._budgets.require_whole(tx)
        return [_shown(self._budgets.today(tx, actor)) for actor in self._budgets.actors(tx)]

    def _require(self, tx: Tx, actor: ActorId) -> None:
        row = self._register.actor(tx, actor)
        if row is None or not row.roles:
            raise errors.NotFound("errors_accounts.no-such-actor")


def _shown(today: BudgetToday) -> Budget:
    until = today.raised_until_day
    return Budget(
        actor=today.actor,
        opened=today.opened,
        limit=today.limit,
        raised_until_ms=None if until is None else (until + 1) * DAY_MS,
    )
