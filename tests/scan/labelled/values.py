"""Invented people, companies and numbers that fill the templates.

Nobody here exists.  The parts draw from different people, companies and browsers, so that a value
learnt on one helps nobody on another.
"""

import random
import string
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from tests.scan.labelled.browsers import user_agent

_PAGE = Path(__file__).with_name("pools.toml").read_text("utf-8")
POOLS: dict[str, list[str]] = {name: text.split() for name, text in tomllib.loads(_PAGE).items()}
PUBLIC = (41, 102, 105, 154, 160, 165, 196, 197, 2, 5, 81, 88, 90, 92, 109, 176, 185, 193, 212, 213)
SPLIT = frozenset({"first", "last", "companies", "services", "servers", "providers"})
COUNTRIES = {
    "CM": ("237", "### ## ## ##", ("670", "677", "655", "699", "680", "651")),
    "CI": ("225", "## ## ## ## ##", ("07", "05", "01")),
    "SN": ("221", "## ### ## ##", ("77", "78", "76", "70")),
    "GA": ("241", "## ## ## ##", ("77", "66", "74", "62")),
    "TG": ("228", "## ## ## ##", ("90", "91", "92", "99")),
    "BJ": ("229", "## ## ## ## ##", ("0197", "0196", "0161")),
    "BF": ("226", "## ## ## ##", ("70", "76", "65", "55")),
    "ML": ("223", "## ## ## ##", ("76", "66", "79", "90")),
    "CG": ("242", "## ### ## ##", ("066", "055", "044", "069")),
    "CD": ("243", "## ### ## ##", ("81", "82", "84", "89", "97", "99")),
    "FR": ("33", "# ## ## ## ##", ("61", "76", "14", "44")),
}
FRESH_PREFIXES = {
    "CM": ("656", "678", "691", "652", "222", "233"),
    "CI": ("0708", "0545", "0101", "27224", "2520"),
    "SN": ("771", "785", "763", "701", "338"),
    "GA": ("77", "65", "76", "62", "11"),
    "TG": ("93", "70", "96", "98", "2221"),
    "BJ": ("0167", "0195", "0194", "0152"),
    "BF": ("71", "75", "64", "56", "2530"),
    "ML": ("70", "65", "94", "78", "2022"),
    "CG": ("068", "053", "040", "050", "22281"),
    "CD": ("80", "83", "85", "90", "98"),
    "FR": ("62", "78", "95", "32", "56"),
}
TRUNK = ("CD", "FR", "GA")
IBANS = {
    "FR": "FR#23", "BE": "#12", "DE": "#18", "LU": "#16", "CM": "#23", "GA": "#23", "CG": "#23",
    "CI": "CI#22", "SN": "SN#22", "BJ": "BJ#22", "BF": "BF#22", "ML": "ML#22", "TG": "TG#22",
    "MA": "#24", "CH": "#17",
}  # fmt: skip
CARD_DIGITS = 13
ISSUERS = (("4", 16), ("51", 16), ("53", 16), ("55", 16), ("2223", 16), ("37", 15), ("6011", 16))


def luhn(number: str) -> bool:
    """Tell whether the last digit is the check digit of the others."""
    twice = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in twice) % 10 == 0


def mod97(iban: str) -> bool:
    """Tell whether an IBAN without spaces has the right check digits."""
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97 == 1


def _plain(name: str) -> str:
    accents = str.maketrans("àâçéèêëîïôùûÉ'", "aaceeeeiiouue-")
    return name.lower().translate(accents)


