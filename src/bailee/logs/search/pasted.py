"""Pasted: what a person copies around an identifier, taken off again.

Pure.  An identifier is seldom typed: it is copied out of a mail's head, an address bar, a log or a
telephone's book, with what stood around it.  Looked for as it was pasted it is not found, and
"nothing is held" is said of a person who is.  Each reading keeps the one before, for a log may hold
the value with its brackets; a reading too many costs a look-up.

Sources: RFC 5322 (`Name <address>`, comments), RFC 6068 (`mailto:`), RFC 3966 (`tel:`), RFC 3986
(user, host and port), RFC 9562 (`urn:uuid:`), RFC 4291 (prefix lengths), HTML's entities.
"""

import html
import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Final

from bailee import errors

READINGS_MAX = 64
"""Of one value: unwrapping ends, and no value makes thousands of look-ups."""

_ANY_CASE = re.IGNORECASE
_QUOTES = (
    *("<>", "()", "[]", "{}", '""', "''", "``", "**"),
    *("«»", "\u2039\u203a", "“”", "„“", "\u2018\u2019", "\u201a\u2018", "⟨⟩"),
)
_AROUND = ".,;:!?…\\"
_TITLE = re.compile(r"(?:mr?|mrs|ms|mme|mlle|dr|pr|prof|monsieur|madame)\.?\s+", _ANY_CASE)
_SCHEME = re.compile(
    r"(?:mailto|tel|sms|smsto|callto|sips?|xmpp|acct|im|skype|urn:uuid|uuid|urn:imei)\s*:\s*",
    re.IGNORECASE,
)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://(?:([^/?#@\s]*)@)?([^/?#\s]+)(?:[/?#]\S*)?", _ANY_CASE)
_KEY = re.compile(r"[\"']?[A-Za-z_][\w.-]{0,40}[\"']?\s*(?:=|:(?!//))\s*(\S.*)")
_ANGLE = re.compile(r"[^<>]*<([^<>\s]+)>[^<>]*")
_COMMENT = re.compile(r"([^\s()]+@[^\s()]+)\s*\([^()]*\)|\([^()]*\)\s*([^\s()]+@[^\s()]+)")
_MARKDOWN = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_PORT = re.compile(r"\[?([0-9A-Fa-f:.]+(?:%\w+)?)\]?:[0-9]{1,5}|([\w.-]+):[0-9]{1,5}")
_PREFIX = re.compile(r"([0-9A-Fa-f:.]+)/([0-9]{1,3})")
_EXTENSION = re.compile(
    r"([+(]*[0-9][0-9().\s-]{5,}?)\s*[;,]?\s*(?:ext(?:ension)?|poste|x)[.=:#\s]*[0-9]+",
    re.IGNORECASE,
)
_AT = re.compile(r"\s*[\[({]\s*(?:at|arobase|@)\s*[\])}]\s*|\s+(?:at|arobase)\s+", _ANY_CASE)
_DOT = re.compile(r"\s*[\[({]\s*(?:dot|point|\.)\s*[\])}]\s*|\s+(?:dot|point)\s+", _ANY_CASE)
_MAIL = re.compile(r"[^\s<>()\[\]{}\"`,;:=«»“”]+@[^\s<>()\[\]{}\"'`,;:=@«»“”/?]+")
_ADDRESS = re.compile(r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])")


def readings(text: str) -> tuple[str, ...]:
    """Return a value as it was pasted, and each identifier that it may be, unwrapped.

    UsageError when it holds several, a network of addresses, or one among words.
    """
    found = dict.fromkeys([text])
    new = [text]
    while new and len(found) < READINGS_MAX:
        new = [inner for outer in new for inner in _inside(outer) if inner not in found]
        found |= dict.fromkeys(new)
    _require_alone(text, found)
    return tuple(found)


def _inside(text: str) -> Iterator[str]:
    for peel in _PEELS:
        inner = peel(text)
        if inner is not None and (inner := inner.strip()) and any(c.isalnum() for c in inner):
            yield inner


# --- one layer each ----------------------------------------------------------------------------


def _plain(text: str) -> str:
    # Zero-width characters, soft hyphens and marks of direction are copied unseen; compatibility
    # forms (full-width letters, ligatures, no-break spaces) and digits of other scripts are seen
    # as the plain ones.
    shown = "".join(c for c in text if unicodedata.category(c) != "Cf")
    shown = unicodedata.normalize("NFKC", shown)
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in shown)


def _unquoted(text: str) -> str | None:
    return text[1:-1] if text[0] + text[-1] in _QUOTES else None


def _first(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def peel(text: str) -> str | None:
        found = pattern.fullmatch(text)
        return next((part for part in found.groups() if part), None) if found else None

    return peel


def _scheme(text: str) -> str | None:
    found = _SCHEME.match(text)
    # Its parameters are none of the identifier: `?subject=`, `;ext=`.
    return re.split("[?;]", text[found.end() :])[0] if found else None


def _user(text: str) -> str | None:
    found = _URL.fullmatch(text)
    return found[1].partition(":")[0] if found and found[1] else None


def _host(text: str) -> str | None:
    found = _URL.fullmatch(text)
    return found[2] if found and not found[1] else None


def _title(text: str) -> str | None:
    found = _TITLE.match(text)
    return text[found.end() :] if found else None


def _whole_prefix(text: str) -> str | None:
    """Take the length off an address's prefix; UsageError for one that is a network."""
    found = _PREFIX.fullmatch(text)
    if found is None:
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if network.num_addresses > 1:
        raise errors.UsageError("errors_about.network")
    return found[1]


def _spelled_out(text: str) -> str | None:
    spelled = _DOT.sub(".", _AT.sub("@", text))
    return spelled if _MAIL.fullmatch(spelled) else None


_PEELS: Final[tuple[Callable[[str], str | None], ...]] = (
    _plain,
    html.unescape,
    _unquoted,
    lambda text: text.strip(_AROUND),
    lambda text: text.replace('\\"', '"'),
    _first(_ANGLE),
    _first(_COMMENT),
    _first(_MARKDOWN),
    _scheme,
    _user,
    _host,
    _first(_PORT),
    _first(_KEY),
    _whole_prefix,
    _first(_EXTENSION),
    _title,
    lambda text: text.removeprefix("@"),
    _spelled_out,
)
"""What may stand around an identifier, one layer each; None or the same where it does not."""


# --- what is left ------------------------------------------------------------------------------


def _require_alone(text: str, found: dict[str, None]) -> None:
    """Raise UsageError for an identifier that no reading is: looked for so, it is not found."""
    plain = _plain(html.unescape(text))
    # An apostrophe stands in some addresses (o'brien@…), and around others.
    inside = {one.strip(_AROUND + "'") for one in _MAIL.findall(plain) + _ADDRESS.findall(plain)}
    if len(inside) > 1:
        raise errors.UsageError("errors_about.several-in-one")
    # A user agent holds versions that look like addresses.
    if inside - found.keys() and "/" not in plain:
        raise errors.UsageError("errors_about.among-words")
