"""How actors and API tokens are shown."""

import pwd
from collections.abc import Iterator

from bailee.accounts.acts import AddActor, AddToken, ListActors, ListBudgets, ListTokens
from bailee.accounts.model import Actor, NewToken
from bailee.act.show import Note, Show, Shows


def _added(answer: Actor) -> Iterator[Note]:
    # Said, not refused: an account may be made later, or be a number alone.
    try:
        pwd.getpwnam(answer.os_user)
    except (KeyError, ValueError):
        yield "accounts.unknown-here", {}


def _made(answer: NewToken) -> Iterator[Note]:
    del answer
    yield "accounts.token-shown-once", {}


SHOWS: Shows = {
    ListBudgets: Show(columns=("actor", "opened", "limit", "raised_until")),
    AddToken: Show(notes=_made),
    ListTokens: Show(
        columns=("token", "actor", "client", "networks", "state", "made", "until", "used")
    ),
    AddActor: Show(notes=_added),
    ListActors: Show(columns=("os_user", "roles", "actor", "home")),
}
