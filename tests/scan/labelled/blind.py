"""Values that only the part `blind` has: its people, numbers and identifiers of other formats.

The part was labelled before any rule for its formats was written, and nobody who writes rules reads
it.  Its telephone numbers are of more countries, and written in more ways; accounts, secrets and
identifiers take the shapes that each vendor gives them.
"""

import string
import unicodedata
from collections.abc import Callable

from tests.scan.labelled.values import POOLS, Draw, Values, luhn

COUNTRIES = {
    "CI": ("225", "## ## ## ## ##", ("0709", "0777", "0506", "0574", "0103", "27203")),
    "SN": ("221", "## ### ## ##", ("775", "782", "767", "704", "3395")),
    "CM": ("237", "# ## ## ## ##", ("675", "696", "658", "242")),
    "FR": ("33", "# ## ## ## ##", ("64", "77", "18", "41", "97")),
    "BF": ("226", "## ## ## ##", ("72", "60", "54", "56")),
    "ML": ("223", "## ## ## ##", ("73", "82", "91", "64")),
    "TG": ("228", "## ## ## ##", ("97", "79")),
    "BJ": ("229", "## ## ## ## ##", ("0162", "0191", "0151")),
    "GN": ("224", "### ## ## ##", ("621", "664", "655")),
    "NE": ("227", "## ## ## ##", ("90", "96", "89")),
    "MR": ("222", "## ## ## ##", ("46", "36", "22")),
    "GA": ("241", "## ## ## ##", ("74", "76", "66")),
    "CD": ("243", "## ### ## ##", ("81", "82", "97")),
    "MA": ("212", "# ## ## ## ##", ("61", "66", "70")),
    "DZ": ("213", "### ## ## ##", ("550", "661", "770")),
    "TN": ("216", "## ### ###", ("20", "52", "98")),
    "KE": ("254", "### ### ###", ("712", "722", "733")),
    "GH": ("233", "## ### ####", ("24", "20", "54")),
    "NG": ("234", "### ### ####", ("803", "816", "905")),
    "BE": ("32", "### ## ## ##", ("470", "485", "496")),
    "CH": ("41", "## ### ## ##", ("76", "79", "78")),
}
AT_HOME = ("CI", "SN", "CM", "FR", "BF", "ML")
"""Countries whose numbers most callers of these logs write without the country code."""
TRUNK = frozenset({"FR", "GA", "CD", "MA", "DZ", "KE", "GH", "NG", "BE", "CH"})
NORTH_AMERICA = ("418", "514", "212", "617", "902")
ARABIC_INDIC = str.maketrans(string.digits, "٠١٢٣٤٥٦٧٨٩")
SIP_AGENTS = (
    "Yealink SIP-T4{b}S 66.86.0.{s}",
    "Zoiper rv2.10.{s}.{b}",
    "MicroSIP/3.21.{b}",
    "Grandstream GXP16{s} 1.0.4.{s}",
    "LinphoneAndroid/5.{b}.{s} (Galaxy A05) LinphoneSDK/5.3.{s}",
    "FPBX-16.0.{s}(18.{s}.0)",
    "PolycomVVX-VVX_411-UA/6.4.{b}.{s}",
    "Cisco-CP7841/14.{b}.1",
    "snomD785/10.1.{s}.{b}",
)


def plain(name: str) -> str:
    """Write a name as accounts do: lower case, without accents and apostrophes."""
    bare = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    return bare.lower().replace("'", "").replace(" ", "-")


