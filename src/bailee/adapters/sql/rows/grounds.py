"""What each decision rests on, in one statement: the rows of actor, client and policies."""

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.rows import accounts, clients, policy
from bailee.ids import ClientId
from bailee.monitor.port import Raw
from bailee.monitor.power import ActorRow, ClientRow, PolicyRow
from bailee.work import Tx


def _of(alias: str, columns: str) -> str:
    return ", ".join(f"{alias}.{column.strip()}" for column in columns.split(","))


_LOOK = f"""
select {_of("a", accounts.COLUMNS)}, {_of("c", clients.COLUMNS)}, {_of("p", policy.COLUMNS)}
from (select 1) as one
left join actor a on a.os_user_key = :os_user_key
left join client c on c.id = :client
left join policy p on p.provider = :provider
"""  # noqa: S608  # constant columns
_CLIENT_AT = len(accounts.COLUMNS.split(","))
_POLICY_AT = _CLIENT_AT + len(clients.COLUMNS.split(","))


class SqlGroundRows:
    """`monitor.port.GroundRows` on SQL."""

    def look(self, tx: Tx, os_user_key: bytes, client: ClientId, provider: ClientId) -> Raw:
        """Return every column of the three as stored; a second actor makes both worthless."""
        values = {"os_user_key": os_user_key, "client": client.raw, "provider": provider.raw}
        found = sql(tx).execute(_LOOK, values)
        if len(found) > 1:
            raise errors.Damaged("errors_accounts.name-twice")
        return found[0]

    def read(self, raw: Raw) -> tuple[ActorRow | None, ClientRow | None, PolicyRow | None]:
        """Tell the three apart; Damaged when one does not read."""
        actor, client, adopted = raw[:_CLIENT_AT], raw[_CLIENT_AT:_POLICY_AT], raw[_POLICY_AT:]
        return (
            None if actor[0] is None else accounts.actor_of(actor),
            None if client[0] is None else clients.client_of(client),
            None if adopted[0] is None else policy.policy_of(adopted),
        )
