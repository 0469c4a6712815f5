"""Enrols actors and shows them.

A row is written in the transaction of the entry that it is a projection of, and carries that
entry's index under its MAC; what the log never told confers nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from bailee import errors
from bailee.accounts.acts import ActorAdded, AddActor, ListActors
from bailee.accounts.model import Actor, actor_aad, actor_ref, actors_scope
from bailee.accounts.port import AccountKeys, ActorRows, ClientFinder, Door
from bailee.grant import Grant
from bailee.ids import ActorId, ClientId
from bailee.monitor.attempt import recording_outcome, recording_read
from bailee.monitor.model import Denial, Principal
from bailee.monitor.power import ActorRow
from bailee.monitor.register import Register, os_user_key
from bailee.policy import CLIENT_ROLES, Role
from bailee.work import Tx, Work


class Accounts:
    """The acts on actors."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ActorRows,
        keys: AccountKeys,
        monitor: Door,
        register: Register,
        find_client: ClientFinder,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._register = register
        self._find_client = find_client

    def add(self, who: Principal, request: AddActor) -> ActorAdded | Denial:
        """Enrol an actor, or give an enrolled one another role."""
        named = Principal(os_user=request.os_user)
        role = _role(request)
        provider = self._register.provider
        home = self._find_client(who, request.client) if request.client else provider
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=provider,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={"role": role, "home": str(home)},
            subject={"os-user": named.written},
            to_self=named == who,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            row = self._monitor.change(lambda tx: self._enrol(tx, grant, named, home, role))
        return ActorAdded(actor=_shown(row, named.os_user))

    def found(self, tx: Tx, grant: Grant, founder: Principal, actor: ActorId) -> None:
        """Enrol who founds the installation, with operations; `init` alone comes here."""
        self._insert(tx, grant, founder, self._register.provider, Role.OPERATIONS, actor)

    def _enrol(
        self, tx: Tx, grant: Grant, named: Principal, home: ClientId, role: Role
    ) -> ActorRow:
        row = self._register.actor_named(tx, named)
        if row is None:
            return self._insert(tx, grant, named, home, role, ActorId.new())
        if row.home != home:
            raise errors.Conflict("errors_accounts.at-home-elsewhere")
        if role in row.roles:
            raise errors.Conflict("errors_accounts.role-held-already")
        roles = tuple(sorted({*row.roles, str(role)}))
        row = self._told(tx, grant, replace(row, roles=roles, version=row.version + 1), named)
        self._rows.replace(tx, row)
        return row

    def _insert(  # noqa: PLR0917  # one caller each for init and add, all of it needed
        self,
        tx: Tx,
        grant: Grant,
        named: Principal,
        home: ClientId,
        role: Role,
        actor: ActorId,
    ) -> ActorRow:
        provider = self._register.provider
        sealer = self._keys.sealer(actor_ref(provider, actor))
        self._keys.enrol(tx, sealer)
        row = ActorRow(
            id=actor,
            home=home,
            os_user_key=os_user_key(self._keys, named),
            sealed_os_user=sealer.seal_row(actor_aad(provider, actor), named.raw),
            roles=(str(role),),
            version=1,
            log_index=0,
        )
        row = self._told(tx, grant, row, named)
        self._rows.add(tx, row)
        return row

    def _told(self, tx: Tx, grant: Grant, row: ActorRow, named: Principal) -> ActorRow:
        """Record the row as the outcome, and bind it to that entry."""
        subject = {"os-user": named.written}
        recorded = self._monitor.outcome(tx, grant, "done", row.projected(), subject)
        return replace(row, log_index=recorded.index).vouched(self._keys)

    def list(self, who: Principal, request: ListActors) -> Sequence[Actor] | Denial:
        """Show every actor with its name and roles."""
        provider = self._register.provider
        rows = self._work.read(self._rows.all)
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=provider,
            purpose=request.purpose,
            scopes=(actors_scope(),),
            count=len(rows),
            body={},
            subject=None,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant) as facts:
            facts["actors"] = str(len(rows))
            return self._work.read(lambda tx: [self._open(tx, grant, row) for row in rows])

    def _open(self, tx: Tx, grant: Grant, row: ActorRow) -> Actor:
        provider = self._register.provider
        opener = self._keys.opener(tx, actor_ref(provider, row.id), grant)
        name = opener.open_row(actor_aad(provider, row.id), row.sealed_os_user)
        return _shown(row, name.decode(errors="surrogateescape"))


def _shown(row: ActorRow, os_user: str) -> Actor:
    return Actor(id=row.id, home=row.home, os_user=os_user, roles=row.roles)


def _role(request: AddActor) -> Role:
    """Read the role; a client's roles need a client, the staff's have none."""
    try:
        role = Role(request.role)
    except ValueError:
        raise errors.UsageError("errors_accounts.unknown-role", roles=", ".join(Role)) from None
    if role in CLIENT_ROLES and request.client is None:
        raise errors.UsageError("errors_accounts.role-needs-client", role=role)
    if role not in CLIENT_ROLES and request.client is not None:
        raise errors.UsageError("errors_accounts.role-has-no-client", role=role)
    return role