class BlindValues(Values):
    """Draws values of the part `blind`."""

    def person(self) -> tuple[str, str]:
        """Draw a first name and a surname in plain letters."""
        return plain(self.rng.choice(self.first)), plain(self.rng.choice(self.last))

    def user(self) -> str:
        """Draw an account in the shapes that companies, schools and programs give it."""
        first, last = self.person()
        short, number = last.replace("-", ""), self.rng.randint(1, 98)
        forms = (
            f"{first[0]}.{short}",
            f"{short[:7]}{first[:1]}",
            f"{first}.{short}-ext",
            f"{first[:4]}{short[:4]}",
            f"{first}{number}",
            f"{short}{1960 + number % 45}",
            f"{first[0]}{first[-1]}{short}",
            f"{self.rng.choice('epux')}{self.digits(6)}",
            f"{first}.{short}",
            f"{short}_{first[:3]}",
            first.replace("-", "_"),
            short,
            self.rng.choice(self.services),
        )
        return self.rng.choice(forms)

    def name(self) -> str:
        """Draw a name of two or three words."""
        first, last = self.rng.choice(self.first), self.rng.choice(self.last)
        forms = (
            f"{first} {last}",
            f"{first} {last}",
            f"{last.upper()} {first}",
            f"{first} {self.rng.choice(self.first)} {last}",
            f"{first} {last}-{self.rng.choice(self.last)}",
        )
        return self.rng.choice(forms)

    def email(self) -> str:
        """Draw an address."""
        first, last = self.person()
        forms = (
            f"{first}.{last}",
            f"{last}.{first}",
            f"{first}{last}",
            f"{first[0]}{last}",
            f"{first}_{last}",
            f"{first}.{last}{self.rng.randint(2, 99)}",
            f"{first}.{last}+{self.rng.choice(('paie', 'alertes', 'tri'))}",
            self.rng.choice(("accueil", "rh", "secretariat", "scolarite")),
        )
        return f"{self.rng.choice(forms)}@{self.rng.choice((*self.companies, *self.webmail))}"

    @property
    def webmail(self) -> list[str]:
        """Domains where anybody has a box."""
        return POOLS["blind_webmail"]

    def ip4(self) -> str:
        """Draw an address; one of eight has small octets only, and so looks like a version."""
        if self.rng.random() < 1 / 8:
            front = self.rng.choice((1, 2, 5, 8, 10, 14, 27))
            return ".".join(map(str, (front, *(self.rng.randint(0, 19) for _ in range(2)), 7)))
        return super().ip4()

    def host(self) -> str:
        """Draw a client's name as reverse DNS or its mail program gives it."""
        one, two, three, four = (self.rng.randint(2, 250) for _ in range(4))
        provider = self.rng.choice(self.providers)
        return self.rng.choice(
            (
                f"host-{one}-{two}-{three}-{four}.{provider}",
                f"{one}.{two}.{three}.{four}.rev.{provider}",
                f"x{self.hex(8)}.{provider}",
                f"dyn{four}-{three}.{provider}",
                f"portable-{self.person()[0]}.{self.rng.choice(self.companies)}",
                f"smtp{three}.{self.rng.choice(self.companies)}",
            )
        )

    def device(self) -> str:
        """Draw the name of a machine as it gives it itself."""
        first = self.rng.choice(self.first)
        bare = plain(first)
        return self.rng.choice(
            (
                f"WKS-{self.digits(5)}",
                f"PC{self.digits(4)}-{bare[:6].upper()}",
                f"{bare.capitalize()}s-MacBook-Air",
                f"android-{self.hex(16)}",
                f"Galaxy-S2{self.rng.randint(1, 4)}-{bare.capitalize()}",
                f"LT-{self.text(6).upper()}",
                f"{bare}-thinkpad",
            )
        )

    def phone_as(self, form: str) -> str:
        """Draw a number in one of the writings; `nat-CI` names the country."""
        form, _, country = form.partition("-")
        if form == "us":
            area, line = self.rng.choice(NORTH_AMERICA), self.rng.randint(100, 199)
            return f"({area}) 555-0{line}"
        code, number, trunk = self._number(country, form)
        national, bare = trunk + number, number.replace(" ", "")
        return {
            "e164": f"+{code}{bare}",
            "intl": f"+{code} {number}",
            "zeros": f"00{code}{bare}",
            "zerosp": f"00{code} {number}",
            "dots": f"+{code}.{number.replace(' ', '.')}",
            "dash": f"+{code}-{number.replace(' ', '-')}",
            "paren": f"(+{code}) {number}",
            "paren2": f"(00{code}) {number}",
            "msisdn": code + bare,
            "nat": national,
            "natdot": national.replace(" ", "."),
            "natdash": national.replace(" ", "-"),
            "bare": trunk + bare,
            "pct": f"%2B{code}{bare}",
            "pctsp": f"%2B{code}+{number.replace(' ', '+')}",
            "tight": f"+{code} {bare}",
            "nbsp": f"+{code} {number}".replace(" ", "\u00a0"),
            "nnbsp": national.replace(" ", "\u202f"),
            "nbhy": national.replace(" ", "\u2011"),
            "nbhyi": f"+{code} {number}".replace(" ", "\u2011"),
            "ndash": national.replace(" ", "\u2013"),
            "arab": f"+{code} {number}".translate(ARABIC_INDIC),
            "arabn": national.translate(ARABIC_INDIC),
            "slash": f"{national[:4]}/{national[4:].strip().replace(' ', '.')}",
        }[form]

    def _number(self, country: str, form: str) -> tuple[str, str, str]:
        local = form.startswith(("nat", "bare", "nnbsp", "nbhy", "ndash", "arabn"))
        country = country or self.rng.choice(AT_HOME if local else tuple(COUNTRIES))
        code, shape, prefixes = COUNTRIES[country]
        front = self.rng.choice(prefixes)
        rest = shape.count("#") - len(front)
        digits = iter(front + "".join(self.rng.choices(string.digits, k=rest)))
        number = "".join(next(digits) if char == "#" else char for char in shape)
        return code, number, "0" if country in TRUNK else ""

    def imei(self) -> str:
        """Draw a telephone's number, with its check digit."""
        body = self.rng.choice(("35", "86")) + "".join(self.rng.choices(string.digits, k=12))
        return next(body + digit for digit in string.digits if luhn(body + digit))

    def nir(self) -> str:
        """Draw a French social security number: 13 digits and the key, 97 less the rest."""
        year, month = self.rng.randint(45, 99), self.rng.randint(1, 12)
        place = self.rng.choice(("13055", "75112", "99326", "69381", "2A004", "99322"))
        body = f"{self.rng.choice('12')}{year:02}{month:02}{place}{self.rng.randint(1, 999):03}"
        return f"{body}{97 - int(body.replace('2A', '19')) % 97:02}"


