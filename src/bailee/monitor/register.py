"""Register: reads rows that confer power, and believes none without its MAC.

A stranger and a forged row are told apart for the record only: neither is given anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

from bailee import errors
from bailee.act import Principal
from bailee.ids import ActorId, ClientId
from bailee.keyring.port import Macs
from bailee.monitor.model import Tampered
from bailee.monitor.port import (
    ActorGrounds,
    ApprovalRows,
    ClientGrounds,
    ClockGrounds,
    GroundRows,
    PolicyRows,
    Raw,
    SettingGrounds,
)
from bailee.monitor.power import ActorRow, PolicyRow, PowerRow
from bailee.work import Tx

OS_USER_DOMAIN = "os-user"
_BELIEVED = 512
"""Grounds whose MACs were checked: about 1 MB for as many pairs of actor and client at work."""


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """Grounds: who asks, and which policies are in force; no power when a row was tampered with.

    Compared by identity: the same bytes give the same grounds for as long as they are remembered.
    """

    standing: ActorRoles
    policy: str
    tampered: Tampered | None


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
        grounds: GroundRows,
        provider: Callable[[], ClientId],
    ) -> None:
        self._keys = keys
        self._actors = actors
        self._clients = clients
        self._policy = policy
        self._clock = clock
        self._settings = settings
        self._approvals = approvals
        self._grounds = grounds
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
        return self._standing(self._actors.by_os_user(tx, os_user_key(self._keys, who)))

    def grounds(self, tx: Tx, who: Principal, client: ClientId) -> Grounds:
        """Look up who asks about a client, and by which policies; NotFound without the client."""
        try:
            return self._believed(self._grounds.look(tx, self._name(who), client, self.provider))
        except errors.NotFound:
            self._clients.require_whole(tx)
            raise

    def _believe(self, raw: Raw) -> Grounds:
        """Verify every MAC; a row that does not verify takes the power of all three."""
        actor, client, policy = self._grounds.read(raw)
        standing = self._standing(actor)
        # Only to an actor whose row is genuine: a forged one is refused, and recorded, whatever it
        # asks about.
        if standing.tampered is None and client is None:
            raise errors.NotFound("errors_monitor.no-such-client")
        genuine = all(row is not None and row.verifies(self._keys) for row in (client, policy))
        return Grounds(
            standing=standing,
            policy=policy.hash if policy is not None and genuine else "",
            tampered=standing.tampered or (None if genuine else Tampered.ROW_FORGED),
        )

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

    def people(self, tx: Tx) -> tuple[ActorRow, ...]:
        """Return those at home with the provider whose rows are genuine."""
        rows = self._actors.all(tx)
        return tuple(row for row in rows if row.home == self.provider and row.verifies(self._keys))

    def rows(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return every row that confers power, verified or not."""
        single = (self._policy, self._clock, self._settings)
        held = tuple(row for one in single if (row := one.get(tx, self.provider)) is not None)
        return (*self._actors.all(tx), *self._clients.all(tx), *self._approvals.all(tx), *held)

    def forged(self, tx: Tx) -> tuple[PowerRow, ...]:
        """Return the rows whose MAC does not verify."""
        return tuple(row for row in self.rows(tx) if not row.verifies(self._keys))
