"""Ground rows: what each decision rests on, in one statement: actor, client and policies."""

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.rows.accounts import ACTORS
from bailee.adapters.sql.rows.clients import CLIENTS
from bailee.adapters.sql.rows.power.policy import POLICIES
from bailee.ids import ClientId
from bailee.monitor.port import Raw
from bailee.monitor.power import ActorRow, ClientRow, PolicyRow
from bailee.work import Tx

_LOOK = f"""
select {ACTORS.of("a")}, {CLIENTS.of("c")}, {POLICIES.of("p")}
from (select 1) as one
left join actor a on a.os_user_key = :os_user_key
left join client c on c.id = :client
left join policy p on p.provider = :provider
"""  # noqa: S608  # constant columns
_CLIENT_AT = ACTORS.width
_POLICY_AT = _CLIENT_AT + CLIENTS.width


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
        """Decode the three rows; Damaged when one does not decode."""
        actor, client, adopted = raw[:_CLIENT_AT], raw[_CLIENT_AT:_POLICY_AT], raw[_POLICY_AT:]
        return (
            ACTORS.read.joined(actor),
            CLIENTS.read.joined(client),
            POLICIES.read.joined(adopted),
        )
