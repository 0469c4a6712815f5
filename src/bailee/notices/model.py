"""Model of notices: causes, addresses, the row of one, and the message that is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bailee import errors
from bailee.encoding import dec, enc
from bailee.ids import ClientId, NoticeId


class Cause(StrEnum):
    """Cause: what a notice is about; a word of the rows, which only grow."""

    JOB_FAILING = "job-failing"
    JOB_WAITING = "job-waiting"
    CLIENT_LOCKED = "client-locked"
    PUSH_REFUSED = "push-refused"
    SEALED_LONG = "sealed-long"
    """In no row: while the home is sealed none is written."""


class Medium(StrEnum):
    """Medium: by which way a notice goes."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAddress:
    """Notice address: where notices go: a mailbox, or the name of a webhook."""

    medium: Medium
    to: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """Notice row: one notice to one address; `once` is a keyed digest of both.

    `sealed` is empty once it was sent.  `due_ms`, `attempts` and `error` are of its own, so that
    one address that does not answer keeps no other waiting.
    """

    id: NoticeId
    cause: Cause
    medium: Medium
    once: bytes
    sealed: bytes
    made_ms: int
    attempts: int = 0
    error: str | None = None
    sent_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """Notice text: what is sealed of a notice: where to, in which language, what fills its text."""

    to: str = field(repr=False)
    language: str
    facts: Mapping[str, str]

    def encode(self) -> bytes:
        """Encode it, to be sealed."""
        pairs = (text for pair in sorted(self.facts.items()) for text in pair)
        return enc("note", self.to, self.language, *pairs)

    @classmethod
    def decode(cls, plain: bytes) -> "NoticeText":
        """Decode it; Damaged when it is not one."""
        try:
            to, language, *rest = (part.decode() for part in dec("note", plain))
            facts = dict(zip(rest[::2], rest[1::2], strict=True))
        except ValueError:
            raise errors.Damaged("errors_notices.row-damaged") from None
        return cls(to=to, language=language, facts=facts)


def note_aad(provider: ClientId, notice: NoticeId) -> bytes:
    """Return what binds a sealed note to its row."""
    return enc("aad", provider.raw, "notice", notice.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Message: a notice as it goes out; nothing personal is in its subject."""

    id: NoticeId
    cause: Cause
    to: str = field(repr=False)
    made_ms: int
    subject: str
    body: str
    facts: Mapping[str, str]
