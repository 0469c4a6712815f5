"""Recorded batches: what a client's ledger records of them, and of the months that ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from bailee import errors
from bailee.ids import EntryId
from bailee.ledger.model import EntryShown
from bailee.logs.acts import EpochDestroyedFacts
from bailee.logs.facts import BatchFacts, BlockFacts, SealedFacts, blocks_of, within
from bailee.logs.model import SegmentPart
from bailee.logs.steps import EndingStep


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBatch:
    """Recorded batch: what its entry holds; `secrets` counts what was kept of all rules."""

    entry: EntryId
    index: int
    facts: BatchFacts
    blocks: tuple[BlockFacts, ...]
    sealed: Mapping[SegmentPart, SealedFacts]
    secrets: int

    @classmethod
    def parse(cls, shown: EntryShown) -> Self:
        """Read it from an entry; Damaged when that is not the entry of a batch."""
        body = shown.body
        held = {part: within(str(part), body) for part in SegmentPart}
        try:
            secrets = sum(map(int, within("secret", body).values()))
        except ValueError:
            raise errors.Damaged("errors_ledger.facts-malformed") from None
        return cls(
            entry=shown.entry,
            index=shown.index,
            facts=BatchFacts.parse(body),
            blocks=blocks_of(body),
            sealed={part: SealedFacts.parse(of) for part, of in held.items() if of},
            secrets=secrets,
        )

    @property
    def values(self) -> int:
        """How many values its blocks name."""
        return sum(block.values for block in self.blocks)


@dataclass(frozen=True, slots=True)
class RecordedBatches:
    """Recorded batches of one client, by their ids as text."""

    batches: dict[str, RecordedBatch] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)
    """Months of which something was ended, with the last entry that records it."""

    def take(self, shown: EntryShown) -> None:
        """Keep a batch."""
        batch = RecordedBatch.parse(shown)
        self.batches[str(batch.facts.batch)] = batch

    def end(self, outcome: EntryShown) -> None:
        """Keep which months ended."""
        steps = EpochDestroyedFacts.parse(outcome.body).steps.items()
        ended = (epoch for (epoch, _), step in steps if step is EndingStep.ENDED)
        self.ended.update(dict.fromkeys(ended, outcome.index))
