"""Binds the acts on actors, their API tokens and budgets to the parts of a process."""

from bailee.accounts.acts import (
    AddActor,
    AddToken,
    ListActors,
    ListBudgets,
    ListTokens,
    RaiseBudget,
    RetireActor,
    RevokeToken,
)
from bailee.accounts.admission import Admission
from bailee.accounts.budgets import BudgetActs
from bailee.accounts.port import AccountRows
from bailee.accounts.service import Accounts
from bailee.accounts.tokens import TokenActs
from bailee.act import Binding
from bailee.parts import Parts


def bind(parts: Parts, rows: AccountRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    accounts = Accounts(
        work=parts.work,
        rows=rows.actors,
        keys=parts.keyring,
        monitor=parts.monitor,
        register=parts.register,
        find_client=parts.find_client,
    )
    tokens = TokenActs(
        work=parts.work,
        rows=rows.tokens,
        keys=parts.keyring,
        monitor=parts.monitor,
        register=parts.register,
        clock=parts.clock,
        find_client=parts.find_client,
    )
    budgets = BudgetActs(
        work=parts.work,
        budgets=parts.budgets,
        monitor=parts.monitor,
        register=parts.register,
    )
    return (
        AddActor.by(accounts.add),
        RetireActor.by(accounts.retire),
        ListActors.by(accounts.list),
        AddToken.by(tokens.add),
        ListTokens.by(tokens.list),
        RevokeToken.by(tokens.revoke),
        ListBudgets.by(budgets.list),
        RaiseBudget.by(budgets.raised),
    )


def admission(parts: Parts, rows: AccountRows) -> Admission:
    """Bind what a server asks who shows a token; once in a process, for it counts failures."""
    return Admission(
        work=parts.work,
        rows=rows.tokens,
        keys=parts.keyring,
        register=parts.register,
        clock=parts.clock,
    )
