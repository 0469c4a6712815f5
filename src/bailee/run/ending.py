"""What ends in logs, bound: loads no kernel and no Arrow, which ending needs not."""

from collections.abc import Callable

from bailee.adapters.sql.rows.endings import SqlEndingRows
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.keys.schedule import Times
from bailee.logs.epochs import Epochs
from bailee.logs.erasing import Erasing
from bailee.logs.port import ClientFinder, Finality
from bailee.run.parts import Parts
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
        door=parts.monitor,
        find_client=find_client,
        finality=finality,
    )


def bind_epochs(
    parts: Parts, vault: Vault, find_client: ClientFinder, finality: Finality
) -> Epochs:
    """Bind the acts on months to an opened home."""
    return Epochs(
        work=parts.work,
        rows=SqlLogRows(),
        endings=SqlEndingRows(),
        keys=parts.keyring,
        vault=vault,
        ledger=parts.ledger,
        door=parts.monitor,
        find_client=find_client,
        finality=finality,
        times=_times(parts),
        clock=parts.clock,
    )


def _times(parts: Parts) -> Callable[[], Times]:
    """Look at the clocks now and at each asking; nothing independent of them is known yet."""
    clock = parts.clock
    wall_ms, started_s = clock.now_ms(), clock.monotonic_s()
    ended = [parts.ledger.log(client) for client in parts.ledger.clients()]
    last_ms = parts.work.read(
        lambda tx: [parts.entries.time_of(tx, log.client, log.count - 1) for log in ended]
    )
    newest_ms = max((time_ms for time_ms in last_ms if time_ms is not None), default=wall_ms)

    def now() -> Times:
        return Times(
            wall_ms=clock.now_ms(),
            started_wall_ms=wall_ms,
            elapsed_ms=int((clock.monotonic_s() - started_s) * 1_000),
            last_ledger_ms=newest_ms,
            independent_ms=None,
        )

    return now
