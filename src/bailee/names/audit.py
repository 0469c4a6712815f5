"""Audit of names: shards and what waits lead to each thing by its label, and to nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bailee import errors
from bailee.audit import Finding, FindingKind, ReadLedger, found
from bailee.ids import ClientId
from bailee.names.model import (
    FIRST,
    NamedThing,
    ShardRow,
    WaitingRow,
    place_of,
    shard_aad,
    shard_ref,
)
from bailee.names.port import NameRows
from bailee.names.shard import Shard, opened
from bailee.parts import Parts
from bailee.work import Tx

EVERY = 1 << 32
"""Beyond all that can be unplaced."""

Labels = Mapping[bytes, NamedThing | None]
"""Things by id, as their newest labels say; None for a label that does not open."""


class _Held(NamedTuple):
    """The rows of one client's names, of one snapshot."""

    shards: Sequence[ShardRow]
    waiting: Mapping[bytes, WaitingRow]
    unplaced: frozenset[bytes]


class NameAudit:
    """Audit of the names of one noun, whose own audit opens the labels."""

    def __init__(self, parts: Parts, rows: NameRows, noun: str) -> None:
        self._work = parts.work
        self._mac = parts.keyring.mac
        self._rows = rows
        self._noun = noun

    def differing(
        self,
        client: ClientId,
        reading: ReadLedger,
        labels: Labels,
        *,
        unchanged: Callable[[], bool],
    ) -> Iterator[Finding]:
        """Compare with things by their labels, as long as these are `unchanged`."""
        held = self._work.read(lambda tx: self._held(tx, client))
        if not self._fits(client, held, self._opened(held, reading), labels) and unchanged():
            yield found(FindingKind.NAMES_DIFFER, client=str(client), noun=self._noun)

    def _held(self, tx: Tx, client: ClientId) -> _Held:
        rows, noun = self._rows, self._noun
        return _Held(
            shards=list(rows.shards(tx, client, noun)),
            waiting={row.id: row for row in rows.waiting(tx, client, noun)},
            unplaced=frozenset(row.id for row in rows.unplaced(tx, client, noun, EVERY)),
        )

    def _opened(self, held: _Held, reading: ReadLedger) -> Sequence[Shard | None]:
        shards: list[Shard | None] = []
        for row in held.shards:
            plain = reading.row(shard_ref(row.client, row.shard), shard_aad(row), row.sealed)
            try:
                shards.append(None if plain is None else opened(row, plain))
            except errors.Damaged:
                shards.append(None)
        return shards

    def _fits(
        self, client: ClientId, held: _Held, shards: Sequence[Shard | None], labels: Labels
    ) -> bool:
        listed: dict[bytes, NamedThing] = {}
        count = 0
        for row, shard in zip(held.shards, shards, strict=True):
            if shard is None:
                return False
            for thing in shard:
                count += 1
                listed[thing.id] = thing
                if not row.covers(place_of(self._mac, client, self._noun, thing.name)):
                    return False
        known = listed.keys() | held.waiting.keys() | held.unplaced
        return (
            count == len(listed)
            and known == labels.keys()
            and all(
                self._leads(held, listed.get(label.id), label) for label in labels.values() if label
            )
        )

    def _leads(self, held: _Held, listed: NamedThing | None, label: NamedThing) -> bool:
        """Tell whether rows lead from a thing's name to its newest version."""
        waits = held.waiting.get(label.id)
        if waits is None:
            return listed == label or (listed is None and label.id in held.unplaced)
        place = place_of(self._mac, waits.client, self._noun, label.name)
        start = max(one for one in (FIRST, *(row.start for row in held.shards)) if one <= place)
        # In a shard it may stand as well, but not by another name, nor as new as what waits.
        return (waits.start, waits.version) == (start, label.version) and (
            listed is None or (listed.name == label.name and listed.version < label.version)
        )
