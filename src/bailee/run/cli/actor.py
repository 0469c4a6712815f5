"""`bailee actor`: add, list."""

from typing import Annotated

import typer

from bailee.accounts.acts import AddActor, ListActors
from bailee.accounts.model import Actor
from bailee.run.cli import frame, option, spoken
from bailee.text import say

app = spoken.noun("actor")

_COLUMNS = ("os_user", "roles", "actor", "home")


@spoken.act(app, "add", "actor_add")
def add(
    *,
    os_user: Annotated[
        str, typer.Option("--os-user", metavar="USER|@FILE|-", help=say("help.actor_os_user"))
    ],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help=say("help.actor_role"))],
    client: Annotated[
        str | None, typer.Option("--client", metavar="LABEL", help=say("help.actor_client"))
    ] = None,
    purpose: option.Purpose = None,
) -> int:
    """Enrol an operating-system user with a role."""
    request = AddActor(os_user=option.required(os_user), role=role, client=client, purpose=purpose)
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(_record(answer.actor))
    return 0


@spoken.act(app, "list", "actor_list")
def list_(*, purpose: option.Purpose = None) -> int:
    """List who may ask."""
    with frame.opened() as house:
        answer = house.caller.call(ListActors(purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show([_record(actor) for actor in answer], columns=_COLUMNS)
    return 0


def _record(actor: Actor) -> frame.Record:
    return {
        "os_user": actor.os_user,
        "roles": list(actor.roles),
        "actor": str(actor.id),
        "home": str(actor.home),
    }
