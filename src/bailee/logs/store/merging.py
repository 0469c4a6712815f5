"""Merging: runs of the token index made fewer; several small ones become one, nothing else changes.

Size-tiered: runs of like size are merged once there are `TIER` of them, so that a posting is
written a few times in all, whatever there is.  What is merged is of one client and epoch, of
whatever streams: a person is looked for in all of them, and each stream's own would be a file more.

Crash states: before the swap, the new run is ciphertext whose key is nowhere, to be swept; the swap
is one transaction (its key and row are there, the keys and rows of the old ones are not); after it,
the old files are ciphertext without a key, and are swept if nobody deleted them.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import final

from bailee import errors
from bailee.grant import Grant, Ref
from bailee.ids import BlobId, ClientId
from bailee.keyring.model import Pending
from bailee.logs.model import SEVERAL, RunRow, run_ref
from bailee.logs.port import LogKeys, LogRows
from bailee.logs.store.index import MERGED_POSTINGS_MAX, Run, merged
from bailee.logs.store.segments import Reached, SegmentStore
from bailee.work import Tx, Work

TIER = 4
"""Runs of like size that become one; each is `TIER` times as large as those of the tier below."""
LEAST_POSTINGS = 4_096
"""All below are of one tier: a page, which costs less to write again than a file to look in."""
AT_ONCE_POSTINGS = 2_000_000
"""Merged after one act: 28 MB, about half a second."""


def due(runs: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """Choose what to merge next: the smallest tier that is full; nothing when none is."""
    tiers: dict[tuple[object, ...], list[RunRow]] = defaultdict(list)
    for run in runs:
        tiers[(run.client, run.epoch, _tier(run.postings))].append(run)
    full = [tier for tier in tiers.values() if len(tier) >= TIER]
    # The smallest first: it costs least and takes away as many files as any.
    for tier in sorted(full, key=lambda tier: (_tier(tier[0].postings), tier[0].epoch)):
        chosen = _within_bounds(tier)
        # Fewer than a tier would write each posting again and again: merging two at a time doubles
        # the work.
        if len(chosen) >= TIER:
            return chosen
    return ()


def _tier(postings: int) -> int:
    tier = 0
    while postings >= LEAST_POSTINGS:
        postings //= TIER
        tier += 1
    return tier


def _within_bounds(tier: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """Take the smallest first, as many as may be merged in memory."""
    taken: list[RunRow] = []
    bound = min(MERGED_POSTINGS_MAX, AT_ONCE_POSTINGS)
    for run in sorted(tier, key=lambda run: (run.postings, run.sealed.blob.raw)):
        # Runs beyond the bound stay as they are for good: a look-up reads two pages of each anyhow.
        if sum(one.postings for one in taken) + run.postings > bound:
            break
        taken.append(run)
    return tuple(taken)


@final
class Merging:
    """Merging: merges runs against the grant of the act that met them; its caller holds no lock."""

    def __init__(self, *, work: Work, rows: LogRows, store: SegmentStore, keys: LogKeys) -> None:
        self._work = work
        self._rows = rows
        self._store = store
        self._keys = keys

    def due(self, client: ClientId, epoch: int) -> tuple[RunRow, ...]:
        """Choose what of a month to merge next; runs hold no identifier."""
        return due(self._work.read(lambda tx: self._rows.runs(tx, client, epoch)))

    def reach(self, runs: Sequence[RunRow], grant: Grant) -> "Merge | None":
        """Take what opens runs that are due, while the grant lives; None when one has ended."""
        refs = [(_ref(run), run.sealed) for run in runs]
        opened = self._store.reach(refs, grant)
        within = [one for one in opened if one is not None]
        # All or none: a run whose key is gone was merged by another process, or its month has
        # ended; either way there is nothing left to do.
        return Merge(self, runs, within) if len(within) == len(runs) > 0 else None

    def merge(self, runs: Sequence[RunRow], opened: Sequence[Reached]) -> RunRow | None:
        """Make one run of several; None when another was first, or one does not read."""
        client, blob = runs[0].client, BlobId.new()
        try:
            with ExitStack() as files:
                whole = merged([Run(files.enter_context(one())) for one in opened])
        except errors.Damaged:
            # Another was first, and its files are gone; or one is damaged, and all stay as they
            # are: `check` and each search that opens it name it, and no act fails by it before.
            return None
        # Durable before the swap: a row without its file would lose the postings of all the runs.
        sealer, sealed = self._store.put(run_ref(client, blob, runs[0].epoch), whole, blob)
        streams = {run.stream for run in runs}
        row = RunRow(
            client=client,
            stream=runs[0].stream if len(streams) == 1 else SEVERAL,
            epoch=runs[0].epoch,
            postings=sum(run.postings for run in runs),
            sealed=sealed,
        )

        def swap(tx: Tx) -> Pending:
            # Read in the transaction that swaps: another process may have merged the same runs, and
            # a second copy of their postings would only grow.
            if not self._are_held(tx, runs):
                raise errors.Conflict("errors_search.index-moved")
            self._keys.enrol(tx, sealer)
            self._rows.add_run(tx, row)
            self._rows.drop_runs(tx, client, [run.sealed.blob for run in runs])
            # Their keys go with their rows: a token that is erased later must not live on in a file
            # that nothing names any more.
            return self._keys.destroy(tx, [_ref(run) for run in runs], derived=True)

        try:
            pending = self._work.run(client, swap)
        except errors.Conflict:  # merged by another process meanwhile, or its month has ended
            self._store.drop([sealed])
            return None
        # Only now that it is durable: an id announced sooner could be of a key that lives.
        self._keys.announce(pending)
        self._store.drop([run.sealed for run in runs])
        return row

    def _are_held(self, tx: Tx, runs: Sequence[RunRow]) -> bool:
        held = {run.sealed.blob for run in self._rows.runs(tx, runs[0].client, runs[0].epoch)}
        return held.issuperset(run.sealed.blob for run in runs)


@final
class Merge:
    """Merge: one that can be done once the act that met the runs has its outcome."""

    def __init__(self, merging: Merging, runs: Sequence[RunRow], opened: Sequence[Reached]) -> None:
        self._merging = merging
        self._runs = runs
        self._opened = opened

    def run(self) -> RunRow | None:
        """Merge the runs; the act is done and recorded by now, and does not fail by this."""
        # Where it cannot be, the index is only larger than it need be.
        with suppress(errors.CannotRecord, errors.OutcomeUnknown, errors.Sealed):
            return self._merging.merge(self._runs, self._opened)
        return None


def _ref(run: RunRow) -> Ref:
    return run_ref(run.client, run.sealed.blob, run.epoch)
