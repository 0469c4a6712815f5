"""Model of policy: the closed vocabularies of power, and what is asked and answered.

Roles and purposes are final (DESIGN §3): an unknown one is refused, never guessed.  A question
holds no name: an actor is permitted things by the roles that they hold, and by nothing else.
"""

from dataclasses import dataclass
from enum import StrEnum

from bailee.ids import ClientId


class Role(StrEnum):
    """Role: what an actor is trusted with; the list is final."""

    SUPPORT = "support"
    OPERATIONS = "operations"
    LEGAL = "legal"
    DPO = "dpo"
    SECURITY = "security"
    AUDITOR = "auditor"
    CLIENT_ADMIN = "client-admin"
    CLIENT_USER = "client-user"
    SERVICE = "service"


CLIENT_ROLES = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_USER})
"""Held by people of a client; all other roles are held by the provider's own."""


class RefusalRule(StrEnum):
    """Refusal rule: holds before Cedar is asked, or when it gives no reason."""

    UNKNOWN_ACTOR = "unknown-actor"
    UNKNOWN_ACT = "unknown-act"
    UNKNOWN_PURPOSE = "unknown-purpose"
    UNKNOWN_ROLE = "unknown-role"
    POLICY_ERROR = "policy-error"
    NOT_PERMITTED = "not-permitted"
    OTHER_PURPOSE = "other-purpose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Question: may holders of these roles, at home there, do this act on that client's custody?

    `roles`, `act` and `purpose` are text as it came: that they are known is for the answer to say.
    """

    roles: frozenset[str]
    home: ClientId
    act: str
    client: ClientId
    provider: ClientId
    purpose: str | None
    to_self: bool = False
    by_token: bool = False
    """Whether who asks is known by an API token alone."""
    elsewhere: bool = False
    """Whether that token is one for another client."""
    locked: bool = False
    """Whether the client is locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Decision: yes or no, by which rules, for which sentence of the promise."""

    allowed: bool
    rules: tuple[str, ...]
    sentence: str
    others: tuple[str, ...] = ()
    """In a refusal where only the purpose stands in the way: the purposes that would do."""
