"""Bind: pairs the acts that end logs with their methods; loads no kernel and no Arrow."""

from bailee.act import Binding
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.logs.acts import DestroyEpoch, EraseLog, ListEpochs
from bailee.logs.retention.destroying import Destroying
from bailee.logs.retention.erasing import Erasing
from bailee.logs.retention.expiring import Expiry
from bailee.logs.retention.months import Months
from bailee.logs.state import DAY_MS
from bailee.run.wiring.parts import HomeParts


def expiry(parts: HomeParts) -> Expiry:
    """Make what ends by itself, at a turn."""
    return Expiry(
        work=parts.work,
        rows=SqlLogRows(),
        keys=parts.keyring,
        blobs=parts.blobs,
        ledger=parts.ledger,
        provider=parts.keyring.provider,
        subjects_ms=parts.monitor.terms.subject_days * DAY_MS,
        clients=parts.ledger.clients,
        times=parts.times,
    )


def bind(parts: HomeParts) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    parts.times()  # looked at before an act is recorded: its entry would be the newest
    erasing = Erasing(
        work=parts.work,
        keys=parts.keyring,
        vault=parts.vault(),
        monitor=parts.monitor,
        find_client=parts.find_client,
        finality=parts.erasure,
        ledger=parts.ledger,
        reader=parts.reader,
    )
    months = Months(
        work=parts.work,
        rows=SqlLogRows(),
        approvals=parts.approvals,
        keys=parts.keyring,
        vault=parts.vault(),
        monitor=parts.monitor,
        find_client=parts.find_client,
        clock=parts.clock,
        times=parts.times,
    )
    destroying = Destroying(
        work=parts.work,
        rows=SqlLogRows(),
        keys=parts.keyring,
        blobs=parts.blobs,
        vault=parts.vault(),
        monitor=parts.monitor,
        find_client=parts.find_client,
        finality=parts.erasure,
        clients=parts.ledger.clients,
        times=parts.times,
        clock=parts.clock,
    )
    return (
        EraseLog.by(erasing.erase),
        ListEpochs.by(months.list),
        DestroyEpoch.by(destroying.destroy),
    )
