"""Service of names: finds things by name, in order and by prefix, and keeps shards in step.

A new version waits in a row of its own, whose name is its label; the eighth that waits for one
shard has it sealed again.  What is taken out of a shard, and a shard that is cut, is sealed under
new keys, and the key before is deleted: names that were in it go with it.  spec/names.md
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from bailee import errors
from bailee.grant import Grant
from bailee.ids import ClientId, ShardId
from bailee.keyring.model import Pending
from bailee.names.model import (
    FIRST,
    NamedThing,
    SeenNames,
    ShardRow,
    UnplacedRow,
    WaitingRow,
    place_of,
    shard_aad,
    shard_ref,
)
from bailee.names.port import Labels, NameKeys, NameRows
from bailee.names.shard import Part, Shard, cut, encoded, opened
from bailee.seal.port import Opener
from bailee.work import Tx

MERGED_AT: Final = 8
"""How many wait until their shard is sealed again: a look-up opens each of them, at 125 µs, and
sealing a full shard costs as much as eight of these."""

SPARE: Final = 32
"""Openings that a grant has beside those that were counted before it: what others put meanwhile
waits as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundNames:
    """Found names: what has the name that was looked for, and what was opened on the way."""

    things: Sequence[NamedThing]
    shard: Shard | None
    waiting: Sequence[tuple[WaitingRow, NamedThing]]

    @property
    def due(self) -> bool:
        """Whether so many wait that their shard should be sealed again."""
        return len(self.waiting) >= MERGED_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """Taken out: the shard that a thing is not in, as it was sealed then."""

    place: bytes
    shard: tuple[ShardId, int] | None


