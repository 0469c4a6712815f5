"""Model of clients: what is shown of one, how its label is read and bound to its row."""

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
"""The provider's own label: its ledger is shown and exported like any client's."""

LABEL_DOMAIN = "label"
_FIELD = "label"
_LABEL = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Client: one client as a list shows it."""

    label: str
    client: ClientId
    locked: bool = False


def check_label(label: str) -> str:
    """Return the label; UsageError, without it, when it is not one."""
    if len(label) > LABEL_CHARS:
        raise errors.LimitExceeded("errors_clients.label-length", limit=LABEL_CHARS)
    if not _LABEL.fullmatch(label):
        raise errors.UsageError("errors_clients.label-form")
    return label


def read_id(label: str) -> ClientId | None:
    """Read a client's id where a label may stand; None for any other text."""
    try:
        return ClientId.parse(label)
    except ValueError:
        return None


def client_ref(provider: ClientId, client: ClientId) -> Ref:
    """Return the ref of the leaf key of a label, which is in the provider's register."""
    return Ref(client=provider, noun=NOUN, id=client.raw)


def clients_scope() -> Scope:
    """Return the scope of the labels of all clients."""
    return Scope(noun=NOUN)


def client_aad(provider: ClientId, client: ClientId) -> bytes:
    """Return the associated data that binds a sealed label to its client's row."""
    return row_aad(provider.raw, NOUN, client.raw, _FIELD, 0)


def label_key(macs: Macs, label: str) -> bytes:
    """Return the keyed hash of a label, by which its row is found."""
    return macs.mac(LABEL_DOMAIN, label.encode())
