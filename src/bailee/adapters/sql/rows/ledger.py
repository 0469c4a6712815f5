"""The rows of logs and entries: statements by hand, four of them on the way of every act."""

from collections.abc import Iterator, Sequence

from bailee import errors
from bailee.adapters.sql.engine import Row, sql
from bailee.ids import ClientId, EntryId, LogId
from bailee.ledger.model import EntryRow, HeadTaken, LedgerHead, LedgerRow, SealedEntry
from bailee.work import Tx

_LOG = "client, log, origin, public_key, count, size, root, checkpoint, signed_ms"
_ENTRY = "idx, entry, leaf, time_ms, year, body, subject"
_ADD = f"""
insert into ledger_entry (client, {_ENTRY})
values (:client, :idx, :entry, :leaf, :time_ms, :year, :body, :subject)
"""  # noqa: S608  # constants


class SqlEntryRows:
    """`ledger.port.EntryRows` on SQL."""

    def open_log(self, tx: Tx, row: LedgerRow) -> None:
        """Insert an empty log; Conflict when the client has one."""
        sql(tx).execute(
            f"insert into ledger ({_LOG}, taken_ms, taken_signed_ms) values (:client, :log,"  # noqa: S608  # constants
            " :origin, :public_key, 0, :size, :root, :checkpoint, :signed_ms, 0, 0)",
            {
                "client": row.client.raw,
                "log": row.log.raw,
                "origin": row.origin,
                "public_key": row.public_key,
                **_head_values(row.head),
            },
        )

    def log(self, tx: Tx, client: ClientId) -> LedgerRow:
        """Return the log of a client; NotFound when it has none."""
        rows = sql(tx).execute(
            f"select {_LOG} from ledger where client = :client",  # noqa: S608  # constants
            {"client": client.raw},
        )
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        return _log(rows[0])

    def clients(self, tx: Tx) -> Sequence[ClientId]:
        """Return all clients that have a log."""
        rows = sql(tx).execute("select client from ledger order by client")
        return [ClientId(row[0]) for row in rows]

    def take_index(self, tx: Tx, client: ClientId) -> tuple[int, str]:
        """Take the next index, without a gap, and return it with the origin of the log."""
        rows = sql(tx).execute(
            "update ledger set count = count + 1 where client = :client"
            " returning count - 1, origin",
            {"client": client.raw},
        )
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        return rows[0][0], rows[0][1]

    def add(self, tx: Tx, client: ClientId, row: EntryRow) -> None:
        """Insert an entry."""
        sql(tx).execute(
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
            "select leaf from ledger_entry where client = :client"
            " and idx >= :start and idx < :stop order by idx",
            {"client": client.raw, "start": start, "stop": stop},
        )
        if len(rows) != stop - start:
            raise errors.Damaged("errors_ledger.entry-missing")
        return [row[0] for row in rows]

    def time_of(self, tx: Tx, client: ClientId, index: int) -> int | None:
        """Return when the entry at an index was made; None when there is none."""
        rows = sql(tx).execute(
            "select time_ms from ledger_entry where client = :client and idx = :idx",
            {"client": client.raw, "idx": index},
        )
        return int(rows[0][0]) if rows else None

    def entries(self, tx: Tx, client: ClientId, start: int, stop: int) -> Iterator[EntryRow]:
        """Go through entries by index."""
        rows = sql(tx).stream(
            f"select {_ENTRY} from ledger_entry where client = :client"  # noqa: S608  # constants
            " and idx >= :start and idx < :stop order by idx",
            {"client": client.raw, "start": start, "stop": stop},
        )
        return map(_entry, rows)

    def sealed_in(self, tx: Tx, client: ClientId, start: int, stop: int) -> SealedEntry:
        """Count what there is to open between two indexes."""
        rows = sql(tx).execute(
            "select count(distinct year), count(subject), count(*) - count(body) from ledger_entry"
            " where client = :client and idx >= :start and idx < :stop",
            {"client": client.raw, "start": start, "stop": stop},
        )
        return SealedEntry(years=rows[0][0], subjects=rows[0][1], lost=rows[0][2])

    def find(self, tx: Tx, client: ClientId, entry: EntryId) -> EntryRow | None:
        """Return one entry by its id."""
        rows = sql(tx).execute(
            f"select {_ENTRY} from ledger_entry where client = :client and entry = :entry",  # noqa: S608  # constants
            {"client": client.raw, "entry": entry.raw},
        )
        return _entry(rows[0]) if rows else None

    def drop_subject(self, tx: Tx, client: ClientId, entry: EntryId) -> bool:
        """Remove a sealed subject; False when there was none."""
        changed = sql(tx).change(
            "update ledger_entry set subject = null"
            " where client = :client and entry = :entry and subject is not null",
            {"client": client.raw, "entry": entry.raw},
        )
        return changed == 1

    def move_head(self, tx: Tx, client: ClientId, old: LedgerHead, new: LedgerHead) -> bool:
        """Replace the head if it is still `old`; this is the log's compare-and-swap."""
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
        return [(row[0], row[1]) for row in rows]

    def head_taken(self, tx: Tx, client: ClientId) -> HeadTaken:
        """Return when the provider's log last took this client's head."""
        rows = sql(tx).execute(
            "select taken_ms, taken_signed_ms from ledger where client = :client",
            {"client": client.raw},
        )
        if not rows:
            raise errors.NotFound("errors_ledger.no-log")
        return HeadTaken(taken_ms=rows[0][0], signed_ms=rows[0][1])

    def set_head_taken(self, tx: Tx, client: ClientId, taken: HeadTaken) -> None:
        """Note that the provider's log takes it now."""
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


def _log(row: Row) -> LedgerRow:
    client, log, origin, public_key, count, size, root, note, signed_ms = row
    return LedgerRow(
        client=ClientId(client),
        log=LogId(log),
        origin=origin,
        public_key=public_key,
        count=count,
        head=LedgerHead(size=size, root=root, note=note, signed_ms=signed_ms),
    )


def _entry(row: Row) -> EntryRow:
    index, entry, leaf, time_ms, year, body, subject = row
    return EntryRow(
        index=index,
        entry=EntryId(entry),
        leaf=leaf,
        time_ms=time_ms,
        year=year,
        body=body,
        subject=subject,
    )
