"""Config: `bailee.toml`, the settings of a home: who the provider is and where things are.

It holds no secret and nothing personal.  An unknown key is refused: a setting that is spelt wrong
must not be a setting that is silently off.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.failpoint import durable
from bailee.limits import DOMAIN_CHARS
from bailee.run.private import create

FILE_NAME = "bailee.toml"
TURN_DAYS = 7
"""A week: the recovery window, the turn's period and the delay of erasure are this one number."""
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Config: the settings of a home."""

    domain: str
    backups: tuple[Path, ...]
    turn_days: int = TURN_DAYS

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
            f"days = {self.turn_days}\n"
        )
        # Written into a home that is not in its place yet: a crash leaves an unfinished one, and no
        # settings that were half read.
        with durable("home.config"), create(home / FILE_NAME) as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def read(home: Path) -> Config:
    """Read the settings; NotFound without a home, UsageError for a file that is not one."""
    try:
        text = (home / FILE_NAME).read_text("utf-8")
    except FileNotFoundError:
        raise errors.NotFound("errors_home.no-home") from None
    except (OSError, UnicodeDecodeError):
        raise errors.UsageError("errors_home.settings-unreadable") from None
    try:
        return _parse(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError):
        raise errors.UsageError("errors_home.settings-wrong") from None


def _parse(table: Mapping[str, Mapping[str, object]]) -> Config:
    known = {"provider": {"domain"}, "backup": {"destinations"}, "turn": {"days"}}
    # Exactly these, none fewer: what is not written would have a default that nobody chose.
    if table.keys() != known.keys() or any(set(table[key]) != known[key] for key in known):
        raise ValueError("unknown or missing key")
    days = table["turn"]["days"]
    places = table["backup"]["destinations"]
    # Nought days would make each deletion final at once, and leave no time to restore anything.
    if not isinstance(days, int) or days < 1 or not isinstance(places, list):
        raise ValueError("wrong type")
    return Config(
        domain=check_domain(str(table["provider"]["domain"])),
        backups=tuple(Path(str(place)) for place in places),
        turn_days=days,
    )


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
