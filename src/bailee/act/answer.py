"""Answer: who asks, the refusal that is an answer, and what pairs a request with its method.

A denial is a value with its rule, the sentence of the promise that it keeps, the next step for
the person, and the entry that records it.  It never says what is there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bailee import errors
from bailee.act.strength import Strength
from bailee.ids import EntryId, TokenId
from bailee.limits import OS_USER_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Principal: who asks, as the operating system vouches, or a token; no request can choose it.

    `os_user` of a token's bearer is the text of the token's id, which names no account.
    """

    os_user: str
    # Not compared: who it is does not depend on how it is known.
    strength: Strength = field(default=Strength.OS_USER, compare=False)
    token: TokenId | None = None
    """The API token that was shown; then its actor is looked up by it, and never by a name."""

    def __post_init__(self) -> None:
        if not 0 < len(self.raw) <= OS_USER_BYTES:
            raise errors.LimitExceeded("errors_monitor.os-user-length", limit=OS_USER_BYTES)

    @property
    def raw(self) -> bytes:
        """The name as the operating system has it, whatever its encoding."""
        return self.os_user.encode(errors="surrogateescape")

    @property
    def written(self) -> str:
        """The name as text that can be written down: bytes that are no text as escapes."""
        return self.raw.decode(errors="backslashreplace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Denial: a refusal, recorded under `entry`."""

    exit_code: ClassVar[int] = 4
    http_status: ClassVar[int] = 403

    rule: str
    sentence: str
    entry: EntryId
    purposes: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        """The message id that says why."""
        return f"policy.rule.{self.rule}"

    @property
    def next_step(self) -> str:
        """The message id that says what to do."""
        return f"policy.next.{self.rule}"

    @property
    def facts(self) -> Mapping[str, str]:
        """What fills both messages; never personal."""
        return {"purposes": ", ".join(self.purposes)}


class Refused(Exception):
    """Refused: carries a denial from the monitor to the caller, which alone makes it a value.

    It is no `BaileeError`: nothing on the way may take a refusal for a failure and go on.
    """

    def __init__(self, denial: Denial) -> None:
        # The rule alone: an exception's text may be printed, and who asked for what must not be in
        # it.
        super().__init__(denial.rule)
        self.denial = denial


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Binding: a request's type and the one method that does it."""

    kind: type
    act: str
    do: Callable[..., object]