class Values:
    """Draws values of one half."""

    def __init__(self, rng: random.Random, half: str) -> None:
        self.rng = rng
        self.half = half
        self.first, self.last = self._pool("first"), self._pool("last")
        self.companies, self.servers = self._pool("companies"), self._pool("servers")
        self.services, self.providers = self._pool("services"), self._pool("providers")
        self.words = self._pool("words")

    def _pool(self, name: str) -> list[str]:
        if f"{self.half}_{name}" in POOLS:
            return POOLS[f"{self.half}_{name}"]
        part = 0 if self.half == "dev" else 1
        return POOLS[name][part::2] if name in SPLIT else POOLS[name]

    def digits(self, count: int) -> str:
        """Draw so many digits, the first not zero, and never a card by accident."""
        tail = "".join(self.rng.choices(string.digits, k=count - 1))
        number = self.rng.choice("123456789") + tail
        return self.digits(count) if count >= CARD_DIGITS and luhn(number) else number

    def block(self) -> str:
        """Draw the number of an HDFS block: it may well pass Luhn."""
        return self.rng.choice("123456789") + "".join(self.rng.choices(string.digits, k=18))

    def hex(self, count: int) -> str:
        """Draw so many hexadecimal digits, lower case."""
        return "".join(self.rng.choices("0123456789abcdef", k=count))

    def text(self, count: int, extra: str = "") -> str:
        """Draw letters and digits, all 62 alike, and the extra signs."""
        return "".join(self.rng.choices(string.ascii_letters + string.digits + extra, k=count))

    # accounts and people

    def user(self) -> str:
        """Draw an account of a person or of a program."""
        first, last = _plain(self.rng.choice(self.first)), _plain(self.rng.choice(self.last))
        forms = (
            f"{first}.{last}",
            f"{first[0]}{last}",
            first.replace("-", ""),
            f"{last}{self.rng.randint(1, 99)}",
            f"{first}_{last[0]}",
            f"{last}-{first[0]}",
            f"{first[:3]}{last[:4]}{self.rng.randint(1, 9)}",
            self.rng.choice(self.services),
            self.rng.choice(self.services),
        )
        if self.half == "fresh":
            return self.rng.choice((*forms, *self._fresh_accounts(first, last)))
        return self.rng.choice(forms)

    def _fresh_accounts(self, first: str, last: str) -> tuple[str, ...]:
        return (
            f"{last}.{first[0]}",
            f"{first}{last}".replace("-", ""),
            f"{last[:6]}{self.rng.choice(('net', 'shop', 'bd', 'web'))}",
            f"{first[0]}-{last}-ext",
            f"{last}_{first}",
        )

    def name(self) -> str:
        """Draw a first name and a surname, in any order."""
        first, last = self.rng.choice(self.first), self.rng.choice(self.last)
        forms = (f"{first} {last}", f"{last.upper()} {first}", f"{last} {first}")
        return self.rng.choice(forms)

    def email(self) -> str:
        """Draw an address."""
        first, last = _plain(self.rng.choice(self.first)), _plain(self.rng.choice(self.last))
        forms = (f"{first}.{last}", f"{first[0]}.{last}", f"{last}{self.rng.randint(1, 999)}")
        local = self.rng.choice((*forms, f"{first}+achats", f"{first}_{last}", "contact", "compta"))
        if self.half == "fresh" and self.rng.random() < 0.4:
            local = self.rng.choice(
                (f"{first}-{last}", "direction", f"{last}.{first[0]}", "ne-pas-repondre")
            )
        local = local.title() if self.rng.random() < 0.06 else local
        return f"{local}@{self.rng.choice((*self.companies, *self._pool('webmail')))}"

    def host(self) -> str:
        """Draw the name of a client's machine, as reverse DNS or the client itself gives it."""
        one, two, three, four = (self.rng.randint(2, 250) for _ in range(4))
        provider = self.rng.choice(self.providers)
        forms = (
            f"ip-{one}-{two}-{three}-{four}.{provider}",
            f"{four}.{three}.{two}.{one}.dyn.{provider}",
            f"abo-{self.digits(5)}-{self.hex(4)}.{provider}",
            f"mail{self.rng.randint(1, 9)}.{self.rng.choice(self.companies)}",
            f"pc-{_plain(self.rng.choice(self.first))}.{self.rng.choice(self.companies)}",
        )
        if self.half == "fresh":
            forms = (
                f"{one}-{two}-{three}-{four}.{provider}",
                f"static.{one}.{two}.{three}.{four}.{provider}",
                f"cust{self.digits(4)}.{provider}",
                f"relais{two}.{self.rng.choice(self.companies)}",
                f"poste{three}-{_plain(self.rng.choice(self.first))}.{self.rng.choice(self.companies)}",
            )
        return self.rng.choice(forms)

    def device(self) -> str:
        """Draw a name as telephones and laptops announce themselves to DHCP."""
        first = _plain(self.rng.choice(self.first)).capitalize()
        if self.half == "fresh":
            end = self.text(7).upper()
            return self.rng.choice(
                (
                    f"DESKTOP-{end}",
                    f"LAPTOP-{end}",
                    f"iPad-{first}",
                    f"Itel-P40-{first}",
                    f"POSTE-{first}",
                )
            )
        model = ("iPhone-de-", "Galaxy-A14-de-", "PC-", "MacBook-de-", "tecno-")
        return self.rng.choice(model) + first

    # numbers of networks

    def ip4(self) -> str:
        """Draw an address, public more often than not."""
        tail = [self.rng.randint(0, 255) for _ in range(2)] + [self.rng.randint(1, 254)]
        if self.rng.random() < 0.8:
            return ".".join(map(str, (self.rng.choice(PUBLIC), *tail)))
        front = self.rng.choice(("10.{}", "172.18", "192.168", "100.64"))
        return ".".join((front.format(tail[0]), str(tail[1]), str(tail[2])))

    def ip6(self) -> str:
        """Draw an address, compressed in most cases."""
        group = [self.hex(4).lstrip("0") or "0" for _ in range(6)]
        net = self.rng.choice(self._pool("six"))
        forms = (
            f"{net}:{':'.join(group)}",
            f"{net}:{group[0]}:{group[1]}::{group[2]}",
            f"{net}::{group[3]}",
            f"{net}:{group[0]}::{group[4]}:{group[5]}",
            f"fe80::{group[1]}:{self.hex(2)}ff:fe{self.hex(2)}:{self.hex(4)}",
            f"{net}:{group[0]}:{group[1]}:{self.hex(4)}:{self.hex(4)}:{self.hex(4)}:{self.hex(4)}",
        )
        return self.rng.choice(forms)

    def mac(self) -> str:
        """Draw a hardware address with colons."""
        return f"{self.rng.choice(self._pool('oui'))}:{self.hex(2)}:{self.hex(2)}:{self.hex(2)}"

    def uuid(self) -> str:
        """Draw a UUID of version 4, 7 or 1."""
        version, variant = self.rng.choice("4471"), self.rng.choice("89ab")
        return "-".join(
            (self.hex(8), self.hex(4), version + self.hex(3), variant + self.hex(3), self.hex(12))
        )

    # numbers of people

    def phone(self, country: str) -> tuple[str, str]:
        """Draw a country code and a national number in its usual groups, without a trunk zero."""
        code, shape, prefixes = COUNTRIES[country]
        front = self.rng.choice(FRESH_PREFIXES[country] if self.half == "fresh" else prefixes)
        wanted = shape.count("#")
        number = iter(front + "".join(self.rng.choices(string.digits, k=wanted - len(front))))
        return code, "".join(next(number) if char == "#" else char for char in shape)

    def phone_as(self, form: str) -> str:
        """Draw a telephone number in one of the writings."""
        country = self.rng.choice(tuple(COUNTRIES))
        if form == "old":
            return self.rng.choice(("+225 ", "00225 ")) + self._old_ivorian(" ")
        if form == "oldbare":
            return self._old_ivorian("")
        if form == "oldplus":
            return "+225" + self._old_ivorian("")
        if form == "oldnat":
            return self._old_ivorian(" ")
        code, number = self.phone(country)
        bare = number.replace(" ", "")
        wrapping = "0" if country in TRUNK else ""
        national = wrapping + number
        return {
            "e164": f"+{code}{bare}",
            "intl": f"+{code} {number}",
            "zeros": f"00{code}{bare}",
            "zerosp": f"00{code} {number}",
            "dots": f"+{code}.{number.replace(' ', '.')}",
            "dash": f"+{code}-{number.replace(' ', '-')}",
            "paren": f"(+{code}) {number}",
            "msisdn": code + bare,
            "nat": national,
            "natdot": national.replace(" ", "."),
            "natdash": national.replace(" ", "-"),
            "bare": wrapping + bare,
            "pct": f"%2B{code}{bare}",
            "pctsp": f"%2B{code}+{number.replace(' ', '+')}",
            "nbsp": f"+{code} {number}".replace(" ", "\u00a0"),
            "tight": f"+{code} {bare}",
            "zerodot": f"00{code}.{number.replace(' ', '.')}",
            "zerodash": f"00{code}-{number.replace(' ', '-')}",
            "tri": f"+{code} {bare[:3]} {bare[3:6]} {bare[6:]}",
            "fr0": f"+33 (0){self.phone('FR')[1]}",
        }[form]

    def _old_ivorian(self, space: str) -> str:
        front = self.rng.choice(("07", "08", "09", "05", "47", "58", "77", "01"))
        return space.join((front, *(f"{self.rng.randint(0, 99):02}" for _ in range(3))))

    def card(self, *, space: str = "") -> str:
        """Draw a number that passes Luhn, of an issuer that exists."""
        front, length = self.rng.choice(ISSUERS)
        body = front + "".join(self.rng.choices(string.digits, k=length - 1 - len(front)))
        number = next(body + digit for digit in string.digits if luhn(body + digit))
        if length == 15:
            return space.join((number[:4], number[4:10], number[10:]))
        return space.join(number[at : at + 4] for at in range(0, 16, 4))

    def not_card(self) -> str:
        """Draw 16 digits that look like a card and fail Luhn."""
        number = self.rng.choice("45") + "".join(self.rng.choices(string.digits, k=15))
        return self.not_card() if luhn(number) else number

    def order(self) -> str:
        """Draw 16 digits that pass Luhn and begin as no issuer's cards do."""
        body = self.rng.choice(("10", "70", "81", "99", "15")) + self.digits(13)
        return next(body + digit for digit in string.digits if luhn(body + digit))

    def iban(self, *, space: str = "", good: bool = True) -> str:
        """Draw an account number with right, or wrong, check digits."""
        country = self.rng.choice(tuple(IBANS))
        head, _, count = IBANS[country].partition("#")
        bank = "" if head == country == "FR" else head
        body = bank + "".join(self.rng.choices(string.digits, k=int(count)))
        if country == "BE":
            body = f"{body[:10]}{int(body[:10]) % 97 or 97:02}"
        check = next(f"{n:02}" for n in range(2, 99) if mod97(f"{country}{n:02}{body}"))
        if not good:
            check = f"{(int(check) + self.rng.randint(1, 90)) % 97:02}"
        whole = country + check + body
        if mod97(whole) is not good:
            return self.iban(space=space, good=good)
        return space.join(whole[at : at + 4] for at in range(0, len(whole), 4))

    # time and the rest

    def moment(self) -> datetime:
        """Draw a moment of the years these logs are from."""
        offset = timedelta(milliseconds=self.rng.randrange(40_000_000_000))
        return datetime(2025, 2, 1, tzinfo=UTC) + offset

    def path(self) -> str:
        """Draw the target of a request, nobody's."""
        return self.rng.choice(self._pool("paths")).format(
            n=self.digits(self.rng.randint(4, 7)),
            s=self.rng.randint(1, 40),
            h=self.hex(8),
            e=int(self.moment().timestamp()),
        )

    def agent(self) -> str:
        """Draw a user agent."""
        return user_agent(self.rng, self.half)

    def percent(self, value: str) -> str:
        """Write a value as in a URL."""
        return quote(value, safe="")


Draw = Callable[[Values, str], str]
"""Fills a slot: what draws, and the slot's form."""
