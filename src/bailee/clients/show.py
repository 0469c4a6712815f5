"""How clients are shown."""

from bailee.act.show import Show, Shows
from bailee.clients.acts import ListClients

SHOWS: Shows = {ListClients: Show(columns=("label", "client"))}
