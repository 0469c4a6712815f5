"""Canonical form: what two writings of one identifier have in common, byte for byte.

`canonical(kind, raw)` gives the bytes that a keyed index is made over, so that `Foo@X.com` finds
`foo@x.com`; `phones` gives what `671 23 45 67` and `+237 6 71 23 45 67` meet under.  A value that
does not parse keeps its own bytes, in small letters: an index must never refuse a value.  Slow
(telephone numbers: 50 µs), so it runs on distinct values only.  The classes are address, mail,
telephone, name, account, device, card, and the rest, which stays as it is written.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import unquote_to_bytes

import phonenumbers

from bailee.scan.kinds import Kind

COUNTRIES: Final = ("CM", "CI", "SN", "GA", "TG", "BJ", "BF", "ML", "CG", "CD", "FR")
"""Where a national number may be from."""

_NATIONAL_DIGITS_MAX = 10
_BYTE_MAX = 255
# Before their reforms, Côte d'Ivoire and Benin had eight national digits: eleven with the code.
_OLD_DIGITS = 11
_OLD_NATIONAL_DIGITS = 8

_ESCAPE = re.compile(rb"\\+u00([0-7][0-9a-fA-F])")
_COLOUR = re.compile(rb"\x1b\[[0-9;:]*[mK]")
_OCTAL = re.compile(rb"#(?:033\[[0-9;:]*[mK]|0[0-3][0-7]|177)")
_ARRAY = re.compile(rb"\d{1,3}(?:[ \t]*,[ \t]*\d{1,3})+")
_COLOURED = re.compile(rb"\x1b\[.*?[mK]", re.DOTALL)
_NOT_DIGIT = re.compile(r"\D")
_NOT_HEX = re.compile(r"[^0-9a-f]")


def decoded(raw: bytes) -> bytes:
    """Undo escapes, colours and arrays of bytes: a find with the flag ENCODED needs it first."""
    if _ARRAY.fullmatch(raw):
        numbers = [int(one) for one in raw.split(b",")]
        return _COLOURED.sub(b"", bytes(one for one in numbers if one <= _BYTE_MAX))
    # As the kernels: a blank for a control character, and nothing for a colour.
    raw = _OCTAL.sub(lambda found: b"" if found[0][4:] else b" ", raw)
    plain = _COLOUR.sub(b"", raw)
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), plain)
    # Twice, as the kernels decode: `%2540` is an @ that two programs have escaped.
    for _ in range(2):
        plain = unquote_to_bytes(plain)
    return plain


def _text(raw: bytes) -> str:
    # Any bytes have a form: those that are no UTF-8 come out again as they went in.
    return raw.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def address(text: str) -> str:
    """Address: `::ffff:1.2.3.4` is 1.2.3.4; IPv6 is compressed, without its zone."""
    try:
        parsed = ipaddress.ip_address(_without_zeros(text.partition("%")[0]))
    except ValueError:
        return text.lower()
    # One host has one form, whichever socket saw it.
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def _without_zeros(text: str) -> str:
    # `192.000.002.007`: Python refuses leading zeros, which some C libraries read as octal; in
    # logs they are padding.
    if ":" in text:
        return text
    return ".".join(str(int(part)) if part.isdigit() else part for part in text.split("."))


def mail(text: str) -> str:
    """Mail address: small letters; the domain in its ASCII form, without a last dot."""
    local, _, domain = text.strip().rpartition("@")
    domain = domain.rstrip(".").lower()
    with suppress(UnicodeError):  # what is no domain stays as it is written
        domain = domain.encode("idna").decode()
    return f"{unicodedata.normalize('NFC', local).lower()}@{domain}"


def phone(text: str, home: str | None = None) -> str:
    """Telephone number: E.164 with +; a national writing as of `home`, or else its digits.

    Without a home it stays digits even where one country alone could have it: an index that
    guessed would show one person's lines to another.  `phones` gives what it may stand for.
    """
    # The zero that is dialled at home only, as people write it behind a code: `+44 (0)20 …`.
    digits = _NOT_DIGIT.sub("", text.replace("(0)", ""))
    if text.lstrip(" (").startswith("+"):
        return _international(digits)
    if digits.startswith("00"):
        return _international(digits[2:])
    if len(digits) > _NATIONAL_DIGITS_MAX and _valid(f"+{digits}"):
        return _international(digits)
    return _national(_NOT_DIGIT.sub("", text), home)


def phones(text: str) -> dict[str, bool]:
    """Give each form under which a log may hold one number; False for what may be another's.

    A number stands in a log with its code or as it is dialled at home, and an index made without
    a home does not bring the two together.
    """
    form = phone(text)
    if form.startswith("+"):
        return {form: True} | {home: _abroad(home) == {form} for home in _at_home(form)}
    abroad = _abroad(form)
    return {form: True} | dict.fromkeys(sorted(abroad), len(abroad) == 1)


def _abroad(digits: str) -> set[str]:
    """Give the numbers that these digits are at home in some country, as it dials them."""
    found = {number for home in COUNTRIES if (number := _national(digits, home)) != digits}
    return {number for number in found if digits in _at_home(number)}


def _at_home(form: str) -> list[str]:
    """Give the digits that are dialled at home, today and before a reform."""
    try:
        parsed = phonenumbers.parse(form, None)
    except phonenumbers.NumberParseException:
        return []
    dialled = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    short = phonenumbers.national_significant_number(parsed)
    forms = [_NOT_DIGIT.sub("", dialled)]
    if form.startswith(("+225", "+229")) and len(short) == _NATIONAL_DIGITS_MAX:
        forms.append(short[2:])
    return forms


def _international(digits: str) -> str:
    """Undo what people add (a national 0) and what reforms changed: CI 2021 and BJ 2024, 8 → 10."""
    # What people write behind a code, and a network would not dial.
    if digits.startswith("330"):
        digits = "33" + digits[3:]
    if digits.startswith("225") and len(digits) == _OLD_DIGITS:
        return "+225" + _ivorian(digits[3:])
    if digits.startswith("229") and len(digits) == _OLD_DIGITS:
        return "+22901" + digits[3:]
    if digits.startswith("2410") and len(digits) == _OLD_DIGITS + 1:
        return "+241" + digits[4:]
    return "+" + digits


def _ivorian(old: str) -> str:
    """Put the operator in front: mobiles by their second digit, fixed lines by their third."""
    if old[0] in "23":
        return {"0": "25", "8": "21"}.get(old[2], "27") + old
    return ("01" if old[1] in "0123" else "05" if old[1] in "456" else "07") + old


def _valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False


def _national(digits: str, home: str | None) -> str:
    if home == "CI" and len(digits) == _OLD_NATIONAL_DIGITS:
        return "+225" + _ivorian(digits)
    if home == "BJ" and len(digits) == _OLD_NATIONAL_DIGITS:
        return "+22901" + digits
    return (home and _as_of(digits, home)) or digits


def _as_of(digits: str, country: str) -> str | None:
    """Read a national number as of one country."""
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def name(text: str) -> str:
    """Person's name: words in order, without accents and case: `NDIAYE Élodie` is elodie ndiaye."""
    split = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in split if not unicodedata.combining(c)).casefold()
    return " ".join(sorted(re.findall(r"[^\W_]+", plain)))


