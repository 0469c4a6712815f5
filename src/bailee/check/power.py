"""Audit of the rows that confer power: their MACs, and the ledger that they are projections of."""

from collections.abc import Iterator

from bailee.audit import Audited, Finding, FindingKind, NounAudit, found
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import SETTING_CHANGE
from bailee.monitor.grants import FOLLOWED, RoleGrants
from bailee.monitor.projection import PROJECTED, compare, is_projected, rebuild
from bailee.monitor.settings import SettingHistory
from bailee.parts import Parts


class PowerAudit(NounAudit):
    """Audit of power, which is of several nouns and so of none; needs no grant for the rows."""

    part = "power"
    follows = PROJECTED | FOLLOWED

    def __init__(self, parts: Parts, audited: Audited) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._register = parts.register
        self._entries: list[EntryShown] = []
        self._grants = RoleGrants()
        self._settings = SettingHistory()

    def home(self) -> Iterator[Finding]:
        """Verify the MAC of each row that confers power."""
        for row in self._work.read(self._register.forged):
            yield found(FindingKind.POWER_FORGED, table=row.table, row=row.pk())

    def take(self, entry: EntryShown) -> None:
        """Keep what records such a row, and who was given which role."""
        self._grants.take(entry)
        if entry.opening.kind == SETTING_CHANGE:
            self._settings.take(entry)
        if is_projected(entry):
            self._entries.append(entry)

    def projected(self) -> Iterator[Finding]:
        """Compare the rows with what the provider's ledger records of them."""
        if not self.audited.is_provider:
            return  # acts that confer power are recorded by the provider's ledger alone
        rows = self._work.read(self._register.rows)
        for item in compare(rebuild(self._entries), rows):
            yield found(FindingKind.POWER_DIFFERS, table=item.table, row=item.row, what=item.what)

    def around(self) -> Iterator[Finding]:
        """Name what is set weaker than it was, and each role that was given.

        Of roles those since who checks looked last; their look is in the ledger.
        """
        for set_ in self._settings.weaker():
            facts = {"key": set_.key, "was": set_.was, "now": set_.now}
            yield found(FindingKind.SETTING_WEAKER, index=set_.index, **facts)
        for one in self._grants.since(self.audited.reader):
            # Who founded the installation gave a role to nobody but themselves, before all others.
            if one.by != one.actor:
                facts = {"actor": one.actor, "role": one.role, "by": one.by}
                yield found(FindingKind.ROLE_GIVEN, index=one.index, **facts)
