"""Bind: pairs the acts of proving a line and of giving received bytes back with their methods."""

from bailee.act import Binding
from bailee.logs.acts import ExportLog, ProveLog
from bailee.logs.port import LogRows
from bailee.logs.proof.export import LogExports
from bailee.logs.proof.service import Proofs
from bailee.logs.store.segments import SegmentStore
from bailee.parts import Parts


def bind(parts: Parts, rows: LogRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    proofs = Proofs(
        work=parts.work,
        rows=rows,
        store=SegmentStore(work=parts.work, keys=parts.keyring, blobs=parts.blobs),
        vault=parts.vault(),
        entries=parts.reader,
        monitor=parts.monitor,
        find_client=parts.find_client,
    )
    exports = LogExports(
        work=parts.work,
        rows=rows,
        blobs=parts.blobs,
        keys=parts.keyring,
        vault=parts.vault(),
        monitor=parts.monitor,
        find_client=parts.find_client,
        clock=parts.clock,
    )
    return ProveLog.by(proofs.prove), ExportLog.by(exports.export)
