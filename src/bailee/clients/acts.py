"""The acts on clients."""

from collections.abc import Sequence
from typing import Annotated

from bailee.act import Facts, Is, Param, Purpose, Reason, Request
from bailee.clients.model import Client
from bailee.ids import ClientId

_Label = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.client_label", positional=True, metavar="LABEL|@FILE|-"),
]

_Off = Annotated[bool, Param(kind=Is.FLAG, help="help.client_lock_off")]


class AddClient(Request[Client], act="client:add", implied=Purpose.SERVICE):
    """Take on a client: its key and its ledger begin."""

    label: _Label


class ListClients(Request[Sequence[Client]], act="client:list", implied=Purpose.SERVICE):
    """Show all clients."""


class LockClient(Request[Client], act="client:lock", implied=Purpose.SECURITY):
    """Keep a client's people and every API token out of its custody; with `off`, let them in."""

    label: _Label
    off: _Off = False
    reason: Reason = None


class LockFacts(Facts):
    """What the ledger records of a client before it is locked or unlocked."""

    of_client: ClientId
