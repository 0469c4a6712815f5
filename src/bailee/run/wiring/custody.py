"""The holding of logs, bound: what compiles kernels and loads Arrow is loaded here, no sooner."""

from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.logs.ingest.service import LogIngest
from bailee.logs.port import BlobStore, ClientFinder
from bailee.logs.proof.export import LogExports
from bailee.logs.proof.service import Proofs
from bailee.logs.search.listing import Listing
from bailee.logs.search.service import Searches
from bailee.logs.store.segments import SegmentStore
from bailee.run.wiring.parts import Parts
from bailee.vault.service import Vault


def bind_logs(parts: Parts, blobs: BlobStore, vault: Vault, find_client: ClientFinder) -> LogIngest:
    """Bind the acts on logs to an opened home."""
    return LogIngest(
        work=parts.work,
        rows=SqlLogRows(),
        blobs=blobs,
        keys=parts.keyring,
        vault=vault,
        ledger=parts.ledger,
        monitor=parts.monitor,
        find_client=find_client,
        clock=parts.clock,
    )


def bind_exports(
    parts: Parts, blobs: BlobStore, vault: Vault, find_client: ClientFinder
) -> LogExports:
    """Bind the act of giving logs back to an opened home."""
    return LogExports(
        work=parts.work,
        rows=SqlLogRows(),
        blobs=blobs,
        keys=parts.keyring,
        vault=vault,
        monitor=parts.monitor,
        find_client=find_client,
        clock=parts.clock,
    )


def bind_listing(parts: Parts, blobs: BlobStore, find_client: ClientFinder) -> Listing:
    """Bind the act of listing streams to an opened home."""
    return Listing(
        work=parts.work,
        rows=SqlLogRows(),
        store=SegmentStore(work=parts.work, keys=parts.keyring, blobs=blobs),
        keys=parts.keyring,
        monitor=parts.monitor,
        find_client=find_client,
    )


def bind_searches(
    parts: Parts, blobs: BlobStore, vault: Vault, find_client: ClientFinder
) -> Searches:
    """Bind the acts of searching and revealing to an opened home."""
    return Searches(
        work=parts.work,
        rows=SqlLogRows(),
        store=SegmentStore(work=parts.work, keys=parts.keyring, blobs=blobs),
        keys=parts.keyring,
        vault=vault,
        monitor=parts.monitor,
        find_client=find_client,
    )


def bind_proofs(parts: Parts, blobs: BlobStore, vault: Vault, find_client: ClientFinder) -> Proofs:
    """Bind the act of proving a line to an opened home."""
    return Proofs(
        work=parts.work,
        rows=SqlLogRows(),
        store=SegmentStore(work=parts.work, keys=parts.keyring, blobs=blobs),
        vault=vault,
        entries=parts.reader,
        monitor=parts.monitor,
        find_client=find_client,
    )
