"""Ground rows: what each decision rests on, in one statement.

Actor, client, the client's lock and policies; for a token its row, and its actor by that.
"""

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.rows.accounts import ACTORS, TOKENS
from bailee.adapters.sql.rows.clients import CLIENTS, LOCKS
from bailee.adapters.sql.rows.power.policy import POLICIES
from bailee.ids import ClientId, TokenId
from bailee.monitor.port import GroundsRead, Raw
from bailee.work import Tx

_COLUMNS = f"{ACTORS.of('a')}, {CLIENTS.of('c')}, {LOCKS.of('l')}, {POLICIES.of('p')}"
_JOINED = """
left join client c on c.id = :client
left join client_lock l on l.client = :client
left join policy p on p.provider = :provider
"""
_LOOK = f"""
select {_COLUMNS}
from (select 1) as one
left join actor a on a.os_user_key = :os_user_key
{_JOINED}
"""  # noqa: S608  # constant columns
_LOOK_TOKEN = f"""
select {_COLUMNS}, {TOKENS.of("t")}
from (select 1) as one
left join api_token t on t.id = :token
left join actor a on a.id = t.actor
{_JOINED}
"""  # noqa: S608  # constant columns
_CLIENT_AT = ACTORS.width
_LOCK_AT = _CLIENT_AT + CLIENTS.width
_POLICY_AT = _LOCK_AT + LOCKS.width
_TOKEN_AT = _POLICY_AT + POLICIES.width


class SqlGroundRows:
    """`monitor.port.GroundRows` on SQL."""

    def look(self, tx: Tx, os_user_key: bytes, client: ClientId, provider: ClientId) -> Raw:
        """Return every column of the rows as stored; a second actor makes both worthless."""
        values = {"os_user_key": os_user_key, "client": client.raw, "provider": provider.raw}
        found = sql(tx).execute(_LOOK, values)
        if len(found) > 1:
            raise errors.Damaged("errors_accounts.name-twice")
        return found[0]

    def look_by_token(self, tx: Tx, token: TokenId, client: ClientId, provider: ClientId) -> Raw:
        """Return every column as stored, the token's last."""
        values = {"token": token.raw, "client": client.raw, "provider": provider.raw}
        return sql(tx).execute(_LOOK_TOKEN, values)[0]

    def read(self, raw: Raw) -> GroundsRead:
        """Decode the rows; Damaged when one does not decode."""
        return GroundsRead(
            actor=ACTORS.read.joined(raw[:_CLIENT_AT]),
            client=CLIENTS.read.joined(raw[_CLIENT_AT:_LOCK_AT]),
            lock=LOCKS.read.joined(raw[_LOCK_AT:_POLICY_AT]),
            policy=POLICIES.read.joined(raw[_POLICY_AT:_TOKEN_AT]),
            token=TOKENS.read.joined(raw[_TOKEN_AT:]),
            by_token=len(raw) > _TOKEN_AT,
        )
