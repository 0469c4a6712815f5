"""Audit of clients: each sealed label opens, and is the one by which its row is found."""

from collections.abc import Iterator, Sequence
from functools import partial

from bailee.audit import Audited, AuditMaker, Finding, FindingKind, NounAudit, ReadLedger, found
from bailee.clients.model import LABEL_DOMAIN, client_aad, client_ref, clients_scope
from bailee.clients.port import ClientRows
from bailee.parts import Parts


class ClientAudit(NounAudit):
    """Audit of the register of clients, which is sealed under the provider's keys."""

    part = "names"

    def __init__(self, parts: Parts, rows: ClientRows, audited: Audited) -> None:
        super().__init__(audited)
        self._parts = parts
        self._rows = rows
        # The register is the provider's: an audit of another client's ledger has no grant for it.
        if audited.is_provider:
            self.scopes = (clients_scope(),)

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Open each label, and compare it with its keyed form."""
        provider = self.audited.provider
        for client in self._parts.work.read(self._rows.all) if self.audited.is_provider else ():
            ref, aad = client_ref(provider, client.id), client_aad(provider, client.id)
            label = reading.row(ref, aad, client.sealed_label)
            keyed = self._parts.keyring.verify_mac
            # Opened and keyed again: a label that was swapped with another row's would find the
            # wrong client.
            if label is None or not keyed(LABEL_DOMAIN, label, client.label_key):
                yield found(FindingKind.NAME_DAMAGED, table=client.table, row=client.pk())


def audits(parts: Parts, rows: ClientRows) -> Sequence[AuditMaker]:
    """Give what `check` compares of clients."""
    return (partial(ClientAudit, parts, rows),)
