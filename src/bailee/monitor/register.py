"""Register: reads rows that confer power, and believes none without its MAC.

A stranger and a forged row are told apart for the record only: neither is given anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from bailee import errors
from bailee.act import Principal
from bailee.clock import Clock
from bailee.ids import ID_BYTES, ActorId, ClientId, TokenId
from bailee.keyring.port import Macs
from bailee.monitor.model import Tampered
from bailee.monitor.port import (
    ActorGrounds,
    ApprovalRows,
    BudgetRows,
    ClientGrounds,
    ClockGrounds,
    GroundRows,
    LockGrounds,
    PolicyRows,
    Raw,
    SettingGrounds,
    TokenGrounds,
)
from bailee.monitor.power import ActorRow, PolicyRow, PowerRow, TokenRow, TokenState, is_locked
from bailee.monitor.shown import shown_ms
from bailee.work import Tx

OS_USER_DOMAIN = "os-user"
_BELIEVED = 512
"""Grounds whose MACs were checked: about 1 MB for as many pairs of actor and client at work."""


_NOBODY, _NOWHERE = ActorId(bytes(ID_BYTES)), ClientId(bytes(ID_BYTES))
_NO_TOKEN = TokenRow(
    id=TokenId(bytes(ID_BYTES)),
    actor=_NOBODY,
    client=None,
    networks=(),
    secret_key=b"",
    state=TokenState.REVOKED,
    made_ms=0,
    until_ms=0,
    until_shown_ms=0,
    version=0,
    log_index=0,
)
_NO_ACTOR = ActorRow(
    id=_NOBODY,
    home=_NOWHERE,
    os_user_key=b"",
    sealed_os_user=b"",
    roles=(),
    version=0,
    log_index=0,
)
"""What is verified in place of a row that is not there; neither has a MAC, so neither counts."""


def os_user_key(keys: Macs, who: Principal) -> bytes:
    """Return the keyed form under which an operating-system user is found."""
    return keys.mac(OS_USER_DOMAIN, who.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRoles:
    """Actor roles: who asks, as the verified register has it; a stranger has no actor, no role."""

    actor: ActorId | None
    home: ClientId
    roles: frozenset[str]
    tampered: Tampered | None = None
    token: TokenId | None = None
    """The API token that was shown, where that is how they are known."""
    only: ClientId | None = None
    """The one client that the token reaches; None for all that its actor does."""

    def reaches(self, client: ClientId) -> bool:
        """Tell whether the token that was shown is one for this client."""
        return self.only is None or self.only == client


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """Grounds: who asks, and which policies are in force; no power when a row was tampered with.

    Compared by identity: the same bytes give the same grounds for as long as they are remembered.
    """

    standing: ActorRoles
    policy: str
    tampered: Tampered | None
    locked: bool = False
    """Whether the client is locked."""
    token: TokenRow | None = None
    """The row of the token that was shown, to be compared with the time at each use."""


class Register:
    """Register: the verified view of actors, clients and policies."""

    def __init__(
        self,
        *,
        keys: Macs,
        actors: ActorGrounds,
        clients: ClientGrounds,
        policy: PolicyRows,
        clock: ClockGrounds,
        settings: SettingGrounds,
        approvals: ApprovalRows,
        tokens: TokenGrounds,
        locks: LockGrounds,
        budgets: BudgetRows,
        grounds: GroundRows,
        time: Clock,
        provider: Callable[[], ClientId],
    ) -> None:
        self._keys = keys
        self._actors = actors
        self._clients = clients
        self._policy = policy
        self._clock = clock
        self._settings = settings
        self._approvals = approvals
        self._tokens = tokens
        self._locks = locks
        self._budgets = budgets
        self._grounds = grounds
        self._time = time
        # Keyed by all that the MACs cover, and the MACs: other bytes are checked anew, whoever
        # wrote them, and the rows themselves are read in every transaction.
        self._believed = lru_cache(maxsize=_BELIEVED)(self._believe)
        # MAC keys never change, so neither does the key under which a user is found.
        self._name = lru_cache(maxsize=_BELIEVED)(lambda who: os_user_key(keys, who))
        self._provider = provider

    @property
    def provider(self) -> ClientId:
        """The provider itself, whose log the register is a projection of."""
        return self._provider()

    def standing(self, tx: Tx, who: Principal) -> ActorRoles:
        """Look up who asks."""
        if who.token is None:
            return self._standing(self._actors.by_os_user(tx, os_user_key(self._keys, who)))
        token = self._tokens.get(tx, who.token)
        # The same looks whatever there is: how long a no takes must not say of what.
        actor = self._actors.get(tx, (token or _NO_TOKEN).actor)
        standing = self._by_token(token, actor)
        over = self._is_over(tx, token or _NO_TOKEN)
        lock = self._locks.get(tx, standing.only or standing.home)
        if lock is not None and not lock.verifies(self._keys):
            return self._nobody(Tampered.ROW_FORGED)
        # Who is of a locked client is nobody from the moment that it is locked.
        return self._nobody(standing.tampered) if over or is_locked(lock) else standing

    def grounds(self, tx: Tx, who: Principal, client: ClientId) -> Grounds:
        """Look up who asks about a client, and by which policies; NotFound without the client."""
        try:
            if who.token is None:
                raw = self._grounds.look(tx, self._name(who), client, self.provider)
                return self._believed(raw)
            raw = self._grounds.look_by_token(tx, who.token, client, self.provider)
            found = self._believed(raw)
        except errors.NotFound:
            self._clients.require_whole(tx)
            raise
        # Not remembered with the rest: the same row confers nothing once its term is over.
        if found.token is not None and self._is_over(tx, found.token):
            return replace(found, standing=self._nobody(), token=None)
        return found

    def _believe(self, raw: Raw) -> Grounds:
        """Verify every MAC; a row that does not verify takes the power of all."""
        found = self._grounds.read(raw)
        client, policy, lock, token = found.client, found.policy, found.lock, found.token
        actor = found.actor
        standing = self._by_token(token, actor) if found.by_token else self._standing(actor)
        # Only to an actor whose row is genuine: a forged one is refused, and recorded, whatever it
        # asks about.
        if standing.tampered is None and client is None:
            raise errors.NotFound("errors_monitor.no-such-client")
        genuine = all(row is not None and row.verifies(self._keys) for row in (client, policy))
        genuine = genuine and (lock is None or lock.verifies(self._keys))
        return Grounds(
            standing=standing,
            policy=policy.hash if policy is not None and genuine else "",
            tampered=standing.tampered or (None if genuine else Tampered.ROW_FORGED),
            locked=is_locked(lock),
            token=token,
        )

    def _by_token(self, token: TokenRow | None, actor: ActorRow | None) -> ActorRoles:
        """Give the roles of a token's actor; its term and locks are for whoever knows the time."""
        genuine = (token or _NO_TOKEN).verifies(self._keys)
        standing = self._standing(actor or _NO_ACTOR)
        if token is None or actor is None:
            return self._nobody()
        if not genuine:
            return self._nobody(Tampered.ROW_FORGED)
        # Whatever else confers nothing: the row of a token that was revoked stays.
        if token.state != TokenState.STANDING or not standing.roles:
            return self._nobody(standing.tampered)
        return replace(standing, token=token.id, only=token.client)

    def _is_over(self, tx: Tx, token: TokenRow) -> bool:
        return not token.stands(self._time.now_ms(), self.shown_ms(tx))

    def shown_ms(self, tx: Tx) -> int | None:
        """Return shown time, in milliseconds since 1970; None without a row that is genuine."""
        row = self._clock.get(tx, self.provider)
        if row is None or not row.verifies(self._keys):
            return None
        return shown_ms(row, self._time.since_boot())

    def _standing(self, row: ActorRow | None) -> ActorRoles:
        if row is None:
            return self._nobody()
        if not row.verifies(self._keys):
            # No role at all, not those that the row claims: the refusal is recorded as tampering.
            return self._nobody(Tampered.ROW_FORGED)
        return ActorRoles(actor=row.id, home=row.home, roles=frozenset(row.roles))

    def _nobody(self, tampered: Tampered | None = None) -> ActorRoles:
        return ActorRoles(actor=None, home=self.provider, roles=frozenset(), tampered=tampered)

    def policy(self, tx: Tx) -> PolicyRow | None:
        """Return the policies in force as the row has them, verified or not."""
        # Not verified: for the founding, which asks whether there is a row at all, before any can
        # be genuine.
        return self._policy.get(tx, self.provider)

    def adopted(self, tx: Tx) -> PolicyRow | None:
        """Return the policies in force; Damaged when the row is forged."""
        row = self.policy(tx)
        if row is not None and not row.verifies(self._keys):
            raise errors.Damaged("errors_monitor.policy-forged")
        return row

    def adopt(self, tx: Tx, row: PolicyRow, log_index: int) -> None:
        """Put other policies in force, as the entry at that index tells."""
        self._policy.put(tx, replace(row, log_index=log_index).vouched(self._keys))

    def actor_named(self, tx: Tx, who: Principal) -> ActorRow | None:
        """Find an actor for a change of its row; Damaged when the row is forged."""
        row = self._actors.by_os_user(tx, os_user_key(self._keys, who))
        if row is not None and not row.verifies(self._keys):
            raise errors.Damaged("errors_monitor.actor-forged")
        return row

    def actor(self, tx: Tx, actor: ActorId) -> ActorRow | None:
        """Find an actor by id; Damaged when the row is forged."""
        row = self._actors.get(tx, actor)
        if row is not None and not row.verifies(self._keys):
            raise errors.Damaged("errors_monitor.actor-forged")
        return row

    def actors(self, tx: Tx) -> tuple[ActorRow, ...]:
        """Return those whose rows are genuine, by id."""
        return tuple(row for row in self._actors.all(tx) if row.verifies(self._keys))

    def people(self, tx: Tx) -> tuple[ActorRow, ...]:
        """Return those at home with the provider whose rows are genuine."""
        return tuple(row for row in self.actors(tx) if row.home == self.provider)

    def rows(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return every row that confers power, verified or not."""
        single = (self._policy, self._clock, self._settings)
        held = tuple(row for one in single if (row := one.get(tx, self.provider)) is not None)
        several = (
            *(self._actors.all(tx)),
            *self._clients.all(tx),
            *self._approvals.all(tx),
            *self._tokens.all(tx),
            *self._locks.all(tx),
            *self._budgets.all(tx),
        )
        return (*several, *held)

    def forged(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return the rows whose MAC does not verify."""
        return tuple(row for row in self.rows(tx) if not row.verifies(self._keys))
