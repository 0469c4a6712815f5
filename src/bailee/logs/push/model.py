"""Model of pushes: how far a source was taken in, and the MAC that nobody else can make."""

from dataclasses import dataclass
from typing import Final

from bailee.encoding import enc
from bailee.ids import ClientId, StreamId

NAME_DOMAIN: Final = "push-source"
MARK_DOMAIN: Final = "push-mark"
"""MAC domains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMark:
    """Push mark: the position up to which a source was taken in; it never goes back."""

    client: ClientId
    source_key: bytes
    position: int
    mac: bytes


def name_message(client: ClientId, stream: StreamId, name: str) -> bytes:
    """Encode the message of the keyed hash by which the mark of a source is found."""
    return enc(NAME_DOMAIN, client.raw, stream.raw, name)


def mark_message(client: ClientId, source_key: bytes, position: int) -> bytes:
    """Encode the message of a mark's MAC."""
    return enc(MARK_DOMAIN, client.raw, source_key, position)
