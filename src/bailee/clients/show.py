"""How clients are shown."""

from bailee.act.show import Record, Show, Shows
from bailee.clients.acts import AddClient, ListClients
from bailee.clients.model import Client


def _added(answer: Client) -> Record:
    # Whether it is locked is no news of one that was just taken on.
    return {"label": answer.label, "client": str(answer.client)}


SHOWS: Shows = {
    AddClient: Show(record=_added),
    ListClients: Show(columns=("label", "client", "locked")),
}
