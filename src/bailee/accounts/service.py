"""Accounts: enrols actors, shows them and takes roles away.

A row is written in the transaction of the entry that it is a projection of, and carries that
entry's index under its MAC; a row that no entry records confers nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors, RetireActor
from bailee.accounts.model import Actor, actor_aad, actor_ref, actors_scope
from bailee.accounts.port import AccountKeys, ActorRows
from bailee.act import Principal
from bailee.grant import Grant
from bailee.ids import ActorId, ClientId
from bailee.keyring.held import opener_of_held
from bailee.monitor.approval import Matter
from bailee.monitor.authorized import Authorized
from bailee.monitor.power import ActorRow
from bailee.monitor.register import Register, os_user_key
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.policy import CLIENT_ROLES, Role
from bailee.work import Tx, Work


class Accounts:
    """Accounts: the acts on actors."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ActorRows,
        keys: AccountKeys,
        monitor: Monitor,
        register: Register,
        find_client: ClientFinder,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._register = register
        self._find_client = find_client

    def add(self, who: Principal, request: AddActor) -> Actor:
        """Enrol an actor, or give an enrolled one another role.

        Conflict for a role that is held already, or an actor at home elsewhere.
        """
        named = Principal(os_user=request.os_user)
        # Read before it is recorded: an unknown role is a typing error, not an attempt at power.
        role = _role(request)
        provider = self._register.provider
        home = self._find_client(who, request.client) if request.client else provider
        # The provider is a client by its label too: a client's role there would ask nobody, and
        # keep its holder from all that the staff do.
        if role in CLIENT_ROLES and home == provider:
            raise errors.UsageError("errors_accounts.role-needs-client", role=role)

        def matter(tx: Tx) -> Matter:
            # In the transaction that asks: what cannot be done is nobody's to agree to.
            row = self._addable(tx, named, home, role)
            what = {"role": str(role), "home": str(home)}
            # Who is not enrolled has no id: the name, which stands in no row in clear, is part of
            # what is asked for by its hash alone.
            if row is None:
                return Matter(what=what, personal=(named.raw,))
            return Matter(what=what, about=row.id)

        with self._monitor.authorize(
            who,
            request,
            provider,
            body={"role": role, "home": str(home)},
            subject={"os-user": named.written},
            # A policy of its own forbids giving oneself a role, whatever roles one has.
            to_self=named == who,
            matter=matter,
        ) as act:
            row = self._monitor.change(lambda tx: self._enrol(tx, act, named, home, role))
        return _shown(row, named.os_user)

    def found(self, tx: Tx, act: Authorized, founder: Principal, actor: ActorId) -> None:
        """Enrol who founds the installation, with operations; `init` alone comes here."""
        self._insert(tx, act, founder, self._register.provider, Role.OPERATIONS, actor)

    def _enrol(
        self, tx: Tx, act: Authorized, named: Principal, home: ClientId, role: Role
    ) -> ActorRow:
        # In the transaction that writes: two who enrol the same person at once are one after the
        # other.
        row = self._addable(tx, named, home, role)
        if row is None:
            return self._insert(tx, act, named, home, role, ActorId.new())
        roles = tuple(sorted({*row.roles, str(role)}))
        row = self._recorded(tx, act, replace(row, roles=roles, version=row.version + 1), named)
        self._rows.replace(tx, row)
        return row

    def _addable(self, tx: Tx, named: Principal, home: ClientId, role: Role) -> ActorRow | None:
        """Find who is enrolled under a name; Conflict when the role cannot be added to theirs."""
        row = self._register.actor_named(tx, named)
        if row is None:
            return None
        # One person is at home with one client or with the provider: with two homes, one role would
        # reach the custody of both.
        if row.home != home:
            raise errors.Conflict("errors_accounts.at-home-elsewhere")
        if role in row.roles:
            raise errors.Conflict("errors_accounts.role-held-already")
        return row

    def _insert(  # noqa: PLR0917  # one caller each for init and add, all of it needed
        self,
        tx: Tx,
        act: Authorized,
        named: Principal,
        home: ClientId,
        role: Role,
        actor: ActorId,
    ) -> ActorRow:
        provider = self._register.provider
        sealer = self._keys.sealer(actor_ref(provider, actor))
        # Key, row and entry in one transaction: a crash leaves all of them or none.
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
        row = self._recorded(tx, act, row, named)
        self._rows.add(tx, row)
        return row

    def _recorded(self, tx: Tx, act: Authorized, row: ActorRow, named: Principal) -> ActorRow:
        """Record the row as the outcome, and bind it to that entry."""
        # The name in the sealed part of the entry, which can be forgotten; the row's id in clear.
        subject = {"os-user": named.written}
        recorded = act.record(tx, row.projected(), subject)
        return replace(row, log_index=recorded.index).vouched(self._keys)

    def retire(self, who: Principal, request: RetireActor) -> Actor:
        """Take a role away, or all of them, from the next act on.

        NotFound for who is not enrolled, Conflict for a role that is not held, and for the last
        who has operations.
        """
        named = Principal(os_user=request.os_user)
        with self._monitor.authorize(
            who,
            request,
            self._register.provider,
            body={"role": _known(request.role) if request.role else "all"},
            subject={"os-user": named.written},
            to_self=named == who,
        ) as act:
            row = self._monitor.change(lambda tx: self._retire(tx, act, named, request.role))
        return _shown(row, named.os_user)

    def _retire(self, tx: Tx, act: Authorized, named: Principal, role: str | None) -> ActorRow:
        row = self._register.actor_named(tx, named)
        if row is None:
            self._rows.require_whole(tx)
            raise errors.NotFound("errors_accounts.not-enrolled")
        taken = {*row.roles} if role is None else {*row.roles} & {role}
        if not taken:
            raise errors.Conflict("errors_accounts.role-not-held")
        others = (one for one in self._register.people(tx) if one.id != row.id)
        # Without operations nobody could enrol anybody, ever again.
        if Role.OPERATIONS in taken and not any(Role.OPERATIONS in one.roles for one in others):
            raise errors.Conflict("errors_accounts.last-operations")
        roles = tuple(sorted({*row.roles} - taken))
        # The row stays: the id stands in every entry that the actor caused.
        row = self._recorded(tx, act, replace(row, roles=roles, version=row.version + 1), named)
        self._rows.replace(tx, row)
        return row

    def list(self, who: Principal, request: ListActors) -> Sequence[Actor]:
        """Show every actor with its name and roles."""
        provider = self._register.provider
        # Before the decision, and only counted: the grant has to say how many names it opens.
        rows = self._work.read(self._held)
        with self._monitor.authorize(
            who, request, provider, scopes=(actors_scope(),), count=len(rows)
        ) as act:
            act.facts["actors"] = str(len(rows))
            return self._work.read(lambda tx: [self._open(tx, act.grant, row) for row in rows])

    def _held(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor; Damaged when one was taken away."""
        self._rows.require_whole(tx)
        return self._rows.all(tx)

    def _open(self, tx: Tx, grant: Grant, row: ActorRow) -> Actor:
        provider = self._register.provider
        opener = opener_of_held(self._keys, tx, actor_ref(provider, row.id), grant)
        name = opener.open_row(actor_aad(provider, row.id), row.sealed_os_user)
        return _shown(row, name.decode(errors="surrogateescape"))


def _shown(row: ActorRow, os_user: str) -> Actor:
    return Actor(os_user=os_user, roles=row.roles, actor=row.id, home=row.home)


def _role(request: AddActor) -> Role:
    """Read the role; a client's roles need a client, the staff's have none."""
    role = _known(request.role)
    if role in CLIENT_ROLES and request.client is None:
        raise errors.UsageError("errors_accounts.role-needs-client", role=role)
    if role not in CLIENT_ROLES and request.client is not None:
        raise errors.UsageError("errors_accounts.role-has-no-client", role=role)
    return role


def _known(word: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise errors.UsageError("errors_accounts.unknown-role", roles=", ".join(Role)) from None
