"""Binds the act of pushing lines; compiled kernels and Arrow are loaded with it."""

from bailee.act import Binding
from bailee.logs.push.acts import PushLines
from bailee.logs.push.service import LogPush, PushRows
from bailee.parts import Parts


def bind(parts: Parts, rows: PushRows) -> tuple[Binding, ...]:
    """Pair the request with the method that does it."""
    push = LogPush(
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
    return (PushLines.by(push.push),)
