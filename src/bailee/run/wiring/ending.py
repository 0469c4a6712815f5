"""What ends in logs, bound: loads no kernel and no Arrow, which ending needs not."""

from collections.abc import Callable

from bailee.adapters.sql.rows.endings import SqlEndingRows
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.keys.schedule import Times
from bailee.logs.port import BlobStore, ClientFinder, Finality
from bailee.logs.retention.approvals import EndingApprovals
from bailee.logs.retention.destroying import Destroying
from bailee.logs.retention.erasing import Erasing
from bailee.logs.retention.expiring import Expiry
from bailee.logs.retention.months import Months
from bailee.run.wiring.parts import Parts
from bailee.vault.service import Vault


def bind_vault(parts: Parts) -> Vault:
    """Bind the vault to an opened home."""
    return Vault(work=parts.work, keyring=parts.keyring, rows=SqlVaultRows())


def bind_erasing(
    parts: Parts, vault: Vault, find_client: ClientFinder, finality: Finality
) -> Erasing:
    """Bind the act of erasing one value to an opened home."""
    return Erasing(
        work=parts.work,
        keys=parts.keyring,
        vault=vault,
        monitor=parts.monitor,
        find_client=find_client,
        finality=finality,
    )


def bind_months(parts: Parts, vault: Vault, find_client: ClientFinder) -> Months:
    """Bind the act of listing months to an opened home."""
    return Months(
        work=parts.work,
        rows=SqlLogRows(),
        approvals=_approvals(parts),
        keys=parts.keyring,
        vault=vault,
        monitor=parts.monitor,
        find_client=find_client,
        clock=parts.clock,
    )


def bind_destroying(  # noqa: PLR0917  # what only the house has
    parts: Parts,
    blobs: BlobStore,
    vault: Vault,
    find_client: ClientFinder,
    finality: Finality,
    times: Callable[[], Times],
) -> Destroying:
    """Bind the act of ending months to an opened home."""
    return Destroying(
        work=parts.work,
        rows=SqlLogRows(),
        approvals=_approvals(parts),
        keys=parts.keyring,
        blobs=blobs,
        vault=vault,
        monitor=parts.monitor,
        find_client=find_client,
        finality=finality,
        clients=parts.ledger.clients,
        times=times,
        clock=parts.clock,
    )


def _approvals(parts: Parts) -> EndingApprovals:
    rows = SqlEndingRows()
    return EndingApprovals(rows=rows, keys=parts.keyring, ledger=parts.ledger, clock=parts.clock)


def bind_expiry(parts: Parts, blobs: BlobStore, times: Callable[[], Times]) -> Expiry:
    """Bind what ends by itself to an opened home."""
    return Expiry(
        work=parts.work,
        rows=SqlLogRows(),
        keys=parts.keyring,
        blobs=blobs,
        ledger=parts.ledger,
        clients=parts.ledger.clients,
        times=times,
    )


def watch(parts: Parts) -> Callable[[], Times]:
    """Look at the clocks now, before anything is recorded, and again at each asking.

    Nothing independent of this machine is known yet.  The provider's log suffices for what was
    there before: it takes the heads of all others every hour that they are used.
    """
    clock, provider = parts.clock, parts.keyring.provider
    wall_ms, started_s = clock.now_ms(), clock.monotonic_s()
    log = parts.ledger.log(provider)
    last_ms = parts.work.read(lambda tx: parts.entries.time_of(tx, provider, log.count - 1))

    def now() -> Times:
        return Times(
            wall_ms=clock.now_ms(),
            started_wall_ms=wall_ms,
            elapsed_ms=int((clock.monotonic_s() - started_s) * 1_000),
            last_ledger_ms=wall_ms if last_ms is None else last_ms,
            independent_ms=None,
        )

    return now
