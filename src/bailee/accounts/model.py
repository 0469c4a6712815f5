"""What an actor is when it is shown, and how its name is bound to its row."""

from dataclasses import dataclass

from bailee.grant import Ref, Scope
from bailee.ids import ActorId, ClientId
from bailee.seal.row import row_aad

NOUN = "actor"
_FIELD = "os-user"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One actor as a list shows it."""

    os_user: str
    roles: tuple[str, ...]
    actor: ActorId
    home: ClientId


def actor_ref(provider: ClientId, actor: ActorId) -> Ref:
    """Name the leaf key of an actor's name: it is the provider's register, not a client's."""
    return Ref(client=provider, noun=NOUN, id=actor.raw)


def actors_scope() -> Scope:
    """The names of all actors."""
    return Scope(noun=NOUN)


def actor_aad(provider: ClientId, actor: ActorId) -> bytes:
    """Bind a sealed name to its row."""
    return row_aad(provider.raw, NOUN, actor.raw, _FIELD, 0)
