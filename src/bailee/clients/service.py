"""Takes on clients, shows them, and finds them by label without saying which exist.

A row is written in the transaction of the entry that it is a projection of, and carries that
entry's index under its MAC; so are the client's key and the first entry of its own log.
"""

from collections.abc import Sequence
from dataclasses import replace

from bailee import errors
from bailee.clients.acts import AddClient, ClientAdded, ListClients
from bailee.clients.model import (
    LABEL_DOMAIN,
    PROVIDER_LABEL,
    Client,
    check_label,
    client_aad,
    client_ref,
    clients_scope,
)
from bailee.clients.port import ClientKeys, ClientRows, Door, Ledgers
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.monitor.attempt import recording_outcome, recording_read
from bailee.monitor.model import Denial, Principal
from bailee.monitor.power import ClientRow
from bailee.monitor.register import Register
from bailee.work import Tx, Work


class Clients:
    """The acts on clients."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ClientRows,
        keys: ClientKeys,
        logs: Ledgers,
        monitor: Door,
        register: Register,
        clock: Clock,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._logs = logs
        self._monitor = monitor
        self._register = register
        self._clock = clock

    def add(self, who: Principal, request: AddClient) -> ClientAdded | Denial:
        """Take on a client under a label that nobody has."""
        label = check_label(request.label)
        provider, client = self._register.provider, ClientId.new()
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=provider,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={"client": str(client)},
            subject={"label": label},
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            self._monitor.change(lambda tx: self._take_on(tx, grant, client, label))
        return ClientAdded(client=Client(id=client, label=label))

    def found(self, tx: Tx, grant: Grant) -> None:
        """Enter the provider itself, whose key and log are there already; for `init` alone."""
        self._insert(tx, grant, self._register.provider, PROVIDER_LABEL)

    def _take_on(self, tx: Tx, grant: Grant, client: ClientId, label: str) -> None:
        if self._rows.by_label(tx, self._label_key(label)) is not None:
            raise errors.Conflict("errors_clients.label-taken")
        self._keys.new_client(tx, client)
        self._logs.open_log(tx, client, self._clock.now_ms())
        self._insert(tx, grant, client, label)

    def _insert(self, tx: Tx, grant: Grant, client: ClientId, label: str) -> None:
        provider = self._register.provider
        sealer = self._keys.sealer(client_ref(provider, client))
        self._keys.enrol(tx, sealer)
        row = ClientRow(
            id=client,
            label_key=self._label_key(label),
            sealed_label=sealer.seal_row(client_aad(provider, client), label.encode()),
            is_provider=client == provider,
            version=1,
            log_index=0,
        )
        told = self._monitor.outcome(tx, grant, "done", row.projected(), {"label": label})
        self._rows.add(tx, replace(row, log_index=told.index).vouched(self._keys))

    def list(self, who: Principal, request: ListClients) -> Sequence[Client] | Denial:
        """Show every client by label, the provider left out."""
        provider = self._register.provider
        rows = [row for row in self._work.read(self._rows.all) if row.id != provider]
        grant = self._monitor.authorize(
            who,
            act=request.act,
            client=provider,
            purpose=request.purpose,
            scopes=(clients_scope(),),
            count=len(rows),
            body={},
            subject=None,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_read(self._work, self._monitor, grant) as facts:
            facts["clients"] = str(len(rows))
            clients = self._work.read(lambda tx: [self._open(tx, grant, row) for row in rows])
        return sorted(clients, key=lambda client: client.label)

    def find(self, who: Principal, label: str) -> ClientId:
        """Find a client for who asks; NotFound when there is none, or it is not theirs.

        A stranger is led to the provider's own door, whatever the label: the monitor refuses him
        there, and he learns nothing of which labels exist (spec/invariants.md I6).
        """
        provider = self._register.provider
        key = self._label_key(check_label(label))
        standing, row = self._work.read(
            lambda tx: (self._register.standing(tx, who), self._rows.by_label(tx, key))
        )
        if standing.actor is None:
            return provider
        theirs = row is not None and standing.home in (provider, row.id)
        if row is None or not theirs:
            raise errors.NotFound("errors_clients.not-found")
        return row.id

    def _label_key(self, label: str) -> bytes:
        return self._keys.mac(LABEL_DOMAIN, label.encode())

    def _open(self, tx: Tx, grant: Grant, row: ClientRow) -> Client:
        provider = self._register.provider
        opener = self._keys.opener(tx, client_ref(provider, row.id), grant)
        label = opener.open_row(client_aad(provider, row.id), row.sealed_label)
        return Client(id=row.id, label=label.decode())
