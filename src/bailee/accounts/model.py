"""Model of accounts: what is shown of actors and tokens; how a name is bound to its row."""

from dataclasses import dataclass, field

from bailee.grant import Ref, Scope
from bailee.ids import ActorId, ClientId, TokenId
from bailee.seal.row import row_aad

NOUN = "actor"
_FIELD = "os-user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Actor: one actor as a list shows it."""

    os_user: str
    roles: tuple[str, ...]
    actor: ActorId
    home: ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """New token: an API token as it is given out, once."""

    token: TokenId
    secret: str = field(repr=False)
    """The whole token, as it is shown to a server."""
    actor: ActorId
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """API token: one token as a list shows it."""

    token: TokenId
    actor: ActorId
    client: ClientId | None
    networks: tuple[str, ...]
    state: str
    made_ms: int
    until_ms: int
    used_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Budget: what one actor opened today and may open; raised until a moment of shown time."""

    actor: ActorId
    opened: int
    limit: int
    raised_until_ms: int | None


def actor_ref(provider: ClientId, actor: ActorId) -> Ref:
    """Return the ref of the leaf key of an actor's name, which is in the provider's register."""
    return Ref(client=provider, noun=NOUN, id=actor.raw)


def actors_scope() -> Scope:
    """Return the scope of the names of all actors."""
    return Scope(noun=NOUN)


def actor_aad(provider: ClientId, actor: ActorId) -> bytes:
    """Return the associated data that binds an actor's sealed name to the actor's row.

    Moved to another row, the name does not open.
    """
    return row_aad(provider.raw, NOUN, actor.raw, _FIELD, 0)
