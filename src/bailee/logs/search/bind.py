"""Bind: pairs the acts of searching, revealing and listing streams with their methods."""

from bailee.act import Binding
from bailee.logs.acts import ListStreams, RevealLog, SearchLog
from bailee.logs.port import LogRows
from bailee.logs.search.listing import Listing
from bailee.logs.search.service import Searches
from bailee.logs.store.segments import SegmentStore
from bailee.parts import Parts


def bind(parts: Parts, rows: LogRows) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    store = SegmentStore(work=parts.work, keys=parts.keyring, blobs=parts.blobs)
    searches = Searches(
        work=parts.work,
        rows=rows,
        store=store,
        keys=parts.keyring,
        vault=parts.vault(),
        monitor=parts.monitor,
        find_client=parts.find_client,
    )
    listing = Listing(
        work=parts.work,
        rows=rows,
        store=store,
        keys=parts.keyring,
        monitor=parts.monitor,
        find_client=parts.find_client,
    )
    return (
        SearchLog.by(searches.search),
        RevealLog.by(searches.reveal),
        ListStreams.by(listing.streams),
    )
