"""Kinds and flags: the closed vocabulary of what can be found; numbers only grow.

*Direct* kinds name a person by themselves, *indirect* ones with the help of a register, and a
secret gives access to something.  spec/scan.md
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class Kind(IntEnum):
    """The class of a found value."""

    # Vaults hold these numbers, and placeholders the letters made of them: a number that changed
    # would turn one kind of kept values into another.
    EMAIL = 1
    PHONE = 2
    PERSON_NAME = 3
    USERNAME = 4
    NATIONAL_ID = 5
    IBAN = 6
    CARD = 7
    IPV4 = 8
    IPV6 = 9
    MAC = 10
    CLIENT_HOST = 11
    UUID = 12
    DEVICE_ID = 13
    SESSION_ID = 14
    USER_ID = 15
    USER_AGENT = 16
    GEO = 17
    SECRET = 18


class Flag(IntFlag):
    """What is known about a value beside its kind; none of these is a reason not to find it."""

    # Bits of 16: the columns of finds have no more room.
    SYSTEM = 1
    """An account that comes with the machine (root, daemon), not a person."""
    PRIVATE = 2
    """An address of a private network, or a locally administered one."""
    LOOPBACK = 4
    RESERVED = 8
    """Multicast, broadcast, unspecified or otherwise never a host of its own."""
    DOCUMENTATION = 16
    """Reserved for examples: 192.0.2.0/24, example.com, test card numbers."""
    INFRASTRUCTURE = 32
    """On the operator's own list of servers and accounts."""
    ENCODED = 64
    """Written with percent signs, \\u escapes or colour codes: decode before comparing."""
    SUSPECTED = 128
    """A guess: reported, never replaced."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Why something was found."""

    name: str
    """Stable: `ipv4`, `key:user`, `sshd:accepted`."""
    replaces: bool = True
    """False for a suspicion: custody must not distort a line on a guess."""
    teaches: bool = False
    """A username found by this rule is looked for in the rest of its stream."""
