"""The holding of logs, bound: what compiles kernels and loads Arrow is loaded here, no sooner."""

from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.logs.port import BlobStore, ClientFinder
from bailee.logs.service import Logs
from bailee.run.parts import Parts
from bailee.vault.service import Vault


def bind_logs(parts: Parts, blobs: BlobStore, vault: Vault, find_client: ClientFinder) -> Logs:
    """Bind the acts on logs to an opened home."""
    return Logs(
        work=parts.work,
        rows=SqlLogRows(),
        blobs=blobs,
        keys=parts.keyring,
        vault=vault,
        ledger=parts.ledger,
        door=parts.monitor,
        find_client=find_client,
        clock=parts.clock,
    )
