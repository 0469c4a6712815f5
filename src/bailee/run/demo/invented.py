"""Invented: logs of three invented clients, the same at every run.

Domains are reserved ones (RFC 2606), addresses documentation ranges (RFC 5737, RFC 3849); the
telephone numbers follow the national plans and belong to the story.  One person, Awa Koné, stands
in all three logs: what is kept of one client must not lead to another.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

PERSON = "awa.kone@example.ci"
"""Whom the story asks about."""

LINES = 600
_SEED = 20_261_123
_BEGIN = datetime(2026, 11, 23, 6, tzinfo=UTC)
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15",
)
_PATHS = ("/", "/factures", "/panier", "/api/v2/stock", "/static/app-4.2.1.js", "/contact")
_WORKS = ("appointment moved", "file opened", "reminder sent", "payment received")


def _person(chance: random.Random) -> str:
    first = chance.choice(("awa", "moussa", "fatou", "ama", "jean", "ines", "kofi", "aya"))
    last = chance.choice(("kone", "traore", "mensah", "mbarga", "diop", "ouattara", "nguema"))
    return PERSON if chance.random() < 0.02 else f"{first}.{last}{chance.randrange(40)}@example.ci"  # noqa: PLR2004  # one line in fifty is hers


def _address(chance: random.Random) -> str:
    if chance.random() < 0.1:  # noqa: PLR2004  # one in ten comes by IPv6
        return f"2001:db8::{chance.randrange(1, 0xFFFF):x}"
    return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randrange(1, 255)}"


def _shop(at: datetime, chance: random.Random) -> str:
    mail = _person(chance)
    path = chance.choice(_PATHS)
    query = f"?mail={mail.replace('@', '%40')}" if path == "/factures" or mail == PERSON else ""
    user = mail.partition("@")[0] if chance.random() < 0.3 else "-"  # noqa: PLR2004  # signed in
    return (
        f"{_address(chance)} - {user} [{at:%d/%b/%Y:%H:%M:%S +0000}]"
        f' "GET {path}{query} HTTP/1.1" 200 {chance.randrange(200, 90_000)}'
        f' "-" "{chance.choice(_AGENTS)}"'
    )


def _clinic(at: datetime, chance: random.Random) -> str:
    return json.dumps(
        {
            "time": at.isoformat(timespec="milliseconds"),
            "level": "error" if chance.random() < 0.05 else "info",  # noqa: PLR2004  # one in twenty
            "message": chance.choice(_WORKS),
            "email": _person(chance),
            "phone": f"+225 07 {chance.randrange(10**8):08d}",
            "client_ip": _address(chance),
            "session_id": f"{chance.getrandbits(128):032x}",
            "took_ms": chance.randrange(3, 900),
        }
    )


def _mail(at: datetime, chance: random.Random) -> str:
    queue = f"{chance.getrandbits(44):011X}"
    return (
        f"{at:%b %d %H:%M:%S} mx1 postfix/smtp[{chance.randrange(900, 9_999)}]: {queue}:"
        f" to=<{_person(chance)}>, relay=mx.example.net[{_address(chance)}]:25,"
        f" delay=0.{chance.randrange(9)}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued)"
    )


_FORMS: dict[str, Callable[[datetime, random.Random], str]] = {
    "acme": _shop,
    "baobab": _clinic,
    "sahel": _mail,
}


def logs() -> Iterator[tuple[str, str]]:
    """Give each client's label and its log, a day of it."""
    for label, form in _FORMS.items():
        # Seeded by client and not shared, so that a line added to one story moves no other.
        chance = random.Random(f"{_SEED} {label}")  # noqa: S311  # invented, and the same each time
        moments = sorted(chance.randrange(86_400_000) for _ in range(LINES))
        lines = [form(_BEGIN + timedelta(milliseconds=one), chance) for one in moments]
        yield label, "\n".join(lines) + "\n"
