"""The acts on clients."""

from collections.abc import Sequence
from typing import Annotated

from bailee.act import Is, Param, Purpose, Request
from bailee.clients.model import Client

_Label = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.client_label", positional=True, metavar="LABEL|@FILE|-"),
]


class AddClient(Request[Client], act="client:add", implied=Purpose.SERVICE):
    """Take on a client: its key and its ledger begin."""

    label: _Label


class ListClients(Request[Sequence[Client]], act="client:list", implied=Purpose.SERVICE):
    """Show all clients."""
