"""How actors are shown."""

import pwd
from collections.abc import Iterator

from bailee.accounts.acts import AddActor, ListActors
from bailee.accounts.model import Actor
from bailee.act.show import Note, Show, Shows


def _added(answer: Actor) -> Iterator[Note]:
    # Said, not refused: an account may be made later, or be a number alone.
    try:
        pwd.getpwnam(answer.os_user)
    except (KeyError, ValueError):
        yield "accounts.unknown-here", {}


SHOWS: Shows = {
    AddActor: Show(notes=_added),
    ListActors: Show(columns=("os_user", "roles", "actor", "home")),
}
