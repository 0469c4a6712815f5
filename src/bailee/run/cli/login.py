"""Login commands: keep an API token for the server that `BAILEE_URL` names, show it, drop it.

The token is typed unseen, read from a descriptor or from standard input; never an argument, which
other users of the machine see.
"""

import getpass
import os
import sys
from contextlib import closing
from pathlib import Path

from bailee import errors
from bailee.client.remote import RemoteServer, ServerUrl
from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, flag, option
from bailee.run.logins import Login, Logins
from bailee.secret import Secret
from bailee.text import say

TOKEN_BYTES = 4_096
_PROBED = "client:list"


def login() -> Command:
    """Make the command."""
    params = [
        option("--token-fd", metavar="NUMBER", type=int, help="help.login_token_fd"),
        option("--ca", metavar="PATH", type=Path, help="help.login_ca"),
        flag("--show", help="help.login_show"),
    ]
    return command("login", _login, params)


def _login(*, token_fd: int | None, ca: Path | None, show: bool) -> int:
    url = _url()
    logins = Logins(os.environ)
    if show:
        if token_fd is not None or ca is not None:
            raise errors.UsageError("errors_remote.show-alone")
        found = logins.find(url.text)
        frame.show_one({"url": url.text, "ca": None if found.ca is None else str(found.ca)})
        return 0
    kept = Login(token=_token(token_fd), ca=None if ca is None else ca.absolute())
    # Asked before it is kept: one that does not stand would fail at each command after this.
    with closing(RemoteServer(url.text, kept.token, kept.ca)) as server:
        server.purposes(_PROBED, None)
    logins.keep(url.text, kept)
    frame.tell("login.kept")
    return 0


def logout() -> Command:
    """Make the command."""
    return command("logout", _logout)


def _logout() -> int:
    Logins(os.environ).drop(_url().text)
    frame.tell("login.dropped")
    return 0


def _url() -> ServerUrl:
    if frame.session.url is None:
        raise errors.UsageError("errors_remote.no-url")
    return ServerUrl.parse(frame.session.url)


def _token(descriptor: int | None) -> Secret[str]:
    try:
        if descriptor is not None:
            with os.fdopen(descriptor, "rb") as stream:
                data = stream.read(TOKEN_BYTES + 1)
        elif os.isatty(0):
            data = getpass.getpass(say("login.ask-token")).encode()
        else:
            data = sys.stdin.buffer.read(TOKEN_BYTES + 1)
        text = data.decode("ascii").strip()
    except (OSError, ValueError):
        raise errors.UsageError("errors_remote.token") from None
    # One word of printable characters: anything else would go into the head of a request.
    if not text or len(data) > TOKEN_BYTES or not all("!" <= one <= "~" for one in text):
        raise errors.UsageError("errors_remote.token")
    return Secret(text)