def _nir(values: BlindValues, form: str) -> str:
    nir = values.nir()
    parts = (nir[0], nir[1:3], nir[3:5], nir[5:7], nir[7:10], nir[10:13], nir[13:])
    if form == "key":
        return f"{nir[:13]} {nir[13:]}"
    return {"sp": " ", "dot": ".", "dash": "-"}.get(form, "").join(parts)


def _card_of_identity(values: BlindValues, form: str) -> str:
    draw = values.digits
    return {
        "CI": lambda: f"CI00{draw(7)}",
        "CIold": lambda: f"C 00{draw(2)} {draw(4)} {draw(2)}",
        "SN": lambda: f"1 {draw(3)} {values.rng.randint(1960, 2004)} 0{draw(4)}",
        "CM": lambda: f"1{draw(8)}",
        "CM17": lambda: f"20{draw(15)}",
        "BF": lambda: f"B{draw(8)}",
        "ML": lambda: f"{draw(14)}{values.text(1).upper()}",
        "BJ": lambda: draw(10),
        "FR": lambda: f"{draw(2)}{values.text(2).upper()}{draw(5)}",
        "FRcni": lambda: f"{draw(12)}",
    }[form]()


def _opaque(values: BlindValues, form: str) -> str:
    text, digits = values.text, values.digits
    return {
        "okta": lambda: f"00u{text(17)}",
        "auth0": lambda: f"auth0|{values.hex(24)}",
        "auth0g": lambda: f"google-oauth2|1{digits(20)}",
        "google": lambda: f"1{digits(20)}",
        "slack": lambda: f"{values.rng.choice('UW')}0{text(9).upper()}",
        "hex24": lambda: values.hex(24),
        "hex32": lambda: values.hex(32),
        "hex64": lambda: values.hex(64),
        "atl": lambda: f"712020:{values.uuid()}",
        "sf": lambda: f"005{text(12)}AA{text(1).upper()}",
        "dbid": lambda: f"dbid:AA{text(32, '_-')}",
        "iam": lambda: f"AIDA{text(17).upper()}",
        "role": lambda: f"AROA{text(17).upper()}",
        "fire": lambda: text(28),
        "ulid": lambda: f"usr_01{text(24).upper()}",
        "zoom": lambda: text(22, "_-"),
        "puid": lambda: f"1003{values.hex(12).upper()}",
        "num": lambda: digits(values.rng.randint(6, 9)),
        "sid": lambda: (
            f"S-1-5-21-{digits(10)}-{digits(9)}-{digits(10)}-{values.rng.randint(1100, 59999)}"
        ),
        "sid4": lambda: f"S-1-12-1-{digits(10)}-{digits(10)}-{digits(9)}-{digits(10)}",
    }[form]()