class Names:
    """Names: those of the things of one noun, of any client."""

    def __init__(self, *, noun: str, rows: NameRows, keys: NameKeys, labels: Labels) -> None:
        self._noun = noun
        self._rows = rows
        self._keys = keys
        self._labels = labels

    def place(self, client: ClientId, name: str) -> bytes:
        """Return the place of a name."""
        return place_of(self._keys.mac, client, self._noun, name)

    # --- looking up ------------------------------------------------------------------------

    def is_placed(self, tx: Tx, client: ClientId) -> bool:
        """Tell whether each thing is in a shard or waits for one; Damaged when rows are missing.

        Where one is not, no shard can say that a name is not there.
        """
        if self._rows.unplaced(tx, client, self._noun, 1):
            return False
        self._rows.require_placed(tx, client)
        return True

    def seen(self, tx: Tx, client: ClientId, name: str) -> SeenNames:
        """Return what the place of a name has; Damaged when something of it is missing."""
        place = self.place(client, name)
        shard = self._rows.shard_at(tx, client, self._noun, place)
        seen = SeenNames(
            place=place,
            shard=shard,
            waiting=self._rows.waiting(
                tx, client, self._noun, FIRST if shard is None else shard.start
            ),
        )
        self._rows.require_at(tx, client, seen.start)
        # What covers the place was taken away: the one found begins before it and ends before it.
        if shard is not None and not shard.covers(place):
            raise errors.Damaged("errors_names.shard")
        return seen

    def find(self, tx: Tx, grant: Grant, seen: SeenNames, name: str) -> FoundNames:
        """Open the shard and all that waits for it, and return what has a name, newest last."""
        shard = None if seen.shard is None else self._open(tx, grant, seen.shard)
        waiting = [(row, self._named(tx, grant, row)) for row in seen.waiting]
        found = {one.id: one for one in (shard.named(name) if shard else ())}
        # A newer version of something in the shard waits under the same name.
        found |= {one.id: one for _, one in waiting if one.name == name}
        things = sorted(found.values(), key=lambda one: (one.version, one.id))
        return FoundNames(things=things, shard=shard, waiting=waiting)

    def newest(self, tx: Tx, grant: Grant, client: ClientId, name: str, ident: bytes) -> int:
        """Return the number of a thing's newest version, by its name; Damaged when it has none."""
        seen = self.seen(tx, client, name)
        for row in seen.waiting:
            if row.id == ident:
                return row.version
        shard = None if seen.shard is None else self._open(tx, grant, seen.shard)
        found = [one.version for one in (shard.named(name) if shard else ()) if one.id == ident]
        if not found:
            raise errors.Damaged("errors_names.not-listed")
        return found[0]

    def opened_at_most(self, tx: Tx, client: ClientId) -> int:
        """Return how many openings a page takes, beside those of the labels that it shows."""
        shards = self._rows.shard_count(tx, client, self._noun)
        return shards + len(self._rows.waiting(tx, client, self._noun))

    def page(
        self,
        tx: Tx,
        grant: Grant,
        client: ClientId,
        *,
        prefix: str,
        since: tuple[bytes, bytes],
        limit: int,
    ) -> Sequence[NamedThing]:
        """Return up to so many names of a prefix, in order, from one on; opens every shard."""
        self._rows.require_whole(tx, client)
        waiting = {
            row.id: self._named(tx, grant, row)
            for row in self._rows.waiting(tx, client, self._noun)
        }
        start = max(since, (prefix.encode(), b""))
        some = [one for one in waiting.values() if one.order >= start and _begins(one, prefix)]
        for row in self._rows.shards(tx, client, self._noun):
            some = _first(some, limit)
            # What cannot be on the page is not read: the names of a shard are spread over all.
            last = some[-1].order if len(some) == limit else None
            for one in self._open(tx, grant, row).since(start):
                if not _begins(one, prefix) or (last is not None and one.order > last):
                    break
                if one.id not in waiting:
                    some.append(one)
        return _first(some, limit)

    def _open(self, tx: Tx, grant: Grant, row: ShardRow) -> Shard:
        return self._read(self._opener(tx, grant, row), row)

    def _opener(self, tx: Tx, grant: Grant, row: ShardRow) -> Opener:
        try:
            return self._keys.opener(tx, shard_ref(row.client, row.shard), grant)
        except errors.NotFound:  # its row is there: the key alone was taken away
            raise errors.Damaged("errors_keyring.does-not-open") from None

    def _read(self, opener: Opener, row: ShardRow) -> Shard:
        return opened(row, opener.open_row(shard_aad(row), row.sealed))

    def _named(self, tx: Tx, grant: Grant, row: WaitingRow) -> NamedThing:
        try:
            name = self._labels(tx, grant, row.client, row.id, row.version)
        except errors.NotFound:  # as above: what waits is of one snapshot with its label
            raise errors.Damaged("errors_keyring.does-not-open") from None
        return NamedThing(name=name, id=row.id, version=row.version)

    # --- in step with what is put ----------------------------------------------------------

    def note(self, tx: Tx, client: ClientId, name: str, ident: bytes, version: int) -> None:
        """Have a new version wait; in the transaction of its label."""
        # Where the shard begins now, not where it did when the name was looked up: it may have
        # been cut meanwhile.
        shard = self._rows.shard_at(tx, client, self._noun, self.place(client, name))
        start = FIRST if shard is None else shard.start
        self._rows.put_waiting(
            tx, WaitingRow(client=client, start=start, noun=self._noun, id=ident, version=version)
        )

    def merge(self, tx: Tx, grant: Grant, seen: SeenNames, found: FoundNames) -> Sequence[Pending]:
        """Seal a shard again with what waits for it; announce the result.

        Nothing is done where somebody else was first.
        """
        client = found.waiting[0][0].client
        shard = self._rows.shard_at(tx, client, self._noun, seen.place)
        rows = self._rows.waiting(tx, client, self._noun, seen.start)
        known = dict(found.waiting)
        # All that waits, or nothing: a shard that is cut leaves no row that waits for the whole.
        if _mark(shard) != _mark(seen.shard) or len(set(rows) - known.keys()) > SPARE // 2:
            return ()
        held = {one.id: one for one in (found.shard or ())}
        held |= {row.id: known.get(row) or self._named(tx, grant, row) for row in rows}
        for row in rows:
            self._rows.merged(tx, row)
        opener = None if shard is None else self._opener(tx, grant, shard)
        return self._seal(tx, client, shard, held.values(), opener)

    def _seal(
        self,
        tx: Tx,
        client: ClientId,
        was: ShardRow | None,
        things: Collection[NamedThing],
        opener: Opener | None,
    ) -> Sequence[Pending]:
        """Seal the names of a shard again, under the same key unless they have to be cut."""
        start, bits = (FIRST, 0) if was is None else (was.start, was.bits)
        parts = list(cut(start, bits, [(self.place(client, one.name), one) for one in things]))
        if was is None or opener is None or len(parts) > 1:
            return self._renew(tx, client, was, parts)
        row = replace(was, version=was.version + 1, sealed=b"")
        sealed = opener.reseal_row(shard_aad(row), encoded(start, bits, things))
        self._rows.put_shard(tx, replace(row, sealed=sealed))
        return ()

    def _renew(
        self, tx: Tx, client: ClientId, was: ShardRow | None, parts: Iterable[Part]
    ) -> Sequence[Pending]:
        """Seal parts of a shard under new keys, and delete the key before.

        Of one that was cut too: rows of before have the names of both parts under the one key, and
        a name that is deleted in either must not open there.
        """
        for part in parts:
            self._put_new(tx, client, part)
        if was is None:
            return ()
        ref = shard_ref(client, was.shard)
        # Derived: named before the commit and kept by a crash, it would close names that live.
        return (self._keys.destroy(tx, [ref], derived=True),)

    def _put_new(self, tx: Tx, client: ClientId, part: Part) -> None:
        (start, bits, things), shard = part, ShardId.new()
        row = ShardRow(
            client=client,
            start=start,
            noun=self._noun,
            bits=bits,
            shard=shard,
            version=1,
            sealed=b"",
        )
        sealer = self._keys.sealer(shard_ref(client, shard))
        sealed = sealer.seal_row(shard_aad(row), encoded(start, bits, things))
        self._keys.enrol(tx, sealer)
        self._rows.put_shard(tx, replace(row, sealed=sealed))

    # --- in step with what is deleted ------------------------------------------------------

    def take_out(
        self, tx: Tx, grant: Grant, client: ClientId, thing: NamedThing
    ) -> tuple[TakenOut, Sequence[Pending]]:
        """Seal the shard of a thing without it, under a new key; it waits from then on.

        A transaction before that of its deletion: what a crash leaves of that one is done again at
        the next start, where nothing can be opened, and then no shard may hold the name any more.
        """
        seen = self.seen(tx, client, thing.name)
        if seen.shard is None:
            return TakenOut(place=seen.place, shard=None), ()
        shard = self._open(tx, grant, seen.shard)
        rest = [one for one in shard if one.id != thing.id]
        if len(rest) == shard.count:
            return TakenOut(place=seen.place, shard=_mark(seen.shard)), ()
        gone = self._renew(tx, client, seen.shard, [(shard.start, shard.bits, rest)])
        if all(row.id != thing.id for row in seen.waiting):
            self.note(tx, client, thing.name, thing.id, thing.version)
        now = self._rows.shard_at(tx, client, self._noun, seen.place)
        return TakenOut(place=seen.place, shard=_mark(now)), gone

    def is_out(self, tx: Tx, client: ClientId, out: TakenOut) -> bool:
        """Tell whether the shard is still as it was without the thing."""
        return _mark(self._rows.shard_at(tx, client, self._noun, out.place)) == out.shard

    def forget(self, tx: Tx, client: ClientId, ident: bytes, out: TakenOut | None = None) -> None:
        """Drop what waits or is unplaced of a thing, in the transaction that deletes its label.

        Looked for everywhere, unless it was taken out before.
        """
        start = None
        if out is not None:
            shard = self._rows.shard_at(tx, client, self._noun, out.place)
            start = FIRST if shard is None else shard.start
        self._rows.drop_waiting(tx, client, self._noun, ident, start)
        self._rows.place(tx, UnplacedRow(client=client, noun=self._noun, id=ident))

    # --- made anew -------------------------------------------------------------------------

    def scatter(self, tx: Tx, client: ClientId, idents: Iterable[bytes]) -> Sequence[Pending]:
        """Give up all shards of a client, whose things are unplaced then; announce the result.

        Where a name that was deleted may be in any of them, or one does not open.
        """
        gone: list[Pending] = []
        for shard in [row.shard for row in self._rows.shards(tx, client, self._noun)]:
            with suppress(errors.NotFound):  # its key is gone already
                gone.append(self._keys.destroy(tx, [shard_ref(client, shard)], derived=True))
        self._rows.drop(tx, client, self._noun)
        for ident in idents:
            self._rows.add_unplaced(tx, UnplacedRow(client=client, noun=self._noun, id=ident))
        return gone

    def unplaced(self, tx: Tx, client: ClientId, limit: int) -> Sequence[bytes]:
        """Return up to so many things that are in no shard and wait for none, by id."""
        return [row.id for row in self._rows.unplaced(tx, client, self._noun, limit)]

    def take_in(
        self, tx: Tx, grant: Grant, client: ClientId, things: Mapping[bytes, NamedThing | None]
    ) -> Sequence[Pending]:
        """Put unplaced things into their shards, None for one that is gone; announce the result."""
        by_start: defaultdict[bytes, list[NamedThing]] = defaultdict(list)
        for ident, thing in things.items():
            row = UnplacedRow(client=client, noun=self._noun, id=ident)
            # False where another process placed it, or deleted it, since it was opened.
            if self._rows.place(tx, row) and thing is not None:
                place = self.place(client, thing.name)
                shard = self._rows.shard_at(tx, client, self._noun, place)
                by_start[FIRST if shard is None else shard.start].append(thing)
        return list(
            chain.from_iterable(
                self._add(tx, grant, client, start, some) for start, some in by_start.items()
            )
        )

    def _add(
        self, tx: Tx, grant: Grant, client: ClientId, start: bytes, some: Iterable[NamedThing]
    ) -> Sequence[Pending]:
        was = self._rows.shard_at(tx, client, self._noun, start)
        opener = None if was is None else self._opener(tx, grant, was)
        held: dict[bytes, NamedThing] = {}
        if was is not None and opener is not None:
            held = {one.id: one for one in self._read(opener, was)}
        held |= {one.id: one for one in some}
        # As in a merge: should the shard be cut, nothing may wait for the whole of it.
        for row in self._rows.waiting(tx, client, self._noun, start):
            held[row.id] = self._named(tx, grant, row)
            self._rows.merged(tx, row)
        return self._seal(tx, client, was, held.values(), opener)


def _begins(thing: NamedThing, prefix: str) -> bool:
    return thing.name.startswith(prefix)


def _first(things: Iterable[NamedThing], limit: int) -> list[NamedThing]:
    return sorted(things, key=lambda one: one.order)[:limit]


def _mark(shard: ShardRow | None) -> tuple[ShardId, int] | None:
    """Return what differs once a shard was sealed again."""
    return None if shard is None else (shard.shard, shard.version)
