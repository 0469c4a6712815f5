"""A person who is held is found, whatever was copied around what names them.

Reported where: goaccess, Splunk and Kibana users who search for `<a@b>` or a number in another
writing and are told that there is nothing.
"""

import pytest

from bailee import errors
from bailee.logs.search.about import about
from bailee.logs.search.pasted import READINGS_MAX, readings
from bailee.scan.canonical import canonical, phones
from bailee.scan.kinds import Kind

MAIL = b"anna@example.com"
PASTED = {
    "angle brackets": "<anna@example.com>",
    "a mail link": "mailto:anna@example.com",
    "a mail link with a subject": "MAILTO: Anna@Example.com?subject=hello",
    "a mail's head": "Anna Example <anna@example.com>",
    "a quoted name": '"Example, Anna" <anna@example.com>;',
    "a comment": "anna@example.com (Anna Example)",
    "quotes": '"anna@example.com"',
    "single quotes": "'anna@example.com'",
    "backticks": "`anna@example.com`",
    "a quoted name and address": "'Anna' <'anna@example.com'>",
    "French quotes": "«\u00a0anna@example.com\u00a0»",
    "curly quotes": "“anna@example.com”",
    "the end of a sentence": "anna@example.com.",
    "a list": "anna@example.com,",
    "a pair of a log": "to=<anna@example.com>",
    "a pair of JSON": '"email": "anna@example.com",',
    "Markdown": "[Anna](mailto:anna@example.com)",
    "HTML": "&lt;anna&#64;example.com&gt;",
    "a zero-width space": "anna@example.com\u200b",
    "a mark of direction": "\u200eanna@example.com",
    "a byte order mark": "\ufeffanna@example.com",
    "full-width letters": "".join(chr(ord(c) + 0xFEE0) for c in "anna@example.com"),
    "a soft hyphen": "anna@exam\u00adple.com",
    "escaped quotes": '\\"anna@example.com\\"',
    "spelled out": "anna (at) example (dot) com",
    "a telephone's protocol": "sip:anna@example.com;transport=tcp",
    "all at once": "«<MAILTO:anna%40example.com>».",
}
OTHERS = {
    "an address with a port": (Kind.IPV4, "198.51.100.7:54321", "198.51.100.7"),
    "an address of one": (Kind.IPV4, "198.51.100.7/32", "198.51.100.7"),
    "an address in brackets": (Kind.IPV4, "[198.51.100.7]", "198.51.100.7"),
    "a pair of PAM": (Kind.IPV4, "rhost=198.51.100.7", "198.51.100.7"),
    "IPv6 with a port": (Kind.IPV6, "[2001:db8::7]:443", "2001:db8::7"),
    "IPv6 of one": (Kind.IPV6, "2001:DB8:0::7/128", "2001:db8::7"),
    "IPv6 with its zone": (Kind.IPV6, "[fe80::7%eth0]:22", "fe80::7"),
    "a URL's host": (Kind.CLIENT_HOST, "https://Host.example.com:8443/a?b", "host.example.com"),
    "a URL's user": (Kind.USERNAME, "ssh://anna@host.example.com:22", "anna"),
    "a handle": (Kind.USERNAME, "@anna", "anna"),
    "an account of a pair": (Kind.USERNAME, "user=anna", "anna"),
    "a URN": (
        Kind.UUID,
        "urn:uuid:12345678-0000-4000-8000-123456789ABC",
        "12345678000040008000123456789abc",
    ),
    "an IBAN with its name": (
        Kind.IBAN,
        "IBAN: CM21 1000 2000 3002 7797 6315 008",
        "CM2110002000300277976315008",
    ),
    "a name with its title": (Kind.PERSON_NAME, "Mme Élodie NDIAYE", "elodie ndiaye"),
    "a telephone link": (Kind.PHONE, "tel:+33-1-99-00-12-34;ext=5", "+33199001234"),
    "an extension": (Kind.PHONE, "+33 1 99 00 12 34 poste 12", "+33199001234"),
    "digits of another script": (Kind.PHONE, "+٣٣١٩٩٠٠١٢٣٤", "+33199001234"),
    "a zero of home": (Kind.PHONE, "+44 (0)20 7946 0958", "+442079460958"),
}


def held(value: str) -> set[tuple[Kind, bytes]]:
    return {(one.kind, one.canonical) for one in about(value.encode())}


@pytest.mark.parametrize("case", PASTED)
def test_a_mail_address_is_found(case: str) -> None:
    assert (Kind.EMAIL, MAIL) in held(PASTED[case])


@pytest.mark.parametrize("case", OTHERS)
def test_any_other_is_found(case: str) -> None:
    kind, pasted, form = OTHERS[case]
    assert (kind, form.encode()) in held(pasted)


def test_a_name_before_an_address_finds_nobody_else() -> None:
    forms = {form for _, form in held("Anna <anna@example.com>")}
    assert forms.isdisjoint({b"anna"})


REFUSED = {
    "two in one": ("anna@example.com, bob@example.com", "several-in-one"),
    "two addresses": ("198.51.100.7 198.51.100.8", "several-in-one"),
    "a network": ("198.51.100.0/24", "network"),
    "a network of IPv6": ("2001:db8::/32", "network"),
    "among words": ("please erase anna@example.com today", "among-words"),
    "an address among words": ("seen from 198.51.100.7 at noon", "among-words"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_not_be_found_is_refused(case: str) -> None:
    value, slug = REFUSED[case]
    with pytest.raises(errors.UsageError) as refused:
        about(value.encode())
    assert refused.value.reason == f"errors_about.{slug}"


def test_a_hostile_value_is_refused_at_a_bound() -> None:
    assert len(readings("<" * 400 + "a" + ">" * 400)) <= 2 * READINGS_MAX
    with pytest.raises(errors.UsageError):
        about(("<" * 400 + "a@b.c" + ">" * 400).encode())


# --- national and international ------------------------------------------------------------------

NUMBERS = {
    "of no use": ("+33 1 99 00 12 34", "01 99 00 12 34"),
    "of a mobile": ("+33 6 12 34 56 78", "06.12.34.56.78"),
    "of Cameroon": ("+237 6 71 23 45 67", "671 23 45 67"),
    "of Benin, old": ("+229 01 95 12 34 56", "95 12 34 56"),
    "of Ivory Coast, old": ("+225 05 44 12 34 56", "44 12 34 56"),
    "of Senegal": ("00221 77 123 45 67", "77-123-45-67"),
    "of a country elsewhere": ("+32 470 12 34 56", "0470 12 34 56"),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_asked_with_its_code_what_was_logged_without_is_found(case: str) -> None:
    asked, logged = NUMBERS[case]
    assert canonical(Kind.PHONE, logged.encode()).decode() in phones(asked)


@pytest.mark.parametrize("case", sorted(set(NUMBERS) - {"of a country elsewhere", "of no use"}))
def test_asked_without_its_code_what_was_logged_with_it_is_found(case: str) -> None:
    logged, asked = NUMBERS[case]
    assert canonical(Kind.PHONE, logged.encode()).decode() in phones(asked)


def test_what_may_be_another_persons_is_not_certain() -> None:
    assert phones("+237 6 71 23 45 67")["671234567"]
    assert not phones("+22990112345")["90112345"]
    assert not any(phones("90 11 23 45")[form] for form in phones("90 11 23 45") if form[0] == "+")
    assert phones("90 11 23 45")["90112345"]
