"""Binds the act of checking to the audits of all nouns, and makes those that need more than parts.

It imports each noun's audit and not what reads a segment: that is loaded when a deep check has one
to read.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bailee.act import Binding
from bailee.adapters.check.places import Places
from bailee.adapters.sql.migrations import NEWEST
from bailee.adapters.sql.rows.inspection import SqlInspection
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.audit import AuditMaker
from bailee.backup import audit as backup
from bailee.check.acts import RunCheck
from bailee.check.power import PowerAudit
from bailee.check.rows import RowAudit
from bailee.check.service import Checks
from bailee.keys import audit as keys
from bailee.ledgers.audit import LedgerAudit, LedgerParts
from bailee.logs.audit import bind as logs
from bailee.logs.store.segments import SegmentStore
from bailee.run.wiring.backups import recovery
from bailee.run.wiring.nouns import NOUNS
from bailee.run.wiring.parts import HomeParts

if TYPE_CHECKING:
    from bailee.logs.audit.segments import SegmentAudit


def check_of(parts: HomeParts) -> Checks:
    """Make the service."""
    return Checks(
        work=parts.work,
        monitor=parts.monitor,
        provider=parts.keyring.provider,
        keys=parts.keyring,
        ledgers=parts.entries,
        rows=RowAudit(
            work=parts.work, inspection=SqlInspection(), files=parts.blobs, version=NEWEST
        ),
        audits=[make for noun in NOUNS for make in noun.audits(parts)],
    )


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair the request with the method that does it."""
    return (RunCheck.by(check_of(parts).run),)


def power_audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what is compared of rows that confer power, which are of several nouns."""
    return (partial(PowerAudit, parts),)


def key_audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what is compared of keys."""
    return keys.audits(parts, SqlKeyRows(), SqlInspection(), parts.kms)


def ledger_audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what is compared of ledgers."""
    ledgers = LedgerParts(
        work=parts.work,
        rows=parts.entries,
        files=parts.files,
        counts=SqlInspection(),
        keys=parts.keyring.inspection(),
        domain=parts.config.domain,
    )
    return (partial(LedgerAudit, ledgers),)


def log_audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what is compared of logs."""
    return logs.audits(parts, SqlLogRows(), SqlInspection(), partial(_segments, parts))


def _segments(parts: HomeParts) -> "SegmentAudit":
    from bailee.logs.audit.segments import SegmentAudit  # noqa: PLC0415  # kernels, Arrow: deep only

    store = SegmentStore(work=parts.work, keys=parts.keyring, blobs=parts.blobs)
    return SegmentAudit(work=parts.work, rows=SqlLogRows(), vaults=SqlVaultRows(), store=store)


def backup_audits(parts: HomeParts) -> Sequence[AuditMaker]:
    """Give what is compared of backups, custodians and places."""
    places = Places(parts.home, parts.kms, parts.config.backups, partial(recovery, parts))
    return backup.audits(parts, places)
