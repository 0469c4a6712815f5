"""Judges the sealed names of actors and clients: each opens, and is what its keyed form says."""

from collections.abc import Callable, Iterator

from bailee import errors
from bailee.accounts.model import NOUN as ACTOR
from bailee.accounts.model import actor_aad, actor_ref
from bailee.check.model import Finding, FindingKind, found
from bailee.check.openings import CheckOpenings
from bailee.check.port import NameRows, Openers, Snapshots
from bailee.clients.model import LABEL_DOMAIN, client_aad, client_ref
from bailee.clients.model import NOUN as CLIENT
from bailee.grant import Ref, Scope
from bailee.ids import ClientId
from bailee.keyring.port import Macs
from bailee.monitor.register import OS_USER_DOMAIN

NAME_SCOPES = (Scope(noun=ACTOR), Scope(noun=CLIENT))


Key = Callable[[bytes], bool]


class NameAudit:
    """Opens names against a grant and says of each only whether it holds."""

    def __init__(self, *, work: Snapshots, rows: NameRows, keys: Openers, macs: Macs) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._macs = macs

    def audit(self, provider: ClientId, openings: CheckOpenings) -> Iterator[Finding]:
        """Judge all of them."""
        for actor in self._work.read(self._rows.actors):
            ref, aad = actor_ref(provider, actor.id), actor_aad(provider, actor.id)
            name = self._opened(openings, ref, aad, actor.sealed_os_user)
            if not self._is(name, OS_USER_DOMAIN, actor.os_user_key):
                yield found(FindingKind.NAME_DAMAGED, table=actor.table, row=actor.pk())
        for client in self._work.read(self._rows.clients):
            ref, aad = client_ref(provider, client.id), client_aad(provider, client.id)
            name = self._opened(openings, ref, aad, client.sealed_label)
            if not self._is(name, LABEL_DOMAIN, client.label_key):
                yield found(FindingKind.NAME_DAMAGED, table=client.table, row=client.pk())

    def _opened(self, openings: CheckOpenings, ref: Ref, aad: bytes, sealed: bytes) -> bytes | None:
        try:
            opener = openings.open(
                lambda grant: self._work.read(lambda tx: self._keys.opener(tx, ref, grant))
            )
            return opener.open_row(aad, sealed)
        except (errors.Damaged, errors.NotFound):
            return None

    def _is(self, name: bytes | None, domain: str, key: bytes) -> bool:
        return name is not None and self._macs.verify_mac(domain, name, key)
