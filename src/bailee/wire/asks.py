"""Asks: what is asked of a server, and what it hands out about itself; spec/socket.md."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bailee.act import Denial
from bailee.wire.codec import Coder, coder


class Method(StrEnum):
    """Method: what is asked: an act, or something around acts that records nothing."""

    ACT = "act"
    PURPOSES = "purposes"
    """For which purposes who asks may do an act."""
    STATE = "state"
    """Whether it is sealed, and what is wrong with its clock."""
    UNSEAL = "unseal"
    HEALTH = "health"
    """Whether it is ready, and its figures: of whoever watches it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask: one request, as it travels; who asks is not in it, but for a token that says so."""

    method: Method = Method.ACT
    act: str = ""
    request: Any = field(default=None, repr=False)
    """The request, as `codec` writes it."""
    beside: Any = field(default=None, repr=False)
    """What must be known of what comes beside before any of it is read."""
    token: str | None = field(default=None, repr=False)
    """The API token that was shown to a front, which asks for nobody without one."""
    address: str | None = field(default=None, repr=False)
    """From where it was shown; believed of a front alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """Server state: whether the keys are out of reach, and what is wrong with the clock."""

    sealed: bool
    doubts: tuple[tuple[str, int], ...] = ()
    """Which doubt, and of how many hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHealth:
    """Server health: what keeps it from being ready, and its figures as Prometheus reads them."""

    lacks: tuple[str, ...]
    figures: str


ASKS: Coder = coder(Ask)
DENIALS: Coder = coder(Denial)
