"""Clients: takes on clients, shows them and locks them.

A row is written in the transaction of the entry that it is a projection of, and carries that
entry's index under its MAC; so are the client's key and the first entry of its own ledger.
"""

from collections.abc import Sequence
from dataclasses import replace

from bailee import errors
from bailee.act import Principal
from bailee.clients.acts import AddClient, ListClients, LockClient, LockFacts
from bailee.clients.model import (
    PROVIDER_LABEL,
    Client,
    check_label,
    client_aad,
    client_ref,
    clients_scope,
    label_key,
    read_id,
)
from bailee.clients.port import ClientKeys, ClientRows, NewLedgers
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.keyring.held import opener_of_held
from bailee.monitor.authorized import Authorized
from bailee.monitor.power import ClientRow, LockRow, LockState, is_locked
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder, Notify
from bailee.work import Tx, Work


class Clients:
    """Clients: the acts on clients."""

    def __init__(
        self,
        *,
        work: Work,
        rows: ClientRows,
        keys: ClientKeys,
        ledgers: NewLedgers,
        monitor: Monitor,
        register: Register,
        clock: Clock,
        find_client: ClientFinder,
        tell: Notify,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._ledgers = ledgers
        self._monitor = monitor
        self._register = register
        self._clock = clock
        self._find_client = find_client
        self._tell = tell

    def add(self, who: Principal, request: AddClient) -> Client:
        """Take on a client; Conflict when its label is taken, UsageError when it is none."""
        label = check_label(request.label)
        # An id may be named wherever a label may: no client is called as another could be numbered.
        if read_id(label) is not None:
            raise errors.UsageError("errors_clients.label-form")
        client = ClientId.new()
        with self._monitor.authorize(
            who,
            request,
            self._register.provider,
            body={"client": str(client)},
            subject={"label": label},
        ) as act:
            self._monitor.change(lambda tx: self._take_on(tx, act, client, label))
        return Client(label=label, client=client)

    def found(self, tx: Tx, act: Authorized) -> None:
        """Enter the provider itself, whose key and ledger are there already; for `init` alone."""
        self._insert(tx, act, self._register.provider, PROVIDER_LABEL)

    def _take_on(self, tx: Tx, act: Authorized, client: ClientId, label: str) -> None:
        # In the transaction that inserts: two who choose the same label at once are one after the
        # other.
        if self._rows.by_label(tx, label_key(self._keys, label)) is not None:
            raise errors.Conflict("errors_clients.label-taken")
        # Key, ledger and row together: a client without a ledger could do nothing that is recorded.
        self._keys.new_client(tx, client)
        self._ledgers.open_ledger(tx, client, self._clock.now_ms())
        self._insert(tx, act, client, label)

    def _insert(self, tx: Tx, act: Authorized, client: ClientId, label: str) -> None:
        provider = self._register.provider
        sealer = self._keys.sealer(client_ref(provider, client))
        self._keys.enrol(tx, sealer)
        row = ClientRow(
            id=client,
            label_key=label_key(self._keys, label),
            sealed_label=sealer.seal_row(client_aad(provider, client), label.encode()),
            is_provider=client == provider,
            version=1,
            log_index=0,
        )
        recorded = act.record(tx, row.projected(), {"label": label})
        self._rows.add(tx, replace(row, log_index=recorded.index).vouched(self._keys))

    def list(self, who: Principal, request: ListClients) -> Sequence[Client]:
        """Show every client by label, the provider left out."""
        provider = self._register.provider
        # Before the decision, and only counted: the grant has to say how many labels it opens.
        held, locks = self._work.read(self._held)
        rows = [row for row in held if row.id != provider]
        locked = frozenset(row.client for row in locks if is_locked(self._believed(row)))
        with self._monitor.authorize(
            who, request, provider, scopes=(clients_scope(),), count=len(rows)
        ) as act:
            act.facts["clients"] = str(len(rows))
            clients = self._work.read(
                lambda tx: [self._open(tx, act.grant, row, row.id in locked) for row in rows]
            )
        # By label, once they are open: rows come by random id, which is no order for a person.
        return sorted(clients, key=lambda client: client.label)

    def lock(self, who: Principal, request: LockClient) -> Client:
        """Lock a client, from the next act on, or unlock it.

        NotFound without such a client, Conflict for the provider and for what is so already.
        """
        label, provider = check_label(request.label), self._register.provider
        client = self._find_client(who, label)
        with self._monitor.authorize(
            who, request, provider, body=LockFacts(of_client=client).facts()
        ) as act:
            if client == provider:
                raise errors.Conflict("errors_clients.lock-provider")
            state = LockState.OPEN if request.off else LockState.LOCKED
            self._monitor.change(lambda tx: self._locked(tx, act, client, state))
        return Client(label=label, client=client, locked=not request.off)

    def _locked(self, tx: Tx, act: Authorized, client: ClientId, state: LockState) -> None:
        before = self._rows.locks.get(tx, client)
        if before is None:
            self._rows.locks.require_whole(tx)
        held = LockState.OPEN if before is None else self._believed(before).state
        if held == state:
            raise errors.Conflict(f"errors_clients.{state}-already")
        version = 1 if before is None else before.version + 1
        row = LockRow(client=client, state=state.value, version=version, log_index=0)
        index = act.record(tx, row.projected()).index
        self._rows.locks.put(tx, replace(row, log_index=index).vouched(self._keys))
        if state is LockState.LOCKED:
            # In this transaction: no client is locked of which nobody is told.
            self._tell(tx, "client-locked", {"client": str(client), "entry": str(index)})

    def _believed(self, row: LockRow) -> LockRow:
        if not row.verifies(self._keys):
            raise errors.Damaged("errors_clients.lock-damaged")
        return row

    def _held(self, tx: Tx) -> tuple[Sequence[ClientRow], Sequence[LockRow]]:
        """Return every client, and which are locked; Damaged when a row was taken away."""
        self._rows.require_whole(tx)
        self._rows.locks.require_whole(tx)
        return self._rows.all(tx), self._rows.locks.all(tx)

    def _open(self, tx: Tx, grant: Grant, row: ClientRow, locked: bool) -> Client:  # noqa: FBT001  # of its one caller
        provider = self._register.provider
        opener = opener_of_held(self._keys, tx, client_ref(provider, row.id), grant)
        label = opener.open_row(client_aad(provider, row.id), row.sealed_label)
        return Client(label=label.decode(), client=row.id, locked=locked)
