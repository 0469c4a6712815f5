"""Binds the act of checking to what it audits."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from bailee.act import Binding
from bailee.adapters.check.places import Places
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.sql.engine import SCHEMA
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.adapters.sql.rows.inspection import SqlInspection
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.check.acts import RunCheck
from bailee.check.batches import BatchAudit
from bailee.check.entries import EntryAudit
from bailee.check.logs import LedgerAudit
from bailee.check.names import NameAudit
from bailee.check.objects import ObjectAudit
from bailee.check.rows import RowAudit
from bailee.check.service import Checks
from bailee.logs.store.segments import SegmentStore
from bailee.monitor.power import ActorRow, ClientRow
from bailee.run.wiring.backups import recovery
from bailee.run.wiring.parts import HomeParts
from bailee.work import Tx

if TYPE_CHECKING:
    from bailee.check.segments import SegmentAudit


class _NameRows:
    """The rows with sealed names, of actors and of clients."""

    def actors(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor."""
        return SqlActorRows().all(tx)

    def clients(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client."""
        return SqlClientRows().all(tx)


def check_of(parts: HomeParts) -> Checks:
    """Make the service."""
    blobs = parts.blobs
    inspection, keys = SqlInspection(), parts.keyring.inspection()
    return Checks(
        work=parts.work,
        monitor=parts.monitor,
        provider=parts.keyring.provider,
        rows=RowAudit(
            work=parts.work,
            inspection=inspection,
            register=parts.register,
            keys=keys,
            state=parts.keyring.turning(),
            key_rows=SqlKeyRows(),
            version=SCHEMA,
        ),
        logs=LedgerAudit(
            work=parts.work,
            rows=parts.entries,
            files=parts.files,
            inspection=inspection,
            keys=keys,
            domain=parts.config.domain,
        ),
        entries=EntryAudit(work=parts.work, rows=parts.entries, keys=parts.keyring),
        objects=ObjectAudit(work=parts.work, rows=SqlObjectRows(), blobs=blobs, keys=parts.keyring),
        names=NameAudit(work=parts.work, rows=_NameRows(), keys=parts.keyring, macs=parts.keyring),
        batches=BatchAudit(
            work=parts.work,
            rows=SqlLogRows(),
            blobs=blobs,
            keys=parts.keyring,
            macs=parts.keyring,
            epochs=parts.keyring,
            now_ms=parts.clock.now_ms,
        ),
        segments=lambda: _segments(parts, blobs),
        log_rows=parts.entries,
        surroundings=Places(parts.home, parts.kms, parts.config.backups, partial(recovery, parts)),
    )


def _segments(parts: HomeParts, blobs: DirectoryStore) -> "SegmentAudit":
    from bailee.check.segments import SegmentAudit  # noqa: PLC0415  # numba and Arrow: deep only

    store = SegmentStore(work=parts.work, keys=parts.keyring, blobs=blobs)
    return SegmentAudit(work=parts.work, rows=SqlLogRows(), vaults=SqlVaultRows(), store=store)


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair the request with the method that does it."""
    return (RunCheck.by(check_of(parts).run),)
