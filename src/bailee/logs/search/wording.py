"""Rejects a text search that contains an identifier: `--about` searches those.

Stored text holds no identifier that the scanner finds, so such a search would find nothing, and the
ledger would record it as a search for words.  What is refused is never repeated.
"""

import re

import phonenumbers

from bailee import errors
from bailee.logs.search.pattern import received_form
from bailee.scan.canonical import COUNTRIES
from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Scanner

_DIGITS = re.compile(rb"[0-9]{9,15}")
"""Of a telephone number without signs: nine at least, for eight are as likely a date."""


def check_words(scanner: Scanner, text: str) -> None:
    """Refuse a text that holds an identifier or a secret; UsageError names kinds alone."""
    kinds = kinds_in(scanner, text)
    if Kind.SECRET in kinds:
        raise errors.UsageError("errors_search.text-secret")
    if kinds:
        found = ", ".join(kind.name.lower() for kind in sorted(kinds))
        raise errors.UsageError("errors_search.text-identifier", kinds=found)


def kinds_in(scanner: Scanner, text: str) -> frozenset[Kind]:
    """Say what a line of this text alone would have replaced, or a person would recognise."""
    raw = received_form(text)
    finds = scanner.scan(raw + b"\n")
    rows = zip(finds.kind.tolist(), finds.rule.tolist(), finds.flags.tolist(), strict=True)
    found = {
        Kind(kind)
        for kind, rule, flags in rows
        if finds.rules[rule].replaces and not flags & Flag.SUSPECTED
    }
    whole = raw.strip()
    # Digits alone are no find in a log, where they are mostly ids; as the whole of a search they
    # are a person's number, in whatever country.
    if _DIGITS.fullmatch(whole) and any(_is_phone(whole.decode(), home) for home in COUNTRIES):
        found.add(Kind.PHONE)
    return frozenset(found)


def _is_phone(digits: str, country: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, country))
    except phonenumbers.NumberParseException:
        return False