def _mail(values: BlindValues, form: str) -> str:
    first, last = values.person()
    company = values.rng.choice(values.companies)
    return {
        "quoted": lambda: f'"{first} {last}"@{company}',
        "dots": lambda: f'"{first}..{last}"@{company}',
        "at": lambda: f'"{last}@{first}"@{company}',
        "esc": lambda: f'\\"{first} {last}\\"@{company}',
        "bare": lambda: f"{first}.{last}@{values.rng.choice(('localhost', 'intranet', 'srvmail'))}",
        "utf8": lambda: (
            f"{values.rng.choice(('andré', 'hélène', 'noëlle', 'zoé'))}.{last}@{company}"
        ),
        "idn": lambda: (
            f"{first}@{values.rng.choice(('société', 'café', 'hôpital'))}-lagune.example"
        ),
        "literal": lambda: f"{first}.{last}@[{values.ip4()}]",
        "odd": lambda: f"{first}!{last}/{values.rng.randint(1, 9)}=x{{{last[:2]}}}@{company}",
        "verp": lambda: f"retours-{values.digits(6)}-{first}.{last}={company}@liste.{company}",
        "srs": lambda: (
            f"SRS0={values.text(4)}={values.text(2).upper()}={company}={first}.{last}"
            f"@{values.rng.choice(values.companies)}"
        ),
        "up": lambda: f"{first.upper()}.{last.upper()}@{company.upper()}",
        "sub": lambda: f"{first}.{last}@mail.{values.rng.choice(('dsi', 'rh'))}.{company}",
        "hex": lambda: f"{first}.{last}@{company}".encode().hex(),
    }[form]()


def _account(values: BlindValues, form: str) -> str:
    first, last = values.person()
    return {
        "up": lambda: f"{first[:1]}{last}".replace("-", "").upper()[:8],
        "tso": lambda: f"{values.rng.choice('BCDKT')}{values.digits(2)}{last[:4].upper()}",
        "first": lambda: first.replace("-", ""),
        "cap": lambda: f"{first.capitalize()}.{last.capitalize()}",
        "mat": lambda: f"{values.rng.choice('AEMX')}{values.digits(6)}",
        "hyph": lambda: f"{first}-{last}",
        "nine": lambda: f"{last[:5]}{values.digits(2)}",
    }[form]()


def _person(values: BlindValues, form: str) -> str:
    first, last = values.rng.choice(values.first), values.rng.choice(values.last)
    if form == "u":
        escaped = f"{first} {last}".encode("ascii", "backslashreplace").decode()
        return escaped.replace("\\x", "\\u00")
    forms: dict[str, Callable[[], str]] = {
        "": values.name,
        "first": lambda: first,
        "last": lambda: last,
        "caps": lambda: f"{last.upper()} {first.upper()}",
        "comma": lambda: f"{last}, {first}",
        "plain": lambda: f"{plain(first).capitalize()} {plain(last).capitalize()}",
        "plus": lambda: f"{plain(first).capitalize()}+{plain(last).capitalize()}",
        "pct": lambda: values.percent(f"{first} {last}"),
        "tso": lambda: f"{plain(first).upper()} {plain(last).upper()}"[:20],
    }
    return forms[form]()


def _secret(values: BlindValues, form: str) -> str:
    text, word = values.text, values.rng.choice(values.words)
    return {
        "": lambda: f"{word.capitalize()}{values.rng.choice('_#%!')}{values.digits(4)}",
        "phrase": lambda: f"{word} {values.rng.choice(values.words)} {values.digits(3)}",
        "word": lambda: text(values.rng.randint(9, 15)),
        "long": lambda: text(values.rng.randint(32, 44), "_-"),
        "b64": lambda: text(43, "+/") + "=",
        "hex": lambda: values.hex(40),
        "hex32": lambda: values.hex(32),
        "pin": lambda: values.digits(4),
        "otp": lambda: values.digits(6),
        "cvv": lambda: values.digits(3),
        "jwt": lambda: f"eyJhbGciOiJSUzI1NiJ9.eyJ{text(52, '_-')}.{text(64, '_-')}",
        "aws": lambda: "AKIA" + text(16).upper(),
        "awskey": lambda: text(40, "+/"),
        "gh": lambda: "ghp_" + text(36),
        "gl": lambda: "glpat-" + text(20, "_-"),
        "slack": lambda: f"xoxb-{values.digits(11)}-{values.digits(12)}-{text(24)}",
        "stripe": lambda: "sk_live_" + text(24),
        "sg": lambda: f"SG.{text(22, '_-')}.{text(43, '_-')}",
        "basic": lambda: text(values.rng.choice((19, 23, 27))) + "=",
    }[form]()


