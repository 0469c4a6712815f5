"""Binds the act of taking logs in; compiled kernels and Arrow are loaded with it."""

from bailee.act import Binding
from bailee.logs.acts import IngestLog
from bailee.logs.ingest.service import LogIngest
from bailee.logs.port import LogRows
from bailee.parts import Parts


def bind(parts: Parts, rows: LogRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    ingest = LogIngest(
        work=parts.work,
        rows=rows,
        blobs=parts.blobs,
        keys=parts.keyring,
        vault=parts.vault(),
        ledger=parts.ledger,
        monitor=parts.monitor,
        find_client=parts.find_client,
        clock=parts.clock,
        workers=parts.workers,
    )
    return (IngestLog.by(ingest.ingest),)
