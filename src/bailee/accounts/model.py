"""Model of actors: what is shown of one, and how its name is bound to its row."""

from dataclasses import dataclass

from bailee.grant import Ref, Scope
from bailee.ids import ActorId, ClientId
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
