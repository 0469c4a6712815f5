"""Audit of actors: each sealed name opens, and is the one that the row is found by."""

from collections.abc import Iterator, Sequence
from functools import partial

from bailee.accounts.model import actor_aad, actor_ref, actors_scope
from bailee.accounts.port import AccountRows, ActorRows
from bailee.audit import Audited, AuditMaker, Finding, FindingKind, NounAudit, ReadLedger, found
from bailee.monitor.register import OS_USER_DOMAIN
from bailee.parts import Parts


class ActorAudit(NounAudit):
    """Audit of the register of actors, which is sealed under the provider's keys."""

    part = "names"

    def __init__(self, parts: Parts, rows: ActorRows, audited: Audited) -> None:
        super().__init__(audited)
        self._parts = parts
        self._rows = rows
        if audited.is_provider:
            self.scopes = (actors_scope(),)

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Open each name, and compare it with its keyed form."""
        provider = self.audited.provider
        for actor in self._parts.work.read(self._rows.all) if self.audited.is_provider else ():
            ref, aad = actor_ref(provider, actor.id), actor_aad(provider, actor.id)
            name = reading.row(ref, aad, actor.sealed_os_user)
            keyed = self._parts.keyring.verify_mac
            if name is None or not keyed(OS_USER_DOMAIN, name, actor.os_user_key):
                yield found(FindingKind.NAME_DAMAGED, table=actor.table, row=actor.pk())


def audits(parts: Parts, rows: AccountRows) -> Sequence[AuditMaker]:
    """Give what `check` compares of actors; of tokens all confers power, and is compared there."""
    return (partial(ActorAudit, parts, rows.actors),)
