"""Model of approvals: what is shown of one."""

from collections.abc import Mapping
from dataclasses import dataclass

from bailee.ids import ActorId, ApprovalId, ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Approval: one matter that needs two people, as a list shows it."""

    approval: ApprovalId
    act: str
    client: ClientId
    what: Mapping[str, str]
    whole: bool
    """Whether `what` is all that is asked for; else whom it is about is not shown."""
    state: str
    asked_by: ActorId
    asked_ms: int
    asked_strength: str
    until_ms: int
    given_by: ActorId | None
    given_ms: int | None
    given_strength: str | None
