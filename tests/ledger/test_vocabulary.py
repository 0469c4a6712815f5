"""What a body may say, what it may not, and the words that are locked.

`BAILEE_UPDATE=1` adds new kinds to `spec/vocabulary.txt`; what is gone must be put back.
"""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailee import errors
from bailee.clock import rfc3339
from bailee.ids import ActorId
from bailee.ledger.vocabulary import (
    KINDS,
    check_body,
    check_kind,
    check_subject,
)
from bailee.limits import BODY_FIELDS, SUBJECT_BYTES

LOCK = Path(__file__).parents[2] / "spec" / "vocabulary.txt"

FITS = (
    str(ActorId(bytes(16))),
    "0",
    "18446744073709551",
    "00ff" * 16,
    "A" * 43 + "=",
    "unknown-actor",
    "client-request",
    "object:get",
    "P3a",
    "P3a.no-disclosure",
    "yes",
)

PERSONAL = (
    "",
    "alice@example.org",
    "+237671000000",
    "+237 6 71 00 00 00",
    "00237671000000",
    "192.168.1.17",
    "2001:db8::1",
    "fe80:0:0:0:1:2:3:4",
    "mail.example.org",
    "Awa Diop",
    "Diop, Awa",
    "Jérôme",
    "/home/awa/letter.pdf",
    "letter.pdf",
    "https://example.org/",
    "CM21 10005 00020 0123456789",
    "asked by phone",
    "two\nlines",
    "nul\0",
    "a" * 65,
    "-option",
    rfc3339(0),
)


@pytest.mark.parametrize("value", FITS)
def test_opaque_values_fit_a_body(value: str) -> None:
    check_body({"field": value})


@pytest.mark.parametrize("value", PERSONAL)
def test_what_could_name_a_person_does_not(value: str) -> None:
    with pytest.raises(errors.UsageError) as caught:
        check_body({"field": value})
    assert caught.value.facts == {"field": "field"}


@given(st.text(min_size=1).filter(lambda text: not text.isascii() or " " in text or "@" in text))
def test_no_text_with_spaces_accents_or_at_signs_fits(value: str) -> None:
    with pytest.raises(errors.UsageError):
        check_body({"field": value})


@pytest.mark.parametrize("key", ["", "Field", "with space", "a" * 41, "1st", "a..b", "alice@x"])
def test_a_field_has_a_plain_name(key: str) -> None:
    for check in (check_body, check_subject):
        with pytest.raises(errors.UsageError):
            check({key: "1"})


def test_bodies_and_subjects_are_bounded_at_n_and_not_below() -> None:
    fields = {f"f{number}": "1" for number in range(BODY_FIELDS + 1)}
    with pytest.raises(errors.LimitExceeded):
        check_body(fields)
    fields.popitem()
    check_body(fields)
    check_subject({"reason": "x" * SUBJECT_BYTES})
    with pytest.raises(errors.LimitExceeded):
        check_subject({"reason": "x" * SUBJECT_BYTES, "more": "x"})


def test_the_kinds_are_those_of_the_lock_file() -> None:
    """A word that goes missing here was written into logs that others hold."""
    lines = LOCK.read_text("utf-8").splitlines()
    if os.environ.get("BAILEE_UPDATE"):
        lines = sorted({*lines, *(f"entry-kind {kind}" for kind in KINDS)})
        LOCK.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    locked = [line.removeprefix("entry-kind ") for line in lines if line.startswith("entry-kind ")]
    assert len(locked) == len(set(locked))
    assert set(locked) - KINDS == set(), "a kind was taken away"
    assert set(locked) >= KINDS, "add the new kind: BAILEE_UPDATE=1"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(errors.UsageError):
        check_kind("object:steal")
