"""Ways: where notices go, as `bailee.toml` says it: a mail server, webhooks; checked strictly.

They hold no secret: a password or a signing secret comes by a descriptor or a program, as the
passphrase does.  Addresses are those of a function, such as `ops@`: the file is not sealed, so
that a home that is sealed can still say so.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bailee.limits import MAIL_RECIPIENTS_MAX, MAILBOX_CHARS, URL_CHARS, WEBHOOKS_MAX
from bailee.notices.model import Medium, NoticeAddress
from bailee.text import LANGUAGES

_MAILBOX = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]*[A-Za-z0-9])?")
_NAME = re.compile(r"[a-z][a-z0-9]{0,31}")
_SUBMISSION = 587
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS = range(1, 65_536)
_MAIL = {"host", "port", "from", "to", "user", "language", "ca"}
_WEBHOOK = {"name", "url", "language", "ca"}

Table = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Mail: the mail server that takes notices, and to whom they go."""

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = _SUBMISSION
    user: str | None = None
    language: str = LANGUAGES[0]
    ca: str | None = None

    def words(self) -> Sequence[str]:
        """Give one text for each recipient, with the way there: any change makes another of it."""
        way = f"{self.host}:{self.port} {self.sender} {self.user} {self.ca}"
        return [f"{to} {way}" for to in self.to]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Webhook: one receiver of notices over HTTPS, with the name that its secret goes by."""

    name: str
    url: str
    language: str = LANGUAGES[0]
    ca: str | None = None

    def word(self) -> str:
        """Give it as one text, for the record of settings."""
        return f"{self.name} {self.url} {self.ca}"


def addresses(mail: Mail | None, webhooks: Sequence[Webhook]) -> Sequence[NoticeAddress]:
    """Give all addresses that notices go to."""
    boxes = (
        []
        if mail is None
        else [NoticeAddress(medium=Medium.MAIL, to=to, language=mail.language) for to in mail.to]
    )
    hooks = [
        NoticeAddress(medium=Medium.WEBHOOK, to=one.name, language=one.language) for one in webhooks
    ]
    return [*boxes, *hooks]


def mail_of(table: object) -> Mail:
    """Read `[mail]`; ValueError or TypeError for one that is not exactly that."""
    found = _exactly(table, _MAIL, must={"host", "from", "to"})
    to = found["to"]
    if not isinstance(to, list) or not 1 <= len(to) <= MAIL_RECIPIENTS_MAX:
        raise ValueError("not a list of mailboxes")
    port = found.get("port", _SUBMISSION)
    if type(port) is not int or port not in _PORTS:
        raise ValueError("not a port")
    return Mail(
        host=_formed(found["host"], _HOST, URL_CHARS),
        port=port,
        sender=_formed(found["from"], _MAILBOX, MAILBOX_CHARS),
        to=tuple(_formed(one, _MAILBOX, MAILBOX_CHARS) for one in to),
        user=_user(found.get("user")),
        language=_language(found.get("language")),
        ca=_file(found.get("ca")),
    )


def webhooks_of(listed: object) -> tuple[Webhook, ...]:
    """Read `[[webhook]]`; ValueError or TypeError for one that is not exactly that."""
    if not isinstance(listed, list) or len(listed) > WEBHOOKS_MAX:
        raise ValueError("not a list of webhooks")
    found = tuple(map(_webhook, listed))
    if len({one.name for one in found}) != len(found):
        raise ValueError("two webhooks of one name")
    return found


def _webhook(table: object) -> Webhook:
    found = _exactly(table, _WEBHOOK, must={"name", "url"})
    url = found["url"]
    # Printable ASCII alone: a blank or a line's end would go into the head of the request.
    if not isinstance(url, str) or len(url) > URL_CHARS or not re.fullmatch(r"[!-~]+", url):
        raise ValueError("not a URL")
    if not _is_allowed(url):
        raise ValueError("neither HTTPS nor this machine")
    return Webhook(
        name=_formed(found["name"], _NAME, URL_CHARS),
        url=url,
        language=_language(found.get("language")),
        ca=_file(found.get("ca")),
    )


def _is_allowed(url: str) -> bool:
    """Tell whether notices may be posted there: over HTTPS, or to this machine itself."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def _exactly(table: object, may: set[str], *, must: set[str]) -> Table:
    if not isinstance(table, dict) or not must <= set(table) <= may:
        raise ValueError("unknown or missing key")
    return table


def _formed(value: object, form: re.Pattern[str], most: int) -> str:
    if not isinstance(value, str) or len(value) > most or form.fullmatch(value) is None:
        raise ValueError("not of that form")
    return value


def _user(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= MAILBOX_CHARS or not value.isprintable():
        raise ValueError("not a user")
    return value


def _language(value: object) -> str:
    if value is None:
        return LANGUAGES[0]
    if value not in LANGUAGES:
        raise ValueError("not a language")
    return str(value)


def _file(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not Path(value).is_absolute() or "\0" in value:
        raise ValueError("not an absolute path")
    return value
