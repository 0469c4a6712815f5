"""What ends in logs, bound: loads no kernel and no Arrow, which ending needs not."""

from bailee.adapters.sql.rows.vault import SqlVaultRows
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
