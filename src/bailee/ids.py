"""Identities: 16 random bytes each, one type per entity, never ordered by time.

A time-ordered id would tell an observer of one client how busy the others are.  Text form:
a two-letter kind, a dash, 26 characters of base32 without padding.
"""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Self

Entropy = Callable[[int], bytes]
"""Gives that many random bytes; `secrets.token_bytes` outside tests."""

ID_BYTES = 16
_TEXT_CHARS = 26
_TEXTS = 4_096
"""Text forms in memory, about 1 MB: those of actors and clients go into every entry."""


@dataclass(frozen=True, slots=True)
class Id:
    """What all ids share; only its subclasses are made."""

    raw: bytes
    kind: ClassVar[str] = ""

    def __post_init__(self) -> None:
        if len(self.raw) != ID_BYTES:
            raise ValueError("an id is 16 bytes")

    @classmethod
    def new(cls, entropy: Entropy = secrets.token_bytes) -> Self:
        """Draw a fresh id."""
        return cls(entropy(ID_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; ValueError (without the text) when it is not one of this kind."""
        kind, _, body = text.partition("-")
        if kind != cls.kind or len(body) != _TEXT_CHARS or body != body.lower():
            raise ValueError(f"not an id that starts with {cls.kind}-")
        try:
            raw = base64.b32decode(body.upper() + "======")
        except ValueError:
            raise ValueError(f"not an id that starts with {cls.kind}-") from None
        found = cls(raw)
        # 26 characters hold 130 bits, so the last has two to spare.  Taken as they come, one id
        # would have four texts, and a comparison of texts would miss three of them.
        if str(found) != text:
            raise ValueError(f"not an id that starts with {cls.kind}-")
        return found

    def __str__(self) -> str:
        return _text(self.kind, self.raw)


# Cached for ever: a text depends on kind and bytes alone.
@lru_cache(maxsize=_TEXTS)
def _text(kind: str, raw: bytes) -> str:
    return f"{kind}-{base64.b32encode(raw).decode().rstrip('=').lower()}"


class InstallId(Id):
    """One installation of a provider."""

    __slots__ = ()
    kind = "in"


class ClientId(Id):
    """A customer of the provider; the provider's own log and keys have one too."""

    __slots__ = ()
    kind = "cl"


class ActorId(Id):
    """Who acts: staff, client user, service, authority."""

    __slots__ = ()
    kind = "ac"


class EntryId(Id):
    """One record in a ledger."""

    __slots__ = ()
    kind = "en"


class ObjectId(Id):
    """One object of a client, over all its versions."""

    __slots__ = ()
    kind = "ob"


class BlobId(Id):
    """One sealed file in the object store."""

    __slots__ = ()
    kind = "bl"


class LedgerId(Id):
    """One transparency log."""

    __slots__ = ()
    kind = "lg"


class BackupId(Id):
    """One backup."""

    __slots__ = ()
    kind = "ba"


class StreamId(Id):
    """One stream: a source of logs of a client."""

    __slots__ = ()
    kind = "st"


class SourceId(Id):
    """One file or other thing that log lines were read from, as long as its content only grows."""

    __slots__ = ()
    kind = "so"


class BatchId(Id):
    """One batch of log lines."""

    __slots__ = ()
    kind = "bt"


class ApprovalId(Id):
    """One matter that needs a second person, however often it is asked for."""

    __slots__ = ()
    kind = "av"


class TokenId(Id):
    """One API token: the part of it that may be shown."""

    __slots__ = ()
    kind = "tk"


class ShardId(Id):
    """One shard of sealed names, until what is deleted of it ends its key."""

    __slots__ = ()
    kind = "sh"


class NoticeId(Id):
    """One notice to one address."""

    __slots__ = ()
    kind = "no"
