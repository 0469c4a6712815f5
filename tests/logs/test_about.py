"""One value, as a person writes it, becomes what the vault may hold it by."""

import pytest
from tests.absence import holds, mark

from bailee import errors
from bailee.limits import ABOUT_BYTES
from bailee.logs.search.about import about, names, written
from bailee.scan.canonical import canonical
from bailee.scan.kinds import Kind

AS_LOGGED = {
    "a mail address, in any case": (b"Awa.Kone@Example.CI", Kind.EMAIL, b"awa.kone@example.ci"),
    "an account that is a mail address": (b"awa@x.ci", Kind.USERNAME, b"AWA@x.ci"),
    "an account of a Windows domain": (b"akone", Kind.USERNAME, b"CORP\\AKone"),
    "a telephone number, in any grouping": (
        b"+237 671 23 45 67",
        Kind.PHONE,
        b"00237671234567",
    ),
    "a name, in any order and accent": (
        b"Elodie NDIAYE",
        Kind.PERSON_NAME,
        "Ndiaye Élodie".encode(),
    ),
    "an address in IPv6's clothes": (b"::ffff:41.202.9.1", Kind.IPV4, b"41.202.9.1"),
    "an IPv4 address that was logged mapped": (b"41.202.9.1", Kind.IPV6, b"::ffff:41.202.9.1"),
    "a network card": (b"00-1B-63-84-45-e6", Kind.MAC, b"001b.6384.45e6"),
    "a card number": (b"4111 1111 1111 1111", Kind.CARD, b"4111-1111-1111-1111"),
    "a user number": (b"10442", Kind.USER_ID, b"10442"),
    "a mail address out of an address bar": (b"awa%40x.ci", Kind.EMAIL, b"awa@x.ci"),
    "one with the line end of a shell": (b" awa@x.ci \r\n", Kind.EMAIL, b"awa@x.ci"),
    "what is not UTF-8": (b"caf\xe9", Kind.USERNAME, b"caf\xe9"),
}


@pytest.mark.parametrize("case", AS_LOGGED, ids=AS_LOGGED.keys())
def test_what_was_logged_is_found(case: str) -> None:
    asked, kind, logged = AS_LOGGED[case]
    assert (kind, canonical(kind, logged)) in {(one.kind, one.canonical) for one in about(asked)}


def test_every_kind_but_secrets_can_be_asked_for() -> None:
    asked = (
        b"a@x.ci",
        b"+22507070707",
        b"Awa",
        b"fe80::1",
        b"12345678-0000-4000-8000-123456789abc",
    )
    kinds = {one.kind for value in asked for one in about(value)}
    assert kinds == set(Kind) - {Kind.SECRET}


OTHER_PEOPLE = {
    "a word with digits is no telephone number": (b"shop2025551234", Kind.PHONE),
    "a name is no network card": (b"Beda Decaffe", Kind.MAC),
    "a mail address is no person's name": (b"awa.kone@x.ci", Kind.PERSON_NAME),
    "a user agent is no card number": (b"Mozilla/5.0 (X11; 4111111111111111)", Kind.CARD),
}


@pytest.mark.parametrize("case", OTHER_PEOPLE, ids=OTHER_PEOPLE.keys())
def test_nobody_else_is_found(case: str) -> None:
    asked, kind = OTHER_PEOPLE[case]
    assert kind not in {one.kind for one in about(asked)}


REFUSED = {
    "nothing": (b"", "nothing"),
    "blanks": (b" \t\n", "nothing"),
    "two lines": (b"awa@x.ci\nbob@x.ci\n", "several"),
    "a terminal's escape": (b"\x1b[31mawa@x.ci", "control"),
    "a tab": (b"awa@x.ci\tbob@x.ci", "control"),
    "signs alone": (b"---", "no-identifier"),
    "a byte more than the limit": (b"a" * (ABOUT_BYTES + 1), "length"),
}


@pytest.mark.parametrize("case", REFUSED, ids=REFUSED.keys())
def test_what_is_no_value_is_refused_unrepeated(case: str) -> None:
    asked, slug = REFUSED[case]
    with pytest.raises(errors.UsageError) as refused:
        about(asked)
    assert refused.value.reason == f"errors_about.{slug}"
    assert set(refused.value.facts) <= {"limit"}


def test_the_longest_is_taken() -> None:
    assert about(b"a" * ABOUT_BYTES)


def test_a_value_never_shows_in_a_representation() -> None:
    value = f"{mark()}@x.ci"
    assert not holds(repr(about(value.encode())), value)


NAMED = {
    "the same in another case": (b"Awa@x.ci", b"awa@X.CI", True),
    "the same as it was pasted": (b"<awa@x.ci>;", b"awa@x.ci", True),
    "a number in another writing that is surely the same": (b"671234567", b"+237671234567", True),
    "a number without its country": (b"90112345", b"+22890112345", False),
    "somebody else": (b"bob@x.ci", b"awa@x.ci", False),
    "somebody whose name begins alike": (b"awa@x.cii", b"awa@x.ci", False),
    "what is no UTF-8": (b"aw\xff@x.ci", b"aw\xff@x.ci", True),
}


@pytest.mark.parametrize("case", NAMED)
def test_a_search_names_who_is_asked_for_when_that_is_certain(case: str) -> None:
    said, asked, named = NAMED[case]
    assert names(written(said).strip(), asked, about(asked)) is named


def test_what_was_no_identifier_names_nobody() -> None:
    assert not names("", b"awa@x.ci", about(b"awa@x.ci"))
