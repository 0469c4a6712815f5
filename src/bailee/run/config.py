"""Config: `bailee.toml`, the settings of a home: who the provider is and where things are.

It holds no secret and nothing personal.  An unknown key is refused: a setting that is spelt wrong
must not be a setting that is silently off.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.encoding import handed
from bailee.failpoint import durable
from bailee.limits import (
    CHECK_DAYS_MAX,
    DESTINATIONS_MAX,
    DOMAIN_CHARS,
    SETTINGS_BYTES,
    TURN_DAYS_MAX,
)
from bailee.monitor.settings import SetValue, Weaker
from bailee.run.private import create
from bailee.run.ways import Mail, Webhook, mail_of, webhooks_of

FILE_NAME = "bailee.toml"
TURN_DAYS = 7
"""A week: the recovery window, the turn's period and the delay of erasure are this one number."""
CHECK_DAYS = 30
"""Within so many days the rolling deep check has read everything once."""
DIGEST_DOMAIN = "setting"
DIGEST_CHARS = 32
"""Of a keyed digest: 128 bits, as an entry's body may hold them."""
_LINE = re.compile(r"at line (\d+)")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Setting: one key of the file, and which change of it weakens what rests on it."""

    table: str
    name: str
    weaker: Weaker

    @property
    def key(self) -> str:
        """Its name, as the ledger records it."""
        return f"{self.table}.{self.name}"


DOMAIN = Setting(table="provider", name="domain", weaker=Weaker.OTHER)
"""It names every ledger: under another, no checkpoint that somebody holds is of a ledger here."""
DESTINATIONS = Setting(table="backup", name="destinations", weaker=Weaker.FEWER)
DAYS = Setting(table="turn", name="days", weaker=Weaker.MORE)
"""What was deleted is gone from older copies that much later."""
CHECKED = Setting(table="check", name="days", weaker=Weaker.MORE)
"""Damage is found that much later."""
MAILED = Setting(table="mail", name="to", weaker=Weaker.FEWER)
"""Whoever is left out is told of nothing."""
POSTED = Setting(table="webhook", name="url", weaker=Weaker.FEWER)
SETTINGS = (DOMAIN, DESTINATIONS, DAYS)
"""Those that the file must hold; each act finds all that there are recorded."""
WAYS = ("mail", "webhook")
OPTIONAL = (CHECKED, MAILED, POSTED)
"""Those that joined later: homes of before have a file without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Config: the settings of a home."""

    domain: str
    backups: tuple[Path, ...]
    turn_days: int = TURN_DAYS
    check_days: int = CHECK_DAYS
    mail: Mail | None = None
    webhooks: tuple[Webhook, ...] = ()

    def write(self, home: Path) -> None:
        """Write the file, once, at `init`."""
        destinations = ", ".join(_quoted(str(place)) for place in self.backups)
        text = (
            "# Settings of this home; docs in README.md.\n"
            "[provider]\n"
            f"domain = {_quoted(self.domain)}\n\n"
            "[backup]\n"
            f"destinations = [{destinations}]\n\n"
            "[turn]\n"
            f"days = {self.turn_days}\n\n"
            "[check]\n"
            f"days = {self.check_days}\n"
        )
        # Written into a home that is not in its place yet: a crash leaves an unfinished one, and no
        # settings that were half read.
        with durable("home.config"), create(home / FILE_NAME) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def values(settings: Config, digest: Callable[[str], bytes]) -> Sequence[SetValue]:
    """Write settings as the ledger records them: what may say who or where by a keyed digest."""

    def set_to(one: Setting, *words: str, number: int | None = None) -> SetValue:
        digests = tuple(digest(word).hex()[:DIGEST_CHARS] for word in words)
        return SetValue(key=one.key, weaker=one.weaker, number=number, digests=digests)

    return (
        set_to(DOMAIN, settings.domain),
        set_to(DESTINATIONS, *map(str, settings.backups)),
        set_to(DAYS, number=settings.turn_days),
        set_to(CHECKED, number=settings.check_days),
        set_to(MAILED, *(() if settings.mail is None else settings.mail.words())),
        set_to(POSTED, *(one.word() for one in settings.webhooks)),
    )


def read(home: Path) -> Config:
    """Read the settings; NotFound without a home, UsageError for a file that is not one."""
    try:
        with (home / FILE_NAME).open("rb") as page:
            data = page.read(SETTINGS_BYTES + 1)
    except FileNotFoundError:
        raise errors.NotFound("errors_home.no-home") from None
    except PermissionError:
        raise errors.UsageError("errors_home.not-yours") from None
    except OSError:
        raise errors.UsageError("errors_home.settings-unreadable") from None
    if len(data) > SETTINGS_BYTES:
        raise errors.UsageError("errors_home.settings-long", bytes=SETTINGS_BYTES)
    try:
        text = handed(data).decode()
    except UnicodeDecodeError:
        raise errors.UsageError("errors_home.settings-unreadable") from None
    try:
        return _parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))  # at the end of the file it names none
        line = int(found[1]) if found else text.count("\n")
        raise errors.UsageError("errors_home.settings-form", line=line) from None
    # Nested deeper than Python calls itself: no settings are.
    except (KeyError, TypeError, ValueError, RecursionError):
        raise errors.UsageError("errors_home.settings-wrong") from None


def _parse(table: Mapping[str, Mapping[str, object]]) -> Config:
    # The ways of notices have readers of their own, as strict.
    plain = {key: named for key, named in table.items() if key not in WAYS}
    # Exactly these, none fewer: what is not written would have a default that nobody chose.
    names = {(key, name) for key, named in plain.items() for name in named}
    may = {(one.table, one.name) for one in (*SETTINGS, *OPTIONAL) if one.table not in WAYS}
    if not {(one.table, one.name) for one in SETTINGS} <= names <= may:
        raise ValueError("unknown or missing key")
    return Config(
        domain=check_domain(_text(table["provider"]["domain"])),
        backups=_destinations(table["backup"]["destinations"]),
        # Nought days would make each deletion final at once, and leave no time to restore anything;
        # too many would put off what the law gives a month for.
        turn_days=_days(table["turn"]["days"], TURN_DAYS_MAX),
        # Nought would check without end; too many, and a copy that is still whole may be gone.
        check_days=_days(table.get("check", {}).get("days", CHECK_DAYS), CHECK_DAYS_MAX),
        mail=mail_of(table["mail"]) if "mail" in table else None,
        webhooks=webhooks_of(table.get("webhook", [])),
    )


def _days(value: object, most: int) -> int:
    # `true` counts as 1 to Python.
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError("not a number of days")
    return value


def _destinations(listed: object) -> tuple[Path, ...]:
    if not isinstance(listed, list):
        raise TypeError("not a list")
    # More would not fit the entry that records them.
    if len(listed) > DESTINATIONS_MAX:
        raise ValueError("too many places")
    places = tuple(Path(_text(place)) for place in listed)
    # A relative one would lie elsewhere with each folder that a command is called in, and backups
    # with it.
    if not all(place.is_absolute() and "\0" not in str(place) for place in places):
        raise ValueError("not an absolute path")
    return places


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def check_domain(domain: str) -> str:
    """Return the provider's domain, which names its logs; UsageError when it is not one."""
    # It stands in the origin of every log and in each checkpoint: changed later, no head would
    # verify.
    if len(domain) > DOMAIN_CHARS or not _DOMAIN.fullmatch(domain):
        raise errors.UsageError("errors_home.domain")
    return domain


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
