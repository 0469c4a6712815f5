"""Ledger rows: the rows of ledgers and entries; four statements are on the way of every act."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from bailee import errors
from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.reading import Reading, ReadingOne
from bailee.adapters.sql.schema import ledger as tables
from bailee.adapters.sql.whole import raise_revisions, revision, revision_in
from bailee.ids import ClientId, EntryId
from bailee.ledger.model import (
    EntryRow,
    HeadTaken,
    LedgerExtent,
    LedgerHead,
    LedgerRow,
    SealedEntry,
)
from bailee.work import Tx


class _Taken(NamedTuple):
    """An index that was taken, and the origin of its ledger."""

    idx: int
    origin: str


class _Named(NamedTuple):
    """An entry, by its index and its id."""

    idx: int
    entry: EntryId


class _KeyChange(NamedTuple):
    """The entry that made a change of key, and the note of it."""

    idx: int
    note: bytes


LEDGERS: Final = Mapped(tables.ledger, LedgerRow, alias={"note": "checkpoint"})
ENTRIES: Final = Mapped(tables.entry, EntryRow, alias={"index": "idx"})
_TAKEN: Final = Reading(_Taken)
_NAMED: Final = Reading(_Named)
_KEY_CHANGE: Final = Reading(_KeyChange)
_HEAD_TAKEN: Final = Reading(HeadTaken)
_SEALED_ENTRY: Final = Reading(SealedEntry)
_LEDGER_EXTENT: Final = Reading(LedgerExtent)
_CLIENT: Final = ReadingOne(ClientId)
_LEAF: Final = ReadingOne(bytes)
_NUMBER: Final = ReadingOne(int)

_ADD = """
insert into ledger_entry (client, idx, entry, leaf, time_ms, year, body, subject)
values (:client, :idx, :entry, :leaf, :time_ms, :year, :body, :subject)
"""
_TO_OPEN = "select count(distinct year), count(subject), count(*) - count(body) from ledger_entry"
_LOST = "select client, count(*) from ledger_entry where body is null group by client"
_EXTENT = "select client, log, origin, count, size, root, null from ledger"
_EXTENT_AND_HEAD = """
select ledger.client, log, origin, count, size, root, revision, total, row_head.client
from ledger left join row_head on row_head.client = ledger.client
where ledger.client = :client
"""
"""In one statement, for each commit asks it three times."""
_BETWEEN = " where client = :client and idx >= :start and idx < :stop"


class SqlEntryRows:
    """`ledger.port.EntryRows` on SQL."""

    def open_ledger(self, tx: Tx, row: LedgerRow) -> None:
        """Insert an empty ledger; Conflict when the client has one."""
        LEDGERS.add(tx, row, taken_ms=0, taken_signed_ms=0)

    def row_of(self, tx: Tx, client: ClientId) -> LedgerRow:
        """Return the ledger of a client; NotFound when it has none."""
        row = LEDGERS.one(tx, client=client)
        if row is None:
            raise errors.NotFound("errors_ledger.no-log")
        return row

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a ledger."""
        rows = sql(tx).execute("select client from ledger order by client")
        return list(map(_CLIENT, rows))

    def extent(self, tx: Tx, client: ClientId) -> LedgerExtent:
        """Return how far the rows of a ledger go; NotFound when the client has none."""
        rows = sql(tx).execute(_EXTENT_AND_HEAD, {"client": client.raw})
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        *extent, at, total, owner = rows[0]
        # Two heads of one client, which a changed schema lets in, are worth no more than none.
        found = revision_in(tx, (owner, at, total)) if len(rows) == 1 else None
        return _LEDGER_EXTENT((*extent, found))

    def length(self, tx: Tx, client: ClientId) -> int:
        """Count the entries of a client's ledger; 0 while it has none."""
        rows = sql(tx).execute(
            "select count from ledger where client = :client", {"client": client.raw}
        )
        return _NUMBER(rows[0]) if rows else 0

    def extents(self, tx: Tx) -> Sequence[LedgerExtent]:
        """Return the same of all logs."""
        found = map(_LEDGER_EXTENT, sql(tx).execute(f"{_EXTENT} order by client"))
        return [one._replace(revision=revision(tx, one.client)) for one in found]

    def raise_revisions(self, tx: Tx, least: int) -> None:
        """Have the sets of each client with a ledger count on from a number, for a restore."""
        raise_revisions(tx, least)

    def compared(self, tx: Tx) -> set[ClientId]:
        """Return whose log was compared with its anchor since the commit began; to be added to."""
        return sql(tx).commit.compared

    def take_index(self, tx: Tx, client: ClientId) -> tuple[int, str]:
        """Take the next index, without a gap, and return it with the origin of the ledger."""
        sql(tx).commit.ledgers.add(client)
        rows = sql(tx).execute(
            # Taken and counted by one statement within the writer's transaction: an act that is
            # undone gives its index back, so indexes have no gap.
            "update ledger set count = count + 1 where client = :client"
            " returning count - 1, origin",
            {"client": client.raw},
        )
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        return _TAKEN(rows[0])

    def add(self, tx: Tx, client: ClientId, row: EntryRow) -> None:
        """Insert an entry."""
        sql(tx).change(
            _ADD,
            {
                "client": client.raw,
                "idx": row.index,
                "entry": row.entry.raw,
                "leaf": row.leaf,
                "time_ms": row.time_ms,
                "year": row.year,
                "body": row.body,
                "subject": row.subject,
            },
        )

    def leaves(self, tx: Tx, client: ClientId, start: int, stop: int) -> Sequence[bytes]:
        """Return the leaves from `start` to before `stop`, in order; Damaged where one lacks."""
        rows = sql(tx).execute(
            f"select leaf from ledger_entry{_BETWEEN} order by idx",  # noqa: S608  # constant
            {"client": client.raw, "start": start, "stop": stop},
        )
        # A leaf that is missing would move every later one by a place, and the root with it.
        if len(rows) != stop - start:
            raise errors.Damaged("errors_ledger.entry-missing")
        return list(map(_LEAF, rows))

    def time_of(self, tx: Tx, client: ClientId, index: int) -> int | None:
        """Return when the entry at an index was made; None when there is none."""
        rows = sql(tx).execute(
            "select time_ms from ledger_entry where client = :client and idx = :idx",
            {"client": client.raw, "idx": index},
        )
        return _NUMBER(rows[0]) if rows else None

    def entries(self, tx: Tx, client: ClientId, start: int, stop: int) -> Iterator[EntryRow]:
        """Go through entries by index."""
        rows = sql(tx).stream(
            f"{ENTRIES.select}{_BETWEEN} order by idx",
            {"client": client.raw, "start": start, "stop": stop},
        )
        return map(ENTRIES.read, rows)

    def sealed_in(self, tx: Tx, client: ClientId, start: int, stop: int) -> SealedEntry:
        """Count what there is to open between two indexes."""
        rows = sql(tx).execute(
            _TO_OPEN + _BETWEEN,
            {"client": client.raw, "start": start, "stop": stop},
        )
        return _SEALED_ENTRY(rows[0])

    def lost(self, tx: Tx) -> Mapping[ClientId, int]:
        """Count the entries of each client that have no body."""
        return {ClientId(client): count for client, count in sql(tx).execute(_LOST)}

    def find(self, tx: Tx, client: ClientId, entry: EntryId) -> EntryRow | None:
        """Return one entry by its id."""
        return ENTRIES.one(tx, client=client, entry=entry)

    def subjects(
        self, tx: Tx, client: ClientId, start: int, before_ms: int, limit: int
    ) -> Sequence[tuple[int, EntryId]]:
        """Return index and id of entries of before a moment that have a subject, by index."""
        rows = sql(tx).execute(
            "select idx, entry from ledger_entry where client = :client and idx >= :start"
            " and time_ms < :before_ms and subject is not null order by idx limit :limit",
            {"client": client.raw, "start": start, "before_ms": before_ms, "limit": limit},
        )
        return list(map(_NAMED, rows))

    def drop_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> bool:
        """Remove a sealed subject; False when there was none."""
        changed = sql(tx).change(
            "update ledger_entry set subject = null"
            " where client = :client and entry = :entry and subject is not null",
            {"client": client.raw, "entry": entry.raw},
        )
        return changed == 1

    def move_head(self, tx: Tx, client: ClientId, old: LedgerHead, new: LedgerHead) -> bool:
        """Replace the head if it is still `old`; this is the ledger's compare-and-swap."""
        sql(tx).commit.ledgers.add(client)
        changed = sql(tx).change(
            "update ledger set size = :size, root = :root, checkpoint = :checkpoint,"
            " signed_ms = :signed_ms where client = :client"
            " and size = :old_size and root = :old_root and signed_ms = :old_signed_ms",
            {
                "client": client.raw,
                "old_size": old.size,
                "old_root": old.root,
                "old_signed_ms": old.signed_ms,
                **_head_values(new),
            },
        )
        return changed == 1

    def add_key_change(
        self, tx: Tx, client: ClientId, index: int, public_key: bytes, note: bytes
    ) -> None:
        """Keep the note of a change of key, made by the entry at `index`, and set the new key."""
        values = {"client": client.raw, "idx": index, "note": note, "public_key": public_key}
        sql(tx).execute(
            "insert into ledger_key_change (client, idx, note) values (:client, :idx, :note)",
            values,
        )
        sql(tx).execute("update ledger set public_key = :public_key where client = :client", values)

    def key_changes(self, tx: Tx, client: ClientId) -> Sequence[tuple[int, bytes]]:
        """Return index and note of all changes of key, oldest first."""
        rows = sql(tx).execute(
            "select idx, note from ledger_key_change where client = :client order by idx",
            {"client": client.raw},
        )
        return list(map(_KEY_CHANGE, rows))

    def head_taken(self, tx: Tx, client: ClientId) -> HeadTaken:
        """Return when the provider's ledger last took this client's head."""
        rows = sql(tx).execute(
            "select taken_ms, taken_signed_ms from ledger where client = :client",
            {"client": client.raw},
        )
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        return _HEAD_TAKEN(rows[0])

    def set_head_taken(self, tx: Tx, client: ClientId, taken: HeadTaken) -> None:
        """Note that the provider's ledger takes it now."""
        sql(tx).execute(
            "update ledger set taken_ms = :taken_ms, taken_signed_ms = :signed_ms"
            " where client = :client",
            {"client": client.raw, "taken_ms": taken.taken_ms, "signed_ms": taken.signed_ms},
        )


def _head_values(head: LedgerHead) -> dict[str, object]:
    return {
        "size": head.size,
        "root": head.root,
        "checkpoint": head.note,
        "signed_ms": head.signed_ms,
    }
