"""Logins: API tokens of servers elsewhere, each in a file that only its owner reads.

They stand in `bailee/logins` of the user's configuration folder (XDG Base Directory), one file for
each URL.
"""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bailee import errors
from bailee.failpoint import durable
from bailee.run.private import put
from bailee.secret import Secret

LOGIN_BYTES: Final = 16_384
"""Of one file: a URL, a path and a token."""
_NAME_CHARS: Final = 150
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Login: what is shown to a server, and by which authority its certificate is verified."""

    token: Secret[str]
    ca: Path | None = None
    """None for those that the system trusts."""


class Logins:
    """Logins: those of one user, by URL."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        named = environment.get("XDG_CONFIG_HOME") or ""
        # A relative one is none, as the specification has it.
        base = Path(named) if named.startswith("/") else Path.home() / ".config"
        self._folder = base / "bailee" / "logins"

    def find(self, url: str) -> Login:
        """Give the login of a URL; NotSignedIn without one, Damaged when others may read it."""
        try:
            descriptor = os.open(self._place(url), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            raise errors.NotSignedIn("errors_remote.no-login") from None
        except OSError:
            raise errors.Damaged("errors_remote.login") from None
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or found.st_mode & _OTHERS:
                raise errors.Damaged("errors_remote.login")
            return _read(file.read(LOGIN_BYTES), url)

    def keep(self, url: str, login: Login) -> None:
        """Keep a login in the place of the one before; BaileeError when it cannot be written."""
        place = self._place(url)
        ca = None if login.ca is None else str(login.ca)
        data = json.dumps({"url": url, "token": login.token.reveal(), "ca": ca}).encode()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            put(place, data, "login.write")
        except OSError:
            raise errors.BaileeError("errors_remote.login-unwritable") from None

    def drop(self, url: str) -> None:
        """Forget the login of a URL; NotSignedIn when there is none."""
        try:
            with durable("login.drop"):
                self._place(url).unlink()
        except FileNotFoundError:
            raise errors.NotSignedIn("errors_remote.no-login") from None
        except OSError:
            raise errors.BaileeError("errors_remote.login-unwritable") from None

    def _place(self, url: str) -> Path:
        # A name of a file ends at 255 bytes; two that begin alike must not share one.
        named = quote(url, safe="")
        if len(named) > _NAME_CHARS:
            named = f"{named[:_NAME_CHARS]}.{sha256(url.encode()).hexdigest()}"
        return self._folder / named


def _read(data: bytes, url: str) -> Login:
    try:
        found = json.loads(data)
        token, ca = found["token"], found["ca"]
    except (ValueError, KeyError, TypeError):
        raise errors.Damaged("errors_remote.login") from None
    # Of this URL and no other: a file that was copied would have its token shown elsewhere.
    if found.get("url") != url or not isinstance(token, str) or not isinstance(ca, str | None):
        raise errors.Damaged("errors_remote.login")
    return Login(token=Secret(token), ca=None if ca is None else Path(ca))
