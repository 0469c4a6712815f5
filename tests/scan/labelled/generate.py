"""Writes the parts' `<part>_<type>.txt` from the templates, the same bytes every time.

A template is a line with slots: `«user»` is a labelled value, `«d:5»` an unlabelled one, `«ip4#1»`
the same value wherever it stands in the line, `«?email»` neutral, `«|GET|POST»` a choice.  ␛ ␍ ␉ ␝
stand for control characters, ␊ for a newline within a record, ⟪ ⟫ for French quotation marks.  A
line that begins with ⇧ is written once, first: the head of a log of columns.
`python -m tests.scan.labelled.generate [part]`
"""

import random
import re
import sys
import zlib
from typing import TYPE_CHECKING

from tests.scan.labelled import blind
from tests.scan.labelled.markup import BLIND, FOLDER, PARTS
from tests.scan.labelled.values import POOLS, Draw, Values

if TYPE_CHECKING:
    from collections.abc import Iterable

COPIES = 6
COPIES_OF_BLIND = 2
"""Lines drawn from each template; `blind` has more templates, and fewer lines of each."""
HEAD = "⇧"

_SLOT = re.compile("«([^»]+)»")
_CONTROL = str.maketrans(
    {"␛": "\x1b", "␍": "\r", "␊": "\n", "␉": "\t", "␝": "\x1d", "⟪": "«", "⟫": "»"}
)
_MOMENTS = {
    "clf": "%d/%b/%Y:%H:%M:%S +0000",
    "sys": "%b %d %H:%M:%S",
    "iso": "%Y-%m-%dT%H:%M:%S+00:00",
    "isoz": "%Y-%m-%dT%H:%M:%SZ",
    "isoms": "%Y-%m-%dT%H:%M:%S.%fZ",
    "ngx": "%Y/%m/%d %H:%M:%S",
    "apache": "%a %b %d %H:%M:%S.%f %Y",
    "day": "%Y-%m-%d",
    "ts": "%Y-%m-%d %H:%M:%S",
    "asct": "%a %b %d %H:%M:%S %Y",
    "rfc": "%a, %d %b %Y %H:%M:%S +0100",
    "hms": "%H:%M:%S",
    "frdate": "%d/%m/%Y %H:%M",
    "compact": "%Y%m%d%H%M%S",
    "short": "%y%m%d %H:%M:%S",
    "bind": "%d-%b-%Y %H:%M:%S",
    "fr": "%d/%m/%Y %H:%M:%S",
    "frday": "%d/%m/%Y",
    "mdy": "%m/%d/%Y %H:%M:%S",
    "mdyday": "%m/%d/%y",
    "jul": "%y.%j %H:%M:%S",
}


def _sized(text: str, values: Values) -> int:
    low, _, high = text.partition("-")
    return values.rng.randint(int(low), int(high or low))


def _moment(form: str) -> Draw:
    return lambda values, _: values.moment().strftime(form)


def _mac(values: Values, form: str) -> str:
    mac = values.mac()
    if form == "dot":
        plain = mac.replace(":", "")
        return ".".join((plain[:4], plain[4:8], plain[8:]))
    mac = mac.replace(":", "-") if "dash" in form else mac
    return mac.upper() if "up" in form else mac


def _email(values: Values, form: str) -> str:
    email = values.email()
    if form == "pct":
        return values.percent(email)
    return email.replace("@", "\\u0040") if form == "u" else email


def _user(values: Values, form: str) -> str:
    pools: dict[str, Iterable[str]] = {"sys": POOLS["system"], "try": POOLS["attacked"]}
    if form == "hex":
        return values.user().encode().hex().upper()
    return values.rng.choice(tuple(pools[form])) if form in pools else values.user()


def _address(values: Values, form: str) -> str:
    private = f"10.{values.rng.randint(0, 40)}.{values.rng.randint(0, 255)}"
    return f"{private}.{values.rng.randint(1, 254)}" if form == "lan" else values.ip4()


def _session(values: Values, form: str) -> str:
    if form == "b64":
        return values.text(16, "+/")
    if form == "uuid":
        return values.uuid()
    if form == "java":
        return values.hex(32).upper()
    if form == "signed":
        return f"s%3A{values.text(32, '-_')}.{values.text(43)}"
    return values.text(26).lower() if form == "php" else values.hex(32)


def _secret(values: Values, form: str) -> str:
    if form == "jwt":
        return f"eyJhbGciOiJIUzI1NiJ9.eyJ{values.text(48, '-_')}.{values.text(43, '-_')}"
    if form == "aws":
        return "AKIA" + values.text(16).upper()
    if form == "gh":
        return "ghp_" + values.text(36)
    if form == "basic":
        return values.text(values.rng.choice((18, 22, 26))) + "=="
    if form == "hex":
        return values.hex(40)
    plain = values.text(values.rng.randint(8, 14))
    return plain if form == "word" else values.rng.choice(values.words).capitalize() + plain + "!"


def _name(values: Values, form: str) -> str:
    if form in {"first", "last"}:
        return values.rng.choice(values.first if form == "first" else values.last)
    name = values.name()
    return (
        name.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
        if form == "u"
        else name
    )


