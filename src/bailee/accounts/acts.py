"""The acts on actors."""

from collections.abc import Sequence
from typing import Annotated

from bailee.accounts.model import Actor
from bailee.act import Is, Param, Purpose, Request

_OsUser = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.actor_os_user", metavar="USER|@FILE|-", bytes_allowed=True),
]
_Role = Annotated[str, Param(kind=Is.WORD, help="help.actor_role", metavar="ROLE")]
_Home = Annotated[str | None, Param(kind=Is.LABEL, help="help.actor_client", metavar="LABEL")]


class AddActor(Request[Actor], act="actor:add", implied=Purpose.SECURITY):
    """Enrol an operating-system user with a role, or give one more to who is enrolled."""

    os_user: _OsUser
    role: _Role
    client: _Home = None


class ListActors(Request[Sequence[Actor]], act="actor:list", implied=Purpose.SECURITY):
    """Show who may ask."""
