"""What a client is when it is shown, and how its label is read and bound to its row."""

import re
from dataclasses import dataclass

from bailee import errors
from bailee.grant import Ref, Scope
from bailee.ids import ClientId
from bailee.keyring.port import Macs
from bailee.limits import LABEL_CHARS
from bailee.seal.row import row_aad

NOUN = "client"
PROVIDER_LABEL = "provider"
"""The provider's own label: its log is shown and exported like any client's."""

LABEL_DOMAIN = "label"
_FIELD = "label"
_LABEL = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One client as a list shows it."""

    label: str
    client: ClientId


def check_label(label: str) -> str:
    """Return the label; UsageError, without it, when it is not one."""
    if len(label) > LABEL_CHARS:
        raise errors.LimitExceeded("errors_clients.label-length", limit=LABEL_CHARS)
    if not _LABEL.fullmatch(label):
        raise errors.UsageError("errors_clients.label-form")
    return label


def client_ref(provider: ClientId, client: ClientId) -> Ref:
    """Name the leaf key of a label: it is the provider's register, not the client's own."""
    return Ref(client=provider, noun=NOUN, id=client.raw)


def clients_scope() -> Scope:
    """The labels of all clients."""
    return Scope(noun=NOUN)


def client_aad(provider: ClientId, client: ClientId) -> bytes:
    """Bind a sealed label to its row."""
    return row_aad(provider.raw, NOUN, client.raw, _FIELD, 0)


def label_key(macs: Macs, label: str) -> bytes:
    """Key a label, as its row is found by it."""
    return macs.mac(LABEL_DOMAIN, label.encode())
