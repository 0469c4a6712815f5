"""The acts on actors: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.accounts.model import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class AddActor:
    """Enrol an operating-system user with a role, or give one more to who is enrolled."""

    act: ClassVar[str] = "actor:add"
    os_user: str
    role: str
    client: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorAdded:
    """The actor with all its roles."""

    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ListActors:
    """Show who may ask."""

    act: ClassVar[str] = "actor:list"
    purpose: str | None = None
