"""`bailee client`: add, list."""

from typing import Annotated

import typer

from bailee.clients.acts import AddClient, ListClients
from bailee.clients.model import Client
from bailee.run.cli import frame, option, spoken
from bailee.text import say

app = spoken.noun("client")

_COLUMNS = ("label", "client")


@spoken.act(app, "add", "client_add")
def add(
    *,
    label: Annotated[str, typer.Argument(metavar="LABEL|@FILE|-", help=say("help.client_label"))],
    purpose: option.Purpose = None,
) -> int:
    """Take on a client."""
    request = AddClient(label=option.required(label), purpose=purpose)
    with frame.opened() as house:
        answer = house.caller.call(request)
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show_one(_record(answer.client))
    return 0


@spoken.act(app, "list", "client_list")
def list_(*, purpose: option.Purpose = None) -> int:
    """List the clients."""
    with frame.opened() as house:
        answer = house.caller.call(ListClients(purpose=purpose))
    if isinstance(answer, house.denial):
        return frame.refuse(answer)
    frame.show([_record(client) for client in answer], columns=_COLUMNS)
    return 0


def _record(client: Client) -> frame.Record:
    return {"label": client.label, "client": str(client.id)}