def account(text: str) -> str:
    """Account: small letters, without the domain of Windows; a mail address is one of those."""
    plain = text.rsplit("\\", 1)[-1].strip()
    return mail(plain) if "@" in plain else unicodedata.normalize("NFC", plain).casefold()


def device(text: str) -> str:
    """Device: hexadecimal digits alone, small: `00-1B-63-…` and `001b.63…` are one card."""
    return _NOT_HEX.sub("", text.lower()) or text


def card(text: str) -> str:
    """Card: digits, and for an IBAN its letters, without spaces."""
    return re.sub(r"[\s-]", "", text).upper()


def host(text: str) -> str:
    """Host name: small letters, without a last dot."""
    return text.rstrip(".").lower()


_FORMS: Final[Mapping[Kind, Callable[[str], str]]] = {
    Kind.IPV4: address,
    Kind.IPV6: address,
    Kind.EMAIL: mail,
    Kind.PERSON_NAME: name,
    Kind.USERNAME: account,
    Kind.MAC: device,
    Kind.UUID: device,
    Kind.CARD: card,
    Kind.IBAN: card,
    Kind.CLIENT_HOST: host,
}


def canonical(kind: Kind, raw: bytes, *, encoded: bool = False, home: str | None = None) -> bytes:
    """Give the one form of a value.

    `encoded` for a find that has the flag ENCODED; `home` is the country (`CM`) whose national
    numbers are written without a code.
    """
    plain = decoded(raw) if encoded else raw
    if kind is Kind.PHONE:
        return _bytes(phone(_text(plain), home))
    form = _FORMS.get(kind)
    return _bytes(form(_text(plain))) if form else plain
