"""The acts on clients: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar

from bailee.clients.model import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class AddClient:
    """Take on a client: its key and its log begin."""

    act: ClassVar[str] = "client:add"
    label: str
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAdded:
    """The new client."""

    client: Client


@dataclass(frozen=True, slots=True, kw_only=True)
class ListClients:
    """Show all clients."""

    act: ClassVar[str] = "client:list"
    purpose: str | None = None