def _hardware(values: BlindValues, form: str) -> str:
    mac = values.mac()
    bare = mac.replace(":", "")
    return {
        "bare": bare,
        "BARE": bare.upper(),
        "cisco": f"{bare[:4]}.{bare[4:8]}.{bare[8:]}",
        "hp": f"{bare[:6]}-{bare[6:]}",
        "huawei": f"{bare[:4]}-{bare[4:8]}-{bare[8:]}",
    }[form]


def _separated(number: str, form: str) -> str:
    sign = {"dot": ".", "nbsp": "\u00a0", "nnbsp": "\u202f", "dash": "-", "sp": " "}[form]
    return number.replace(" ", sign)


def _agent(values: BlindValues, form: str) -> str:
    if form == "sip":
        shape = values.rng.choice(SIP_AGENTS)
        return shape.format(b=values.rng.randint(1, 9), s=values.rng.randint(10, 60))
    agent = values.agent()
    if form == "plus":
        return agent.replace(" ", "+")
    return values.percent(agent) if form == "pct" else agent


def _reversed_address(values: BlindValues, _: str) -> str:
    return ".".join(reversed(values.ip4().split(".")))


def _machine(values: Values, form: str) -> str:
    name = values.device()
    name = name.upper()[:15] if form.startswith("nb") else name
    return f"{name}.exemple.local" if form.endswith("fq") else name


def _nibbles(values: BlindValues, _: str) -> str:
    net = values.rng.choice(("20014278", "2a01cb08", "2c0ff698", "2a04cec0"))
    return ".".join(reversed(net + values.hex(24)))


def _of(fill: Callable[[BlindValues, str], str]) -> Draw:
    def draw(values: Values, form: str) -> str:
        if not isinstance(values, BlindValues):
            msg = "a slot that only the part blind has"
            raise TypeError(msg)
        return fill(values, form)

    return draw


LABELLED: dict[str, tuple[str, Draw]] = {
    "name": ("person_name", _of(_person)),
    "id": ("user_id", _of(_opaque)),
    "nir": ("national_id", _of(_nir)),
    "cni": ("national_id", _of(_card_of_identity)),
    "imei": ("device_id", _of(lambda v, _: v.imei())),
    "android": ("device_id", lambda v, _: v.hex(16)),
    "idfv": ("device_id", lambda v, _: v.hex(40)),
    "acc": ("username", _of(_account)),
    "mail": ("email", _of(_mail)),
    "key": ("secret", _of(_secret)),
    "hw": ("mac", _of(_hardware)),
    "pan": ("card", lambda v, form: _separated(v.card(space=" "), form)),
    "rib": ("iban", lambda v, form: _separated(v.iban(space=" "), form)),
    "nav": ("user_agent", _of(_agent)),
    "rev4": ("ipv4", _of(_reversed_address)),
    "rev6": ("ipv6", _of(_nibbles)),
    "pc": ("client_host", _machine),
}
"""Slots beside those of `generate`, and `name` in their stead."""

PLAIN: dict[str, Draw] = {
    "callid": lambda v, _: f"{v.hex(8)}-{v.hex(4)}-{v.hex(4)}",
    "cloudacc": lambda v, _: v.digits(12),
    "serial": lambda v, size: ":".join(v.hex(2) for _ in range(int(size))),
    "SERIAL": lambda v, size: ":".join(v.hex(2).upper() for _ in range(int(size))),
    "ciphers": lambda v, size: v.rng.choice("-:,").join(
        str(v.rng.randint(4865, 49200)) for _ in range(int(size))
    ),
    "pair": lambda v, size: "-".join(str(v.rng.randint(10, 99)) for _ in range(int(size))),
}
