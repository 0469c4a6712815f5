"""Two writings of one identifier have one form; two identifiers never do by a guess."""

import pytest

from bailee.scan import Kind
from bailee.scan.canonical import COUNTRIES, canonical

SAME = {
    "an address in an IPv6 address": (Kind.IPV6, b"::ffff:1.2.3.4", b"1.2.3.4"),
    "leading zeros of octets": (Kind.IPV4, b"192.030.000.006", b"192.30.0.6"),
    "a long IPv6 address": (Kind.IPV6, b"2001:0DB8:0:0:0:0:0:1", b"2001:db8::1"),
    "a zone": (Kind.IPV6, b"fe80::1%eth0", b"fe80::1"),
    "a mail address in capitals": (Kind.EMAIL, b"Foo@X.com", b"foo@x.com"),
    "a domain with an accent": (Kind.EMAIL, "a@École.fr".encode(), b"a@xn--cole-9oa.fr"),
    "a name in another order": (Kind.PERSON_NAME, "NDIAYE Élodie".encode(), b"elodie ndiaye"),
    "an account of a domain": (Kind.USERNAME, b"LAGUNE\\Aline", b"aline"),
    "an account that is a mail address": (Kind.USERNAME, b"A@B.CI", b"a@b.ci"),
    "a card with dashes": (Kind.MAC, b"00-1B-63-08-6F-D2", b"001b63086fd2"),
    "a card with dots": (Kind.MAC, b"001b.6308.6fd2", b"001b63086fd2"),
    "a payment card in groups": (Kind.CARD, b"4111 1111-1111 1111", b"4111111111111111"),
    "an iban in groups": (Kind.IBAN, b"fr76 3000 6000", b"FR7630006000"),
    "a host with a dot": (Kind.CLIENT_HOST, b"Pool-7.Example.NET.", b"pool-7.example.net"),
    "a secret": (Kind.SECRET, b" As It Is ", b" As It Is "),
}

PHONES = {
    "Cameroon": ("CM", "+237671234567", ("6 71 23 45 67", "671234567", "00237 671 23 45 67")),
    "Côte d'Ivoire": ("CI", "+2250707123456", ("07 07 12 34 56", "+225 07 07 12 34 56")),
    "Côte d'Ivoire before 2021, Orange": ("CI", "+2250707123456", ("07 12 34 56", "0022507123456")),
    "Côte d'Ivoire before 2021, MTN": ("CI", "+2250544123456", ("44123456", "+225 44 12 34 56")),
    "Côte d'Ivoire before 2021, Moov": ("CI", "+2250101187729", ("01187729", "00225 01 18 77 29")),
    "Côte d'Ivoire before 2021, fixed": ("CI", "+2252720304050", ("20304050", "+225 20304050")),
    "Senegal": ("SN", "+221771234567", ("77 123 45 67", "221771234567", "+221-77-123-45-67")),
    "Gabon": ("GA", "+24106031234", ("06 03 12 34", "+241 06 03 12 34")),
    "Togo": ("TG", "+22890112345", ("90 11 23 45", "+228 90112345")),
    "Benin": ("BJ", "+2290195123456", ("01 95 12 34 56", "+2290195123456")),
    "Benin before 2024": ("BJ", "+2290195123456", ("95123456", "+229 95 12 34 56")),
    "Burkina Faso": ("BF", "+22670123456", ("70 12 34 56", "+226.70.12.34.56")),
    "Mali": ("ML", "+22365012345", ("65 01 23 45", "0022365012345")),
    "Congo": ("CG", "+242061234567", ("06 123 4567", "242 06 123 45 67")),
    "DR Congo": ("CD", "+243991234567", ("0991 234 567", "+243 99 123 45 67")),
    "France": ("FR", "+33612345678", ("06 12 34 56 78", "+33 (0)6 12 34 56 78", "33612345678")),
}


@pytest.mark.parametrize(("kind", "raw", "form"), SAME.values(), ids=SAME)
def test_one_form(kind: Kind, raw: bytes, form: bytes) -> None:
    assert canonical(kind, raw) == form
    assert canonical(kind, form) == form


@pytest.mark.parametrize(("home", "form", "writings"), PHONES.values(), ids=PHONES)
def test_telephones_have_one_form(home: str, form: str, writings: tuple[str, ...]) -> None:
    for writing in (*writings, form):
        assert canonical(Kind.PHONE, writing.encode(), home=home) == form.encode(), writing


def test_every_country_has_a_vector() -> None:
    assert {home for home, *_ in PHONES.values()} == set(COUNTRIES)


def test_a_national_number_is_not_guessed() -> None:
    assert canonical(Kind.PHONE, b"90 11 23 45") == b"90112345"


def test_what_stands_encoded_is_decoded_first() -> None:
    assert canonical(Kind.EMAIL, b"Foo%2540x.com", encoded=True) == b"foo@x.com"
    assert canonical(Kind.EMAIL, b"foo\\u0040x.com", encoded=True) == b"foo@x.com"
    assert canonical(Kind.IPV4, b"1.2\x1b[1m.3.4", encoded=True) == b"1.2.3.4"


def test_what_does_not_parse_keeps_its_bytes() -> None:
    assert canonical(Kind.IPV4, b"999.1\xff") == b"999.1\xff"
    assert canonical(Kind.PHONE, b"12") == b"12"
