"""About: turns a value that a person wrote into the kinds and canonical forms to look for.

Pure.  A value does not say of which kind it is, and logs hold one identifier as several kinds: a
mail address may also be an account.  So it is looked for under every kind that it could be.  A kind
too many costs a look-up; a kind too few would leave a person unfound, or not erased.

Some canonical forms drop characters: a telephone number keeps its digits alone.  A value is looked
for under such a kind only when it has the shape of one, or `shop2025551234` would find the lines of
+1 202 555 1234.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from bailee import errors
from bailee.limits import ABOUT_BYTES
from bailee.logs.search.pasted import readings
from bailee.scan.canonical import canonical, decoded, phones
from bailee.scan.kinds import Kind
from bailee.vault.model import Sought

_HEX = re.compile(r"[0-9a-fA-F]{12,}")
_BETWEEN_HEX = re.compile(r"[\s:.{}-]")
_PHONE = re.compile(r"[0-9+()./\s\u00a0\u2010-\u2015-]*")
_CARD = re.compile(r"[0-9A-Za-z\s-]*")


def _mail(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(local and at and domain)


def _phone(text: str) -> bool:
    return _PHONE.fullmatch(text) is not None and any(c.isdigit() for c in text)


def _name(text: str) -> bool:
    return "@" not in text and any(c.isalpha() for c in text)


def _device(text: str) -> bool:
    return _HEX.fullmatch(_BETWEEN_HEX.sub("", text)) is not None


def _card(text: str) -> bool:
    return _CARD.fullmatch(text) is not None and any(c.isdigit() for c in text)


_LOSSY: Final[Mapping[Kind, Callable[[str], bool]]] = {
    Kind.EMAIL: _mail,
    Kind.PHONE: _phone,
    Kind.PERSON_NAME: _name,
    Kind.MAC: _device,
    Kind.UUID: _device,
    Kind.CARD: _card,
    Kind.IBAN: _card,
}
"""The shape that a value must have to be looked for under a kind whose form drops characters."""


def about(value: bytes) -> tuple[Sought, ...]:
    """Return what to look for, each kind with its canonical form.

    UsageError when the bytes can be no identifier, LimitExceeded when they are too many.
    """
    plain = value.strip()
    if not plain:
        raise errors.UsageError("errors_about.nothing")
    if len(plain) > ABOUT_BYTES:
        raise errors.LimitExceeded("errors_about.length", limit=ABOUT_BYTES)
    text = plain.decode("utf-8", "surrogateescape")
    # One value at a time: a purpose, an entry and a tally are of one person.
    if len(text.splitlines()) > 1:
        raise errors.UsageError("errors_about.several")
    # Whatever a terminal would act on is no identifier, and would be shown as something else.
    if any(unicodedata.category(c) == "Cc" for c in text):
        raise errors.UsageError("errors_about.control")
    if not any(c.isalnum() for c in text):
        raise errors.UsageError("errors_about.no-identifier")
    # One that was copied out of an address bar stands in the log decoded, or as it was copied.
    undone = decoded(plain).strip().decode("utf-8", "surrogateescape")
    pasted = [one for form in dict.fromkeys((text, undone)) if form for one in readings(form)]
    sought: dict[tuple[Kind, bytes], Sought] = {}
    for item in (item for one in dict.fromkeys(pasted) for item in _under_kinds(one)):
        known = sought.get((item.kind, item.canonical))
        # Certain when one reading of it is.
        sought[(item.kind, item.canonical)] = known if known and known.certain else item
    return tuple(sought.values())


def _under_kinds(text: str) -> Iterator[Sought]:
    plain = text.encode("utf-8", "surrogateescape")
    for kind in Kind:
        # A secret has no token: nothing could be found by it.
        if kind is Kind.SECRET or not _LOSSY.get(kind, _any)(text):
            continue
        if kind is Kind.PHONE:
            for form, certain in phones(text).items():
                yield Sought(kind=kind, canonical=form.encode(), certain=certain)
        else:
            yield Sought(kind=kind, canonical=canonical(kind, plain))


def _any(_text: str) -> bool:
    return True


def written(text: bytes) -> str:
    """Write bytes as text that a subject can hold: those that are no UTF-8 as escapes."""
    return text.decode("utf-8", "backslashreplace")


def names(said: str, asked: bytes, sought: Iterable[Sought]) -> bool:
    """Tell whether what a subject says of whom a search was about is surely what is asked for."""
    if said == written(asked).strip():  # also what is no UTF-8, of which a subject holds escapes
        return True
    try:
        theirs = about(said.encode())
    except errors.UsageError:
        return False  # of a version that took more for an identifier
    certain = {(one.kind, one.canonical) for one in sought if one.certain}
    return any(one.certain and (one.kind, one.canonical) in certain for one in theirs)


def forms(sought: Iterable[Sought]) -> Mapping[str, int]:
    """Count the forms that were looked for, by kind: what is shown, for the value never is."""
    return Counter(one.kind.name.lower() for one in sought)
