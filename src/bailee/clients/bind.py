"""Binds the acts on clients to the parts of a process."""

from bailee.act import Binding
from bailee.clients.acts import AddClient, ListClients, LockClient
from bailee.clients.port import ClientRows
from bailee.clients.service import Clients
from bailee.parts import Parts


def bind(parts: Parts, rows: ClientRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    clients = Clients(
        work=parts.work,
        rows=rows,
        keys=parts.keyring,
        ledgers=parts.ledger,
        monitor=parts.monitor,
        register=parts.register,
        clock=parts.clock,
        find_client=parts.find_client,
        tell=parts.tell,
    )
    return AddClient.by(clients.add), ListClients.by(clients.list), LockClient.by(clients.lock)
