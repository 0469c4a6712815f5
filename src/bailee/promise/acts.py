"""The act on the promise: the request's type is the act."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPromise:
    """Show each sentence with its policies, acts, tests and how far it is enforced."""

    act: ClassVar[str] = "promise:show"
    purpose: str | None = None
