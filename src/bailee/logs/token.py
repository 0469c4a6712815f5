"""Token text: a token as people and programs write it: 16 characters of base32 for its ten bytes.

A token is drawn anew for each client and month, so its text says nothing beyond them; whoever names
one says the month beside it.  spec/segment.md
"""

import base64
import re
from dataclasses import dataclass

from bailee import errors
from bailee.keyring.model import TOKEN_BYTES, value_id

TEXT_CHARS = 16
_MONTH = re.compile(r"[0-9]{6}", re.ASCII)
SHORT_CHARS = 6
"""Shown in a table: enough to tell the identifiers on a screen apart, not to name one."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TokenRef:
    """Token ref: a token and its month of custody, YYYYMM."""

    epoch: int
    token: bytes

    @property
    def id(self) -> bytes:
        """The value's id in the scope of a grant."""
        return value_id(self.epoch, self.token)

    @classmethod
    def parse(cls, text: str) -> "TokenRef":
        """Read month and token; ValueError, without the text, when they are none."""
        month, _, token = text.partition(":")
        if not _MONTH.fullmatch(month):
            raise ValueError("not a month and a token")
        try:
            return cls(epoch=int(month), token=parse_token(token))
        except errors.UsageError:
            raise ValueError("not a month and a token") from None

    def __str__(self) -> str:
        """Write month and token, `202611:k3f7q2mzab5cd6ef`."""
        return f"{self.epoch}:{token_text(self.token)}"


def token_text(token: bytes) -> str:
    """Write a token."""
    return base64.b32encode(token).decode().lower()


def parse_token(text: str) -> bytes:
    """Read a token; UsageError, which does not repeat it, when it is none."""
    # One way to write each token: an entry that records a reveal must be found by comparing text.
    if len(text) != TEXT_CHARS or text != text.lower():
        raise errors.UsageError("errors_search.token")
    try:
        # Upper case for the decoder alone: what is shown and compared is lower case.
        found = base64.b32decode(text.upper())
    except ValueError:
        raise errors.UsageError("errors_search.token") from None
    if len(found) != TOKEN_BYTES:
        raise errors.UsageError("errors_search.token")
    return found