LABELLED: dict[str, tuple[str, Draw]] = {
    "ip4": ("ipv4", _address),
    "ip6": ("ipv6", lambda v, form: v.ip6().upper() if form == "up" else v.ip6()),
    "ipmap": ("ipv6", lambda v, _: f"::ffff:{v.ip4()}"),
    "mac": ("mac", _mac),
    "email": ("email", _email),
    "user": ("username", _user),
    "phone": ("phone", lambda v, form: v.phone_as(form or "e164")),
    "card": ("card", lambda v, form: v.card(space={"sp": " ", "dash": "-"}.get(form, ""))),
    "iban": ("iban", lambda v, form: v.iban(space=" " if form == "sp" else "")),
    "uuid": ("uuid", lambda v, form: v.uuid().upper() if form == "up" else v.uuid()),
    "sess": ("session_id", _session),
    "ua": (
        "user_agent",
        lambda v, form: v.agent().replace("/", "\\/") if form == "php" else v.agent(),
    ),
    "host": ("client_host", lambda v, form: v.device() if form == "dev" else v.host()),
    "name": ("person_name", _name),
    "secret": ("secret", _secret),
}

PLAIN: dict[str, Draw] = {
    **{name: _moment(form) for name, form in _MOMENTS.items()},
    "d": lambda v, size: v.digits(_sized(size, v)),
    "hex": lambda v, size: v.hex(_sized(size, v)),
    "HEX": lambda v, size: v.hex(_sized(size, v)).upper(),
    "text": lambda v, size: v.text(_sized(size, v)),
    "b64": lambda v, size: v.text(_sized(size, v), "+/"),
    "path": lambda v, _: v.path(),
    "srv": lambda v, _: v.rng.choice(v.servers),
    "fqdn": lambda v, _: f"{v.rng.choice(v.servers)}.{v.rng.choice(v.companies)}",
    "www": lambda v, _: f"www.{v.rng.choice(v.companies)}",
    "domain": lambda v, _: v.rng.choice(v.companies),
    "pid": lambda v, _: str(v.rng.randint(300, 99999)),
    "port": lambda v, _: str(v.rng.randint(10_000, 65_535)),
    "status": lambda v, _: v.rng.choice(("200", "200", "301", "304", "401", "404", "500", "206")),
    "ver": lambda v, _: ".".join(str(v.rng.randint(0, 31)) for _ in range(3)),
    "ver4": lambda v, _: ".".join(str(v.rng.randint(0, top)) for top in (19, 9, 99, 400)),
    "blk": lambda v, _: v.block(),
    "epoch": lambda v, _: str(int(v.moment().timestamp())),
    "epochms": lambda v, _: str(int(v.moment().timestamp() * 1_000)),
    "epochus": lambda v, _: str(int(v.moment().timestamp() * 1_000_000) + v.rng.randint(0, 999)),
    "us": lambda v, _: f"{v.rng.randint(0, 999_999):06}",
    "ms": lambda v, _: f"{v.rng.randint(0, 999):03}",
    "notcard": lambda v, _: v.not_card(),
    "order": lambda v, _: v.order(),
    "badiban": lambda v, _: v.iban(good=False),
    "md5pairs": lambda v, _: ":".join(v.hex(2) for _ in range(16)),
    "pairs": lambda v, size: " ".join(v.hex(2) for _ in range(int(size))),
    "word": lambda v, _: v.rng.choice(v.words),
    "f": lambda v, size: f"{v.rng.uniform(0, 9):.{int(size)}f}",
}


def _slots(half: str) -> tuple[dict[str, tuple[str, Draw]], dict[str, Draw]]:
    if half == BLIND:
        return {**LABELLED, **blind.LABELLED}, {**PLAIN, **blind.PLAIN}
    return LABELLED, PLAIN


def draw(slot: str, values: Values) -> str:
    """Fill one slot, with its markup when it is labelled."""
    labelled, unlabelled = _slots(values.half)
    if slot.startswith("|"):
        return values.rng.choice(slot[1:].split("|"))
    neutral, slot = ("?", slot[1:]) if slot.startswith("?") else ("", slot)
    name, _, form = slot.partition("#")[0].partition(":")
    if name not in labelled:
        return unlabelled[name](values, form)
    kind, fill = labelled[name]
    value = fill(values, form)
    flag = ":system" if kind == "username" and value in POOLS["system"] else ""
    return f"⟦{neutral}{kind}{flag}|{value}⟧"


def fill(template: str, values: Values) -> str:
    """Fill every slot of a template; slots with the same `#mark` get the same value."""
    known: dict[str, str] = {}

    def slot(found: re.Match[str]) -> str:
        if "#" not in found[1]:
            return draw(found[1], values)
        if found[1] not in known:
            known[found[1]] = draw(found[1], values)
        return known[found[1]]

    return _SLOT.sub(slot, template).translate(_CONTROL)


def templates(half: str, log_type: str) -> list[str]:
    """Read the templates of one log type."""
    text = (FOLDER / "templates" / half / f"{log_type}.txt").read_text("utf-8")
    return [line for line in text.split("\n") if line]


def lines(half: str, log_type: str) -> list[str]:
    """Draw the lines of one file, none twice; heads stand first, in their order."""
    rng = random.Random(zlib.crc32(f"{half}/{log_type}".encode()))  # noqa: S311 - invented values
    values = blind.BlindValues(rng, half) if half == BLIND else Values(rng, half)
    written = templates(half, log_type)
    heads = [fill(line.removeprefix(HEAD), values) for line in written if line.startswith(HEAD)]
    drawn = {
        fill(template, values): None
        for template in written
        if not template.startswith(HEAD)
        for _ in range(COPIES_OF_BLIND if half == BLIND else COPIES)
    }
    out = list(drawn)
    rng.shuffle(out)
    return [*heads, *out]


def main() -> None:
    """Write the files of the parts named, of all when none is."""
    for half in sys.argv[1:] or PARTS:
        for source in sorted((FOLDER / "templates" / half).glob("*.txt")):
            text = "".join(line + "\n" for line in lines(half, source.stem))
            (FOLDER / f"{half}_{source.stem}.txt").write_bytes(text.encode())


if __name__ == "__main__":
    main()
