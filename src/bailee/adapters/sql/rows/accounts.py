"""Actor rows: the rows of actors."""

from collections.abc import Sequence
from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.accounts import actor
from bailee.adapters.sql.whole import require
from bailee.monitor.power import ActorRow
from bailee.work import Tx

ACTORS: Final = Mapped(
    actor,
    ActorRow,
    damaged="errors_accounts.row-damaged",
    twice="errors_accounts.name-twice",
)


class SqlActorRows:
    """Actors in SQL."""

    def by_os_user(self, tx: Tx, os_user_key: bytes) -> ActorRow | None:
        """Find by the keyed name; a second row of one name makes both worthless."""
        return ACTORS.one(tx, os_user_key=os_user_key)

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
