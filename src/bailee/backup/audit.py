"""Audit of what lies around the rows: rights of files, disks, custodians, and each backup."""

from collections.abc import Iterable, Sequence
from functools import partial

from bailee import errors
from bailee.audit import Audited, AuditMaker, Finding, NounAudit
from bailee.backup.acts import BackupFacts, CreateBackup, RestoreBackup, RestoredFacts
from bailee.backup.port import Surroundings
from bailee.ledger.model import EntryShown
from bailee.parts import Parts


class BackupAudit(NounAudit):
    """Audit of backups against what the provider's ledger recorded of them."""

    part = "backups"
    follows = frozenset({CreateBackup.act, RestoreBackup.act})

    def __init__(self, parts: Parts, surroundings: Surroundings, audited: Audited) -> None:
        super().__init__(audited)
        self._parts = parts
        self._surroundings = surroundings
        self._written: dict[str, str] = {}

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep the digest of a backup that was made, and what a restore has lost."""
        if act.opening.kind == RestoreBackup.act:
            self.lost += RestoredFacts.parse(outcome.body).lost
            return
        made = BackupFacts.parse(outcome.body)
        self._written[str(made.backup)] = made.sha256.hex()

    def around(self) -> Iterable[Finding]:
        """Audit places and backups by the generation that lives."""
        try:
            state = self._parts.work.read(self._parts.keyring.turning().state)
        except errors.Damaged:
            return ()  # the audit of keys names it; without it no generation is known
        deep = self.audited.deep
        return self._surroundings.audit(state.living, self._written, deep=deep)


def audits(parts: Parts, surroundings: Surroundings) -> Sequence[AuditMaker]:
    """Give what `check` compares of backups and places."""
    return (partial(BackupAudit, parts, surroundings),)
