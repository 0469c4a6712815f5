"""Binds the judgement of a home to what it judges."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

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
from bailee.backup.desk import Recovery
from bailee.check.batches import BatchJudge
from bailee.check.entries import EntryJudge
from bailee.check.logs import LogJudge
from bailee.check.names import NameJudge
from bailee.check.objects import ObjectJudge
from bailee.check.rows import RowsJudge
from bailee.check.service import Check
from bailee.logs.store.segments import Shelf
from bailee.monitor.power import ActorRow, ClientRow
from bailee.run.wiring.parts import Parts
from bailee.work import Tx

if TYPE_CHECKING:
    from bailee.check.segments import SegmentJudge


class _NameRows:
    """The rows with sealed names, of actors and of clients."""

    def actors(self, tx: Tx) -> Sequence[ActorRow]:
        """Return every actor."""
        return SqlActorRows().all(tx)

    def clients(self, tx: Tx) -> Sequence[ClientRow]:
        """Return every client."""
        return SqlClientRows().all(tx)


def bind(parts: Parts, blobs: DirectoryStore, recovery: Callable[[], Recovery]) -> Check:
    """Bind the judgement to one opened home."""
    inspection, keys = SqlInspection(), parts.keyring.inspection()
    return Check(
        work=parts.work,
        recording=parts.work,
        door=parts.monitor,
        provider=parts.keyring.provider,
        rows=RowsJudge(
            work=parts.work,
            inspection=inspection,
            register=parts.register,
            keys=keys,
            state=parts.keyring.turning(),
            key_rows=SqlKeyRows(),
            version=SCHEMA,
        ),
        logs=LogJudge(
            work=parts.work,
            rows=parts.entries,
            files=parts.files,
            inspection=inspection,
            keys=keys,
            domain=parts.config.domain,
        ),
        entries=EntryJudge(work=parts.work, rows=parts.entries, keys=parts.keyring),
        objects=ObjectJudge(work=parts.work, rows=SqlObjectRows(), blobs=blobs, keys=parts.keyring),
        names=NameJudge(work=parts.work, rows=_NameRows(), keys=parts.keyring, macs=parts.keyring),
        batches=BatchJudge(
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
        surroundings=Places(parts.home, parts.kms, parts.config.backups, recovery),
    )


def _segments(parts: Parts, blobs: DirectoryStore) -> "SegmentJudge":
    from bailee.check.segments import SegmentJudge  # noqa: PLC0415  # numba and Arrow: deep only

    shelf = Shelf(work=parts.work, keys=parts.keyring, blobs=blobs)
    return SegmentJudge(work=parts.work, rows=SqlLogRows(), vaults=SqlVaultRows(), shelf=shelf)
