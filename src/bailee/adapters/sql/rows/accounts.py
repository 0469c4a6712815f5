"""Actor rows: the rows of actors, of their API tokens and of their budgets."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.accounts import actor, api_token, reveal_budget
from bailee.adapters.sql.whole import require
from bailee.ids import ActorId, TokenId
from bailee.monitor.power import ActorRow, BudgetRow, TokenRow
from bailee.work import Tx

ACTORS: Final = Mapped(
    actor,
    ActorRow,
    damaged="errors_accounts.row-damaged",
    twice="errors_accounts.name-twice",
)
TOKENS: Final = Mapped(api_token, TokenRow, damaged="errors_accounts.token-damaged")
BUDGETS: Final = Mapped(reveal_budget, BudgetRow, damaged="errors_accounts.budget-damaged")
_USED = """
update api_token set used_ms = :now
where id = :id and (used_ms is null or not used_ms between :now - :apart + 1 and :now)
"""


class SqlActorRows:
    """Actors in SQL."""

    def by_os_user(self, tx: Tx, os_user_key: bytes) -> ActorRow | None:
        """Find by the keyed name; a second row of one name makes both worthless."""
        return ACTORS.one(tx, os_user_key=os_user_key)

    def get(self, tx: Tx, actor: ActorId) -> ActorRow | None:
        """Find by id."""
        return ACTORS.one(tx, id=actor)

    def all(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor, by id."""
        return ACTORS.all(tx)

    def require_whole(self, tx: Tx) -> None:
        """Return if no actor is missing; else Damaged."""
        require(tx, None, actor)

    def add(self, tx: Tx, row: ActorRow) -> None:
        """Insert an actor."""
        ACTORS.add(tx, row)

    def replace(self, tx: Tx, row: ActorRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""
        ACTORS.replace(tx, row, changed="errors_accounts.changed-meanwhile")


class SqlTokenRows:
    """SQL token rows: API tokens."""

    def get(self, tx: Tx, token: TokenId) -> TokenRow | None:
        """Find by id."""
        return TOKENS.one(tx, id=token)

    def all(self, tx: Tx) -> Sequence[TokenRow]:
        """Return every token, by id."""
        return TOKENS.all(tx)

    def require_whole(self, tx: Tx) -> None:
        """Return if no token is missing; else Damaged."""
        require(tx, None, api_token)

    def add(self, tx: Tx, row: TokenRow) -> None:
        """Insert a token."""
        TOKENS.add(tx, row)

    def replace(self, tx: Tx, row: TokenRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""
        TOKENS.replace(tx, row, changed="errors_accounts.token-changed-meanwhile")

    def use(self, tx: Tx, token: TokenId, now_ms: int, apart_ms: int) -> None:
        """Write down when a token was used, unless that was done less than `apart_ms` ago."""
        sql(tx).change(_USED, {"id": token.raw, "now": now_ms, "apart": apart_ms})


class SqlBudgetRows:
    """SQL budget rows: how many identifiers each actor opened."""

    def get(self, tx: Tx, actor: ActorId) -> BudgetRow | None:
        """Find by actor; None for one who opened none, and may open what the policies set."""
        return BUDGETS.one(tx, actor=actor)

    def all(self, tx: Tx) -> Sequence[BudgetRow]:
        """Return every row, by actor."""
        return BUDGETS.all(tx)

    def require_whole(self, tx: Tx) -> None:
        """Return if no row is missing; else Damaged."""
        require(tx, None, reveal_budget)

    def put(self, tx: Tx, row: BudgetRow) -> None:
        """Insert the row, or replace the version before it; Conflict when that one is gone."""
        BUDGETS.put(tx, row, changed="errors_accounts.budget-changed-meanwhile")


class SqlAccountRows:
    """SQL account rows: all that accounts keep."""

    actors: Final = SqlActorRows()
    tokens: Final = SqlTokenRows()
