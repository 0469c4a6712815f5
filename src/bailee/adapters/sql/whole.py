"""Whole: compares rows with their digests before an answer says that something is not there.

A row that was deleted, exchanged or put back leaves a sum that does not fit, and then there is no
answer but `Damaged`: it cannot be told.  spec/sets.md
"""

# statements are put together from declared names alone; values are parameters

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from bailee import errors
from bailee.adapters.sql.engine import Row, SqlTx, sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.reading import ReadingOne
from bailee.adapters.sql.schema.sets import row_head, row_set
from bailee.adapters.sql.sets import (
    Form,
    Place,
    Sums,
    added,
    cells_of,
    forms,
    sum_at,
    sums_in,
)
from bailee.adapters.sql.table import Table, quoted
from bailee.ids import ClientId, LedgerId
from bailee.keyring.sets import CELLS, SetKeys
from bailee.work import Tx

_LOG = "select log from ledger where client = :client"
_LOGS = "select client from ledger order by client"
_CLIENTS = "select client from row_set union select client from row_head"
_PUT = """
insert into row_head (client, revision, total) values (:client, :revision, :total)
on conflict (client) do update set revision = :revision, total = :total
"""
_AT_ONCE: Final = 20_000
"""Rows held at once while all are read: bounds memory, whatever the database's size."""


class _SetRow(NamedTuple):
    """The sums of one set."""

    client: ClientId
    name: str
    sums: bytes


class _HeadRow(NamedTuple):
    """The sum over all sets of a client, at one revision."""

    client: ClientId
    revision: int
    total: bytes


_SETS: Final = Mapped(row_set, _SetRow, damaged="errors_sql.set-damaged")
_HEADS: Final = Mapped(row_head, _HeadRow, damaged="errors_sql.set-damaged")
_CLIENT: Final = ReadingOne(ClientId)
_LOG_ID: Final = ReadingOne(LedgerId)


def require(tx: Tx, client: ClientId | None, *whole: Table) -> None:
    """Return if the rows that a client has in these tables are all there; None is the provider.

    Damaged when one is missing or another.  It reads all of them.
    """
    held = _looked(sql(tx), client or _keys(sql(tx)).provider)
    for table in whole:
        form = forms()[table.name]
        held.require(form.name(), held.read(form), range(cells_of(table.name)))


def require_cells(
    tx: Tx, table: Table, client: ClientId | None, by: tuple[int, ...], parts: Iterable[bytes]
) -> None:
    """Return if rows are all there in the cells in which these would be; Damaged as `require`."""
    firsts = sorted({part[0] for part in parts})
    if not firsts:
        return
    held = _looked(sql(tx), client or _keys(sql(tx)).provider)
    form = forms()[table.name]
    found: Sums = {}
    for first in firsts:
        held.read(form, by, first, into=found)
    held.require(form.name(*by), found, firsts)


def require_each(tx: Tx, client: ClientId, wanted: Iterable[tuple[Table, bytes | None]]) -> None:
    """Return if rows of these tables are all there, in the cell of a part where one is named.

    As `require` and `require_cells`, with one look at the client's digests for all of them.
    """
    held = _looked(sql(tx), client)
    # Once each: of many parts asked for, several share a cell.
    asked = dict.fromkeys((table.name, None if not part else part[0]) for table, part in wanted)
    for name, first in asked:
        form = forms()[name]
        cells = range(cells_of(name)) if first is None else (first,)
        held.require(form.name(), held.read(form, first=first), cells)


def differing(tx: Tx) -> Iterator[tuple[ClientId, str]]:
    """Yield (client, set) of every set whose rows are not those of its digest.

    The set `row_set` of a client stands for all its digests.  Reads every row that has one.
    """
    found = _all(sql(tx))
    clients = {ClientId(client) for client, _ in found}
    clients |= set(map(_CLIENT, sql(tx).execute(_CLIENTS)))
    for client in sorted(clients, key=lambda one: one.raw):
        held = _Held(sql(tx), client)
        try:
            held.require_head()
        except errors.Damaged:
            yield client, "row_set"
        for name in sorted(held.sets.keys() | {name for one, name in found if one == client.raw}):
            try:
                held.require(name, found, range(cells_of(name)))
            except errors.Damaged:
                yield client, name


def revision(tx: Tx, client: ClientId) -> int | None:
    """Return how often the sets of a client have changed, which custodians know as well.

    None where the head does not open at it: anybody may have written that number.
    """
    try:
        return _revision(tx, _HEADS.one(tx, client=client))
    except (errors.Damaged, errors.Sealed):
        return None


def revision_in(tx: Tx, row: Row) -> int | None:
    """Return what `revision` does, of a row of `row_head`, or of what a left join has for none."""
    try:
        return _revision(tx, _HEADS.read.joined(row))
    except (errors.Damaged, errors.Sealed):
        return None


def _revision(tx: Tx, head: _HeadRow | None) -> int:
    if head is None:
        return 0
    _keys(sql(tx)).open_head(head.client.raw, head.revision, head.total)
    return head.revision


def raise_revisions(tx: Tx, least: int) -> None:
    """Count on from a number, for every client with a ledger: for a restore.

    A head that does not open stays as it is.
    """
    one = sql(tx)
    for client in map(_CLIENT, one.execute(_LOGS)):
        known = revision(tx, client)
        if known is not None and known < least:
            head = _HEADS.one(tx, client=client)
            total = 0 if head is None else _keys(one).open_head(client.raw, *head[1:])
            _put_head(one, client, least, total)


def digest_anew(tx: Tx) -> None:
    """Digest all rows as they are: for an upgrade, which records that it did."""
    one = sql(tx)
    one.change("delete from row_set")
    for head in _HEADS.all(tx):
        _put_head(one, head.client, head.revision, 0)
    one.add_sums(_all(one))


def _put_head(tx: SqlTx, client: ClientId, number: int, total: int) -> None:
    sealed = _keys(tx).seal_head(client.raw, number, total)
    tx.change(_PUT, {"client": client.raw, "revision": number, "total": sealed})


# --- comparing -------------------------------------------------------------------------------


class _Held:
    """What one client has: its sealed sets, and the rows that they are over."""

    def __init__(self, tx: SqlTx, client: ClientId) -> None:
        self._tx = tx
        self._keys = _keys(tx)
        self._head = _HEADS.one(tx, client=client)
        self.client = client.raw
        self.sets: Mapping[str, bytes] = {
            row.name: row.sums for row in _SETS.all(tx, client=client)
        }
        """By name."""
        # Opened once, for several cells of one are compared; they are of the one look at the rows.
        self._sums: dict[str, bytes] = {}

    def require_head(self) -> None:
        """Return if these are the client's sets of its newest revision; else Damaged."""
        total = 0
        for name, sealed in self.sets.items():
            total ^= self._keys.digest_of_set(self.client, name, sealed)
        head = self._head
        log = next(map(_LOG_ID, self._tx.execute(_LOG, {"client": self.client})), None)
        known = 0 if log is None else self._tx.revisions().get(log.raw, 0)
        if known > (0 if head is None else head.revision):
            # They may fit each other all the same: whoever put them back took the digests along.
            raise errors.Damaged("errors_ledger.older-rows")
        signed = 0 if head is None else self._keys.open_head(self.client, *head[1:])
        if total != signed:
            raise errors.Damaged("errors_sql.set-damaged")

    def read(
        self,
        form: Form,
        by: tuple[int, ...] = (),
        first: int | None = None,
        into: Sums | None = None,
    ) -> Sums:
        """Return the sums of the client's rows of a table, or of one cell of a set of them."""
        asked = _select(form, self.client, by, first)
        return added({} if into is None else into, self._keys, form, self._tx.execute(*asked))

    def require(self, name: str, found: Sums, cells: Iterable[int]) -> None:
        """Return if sums of rows are those of the digest; else Damaged."""
        place: Place = (self.client, name)
        sums = self._sums.get(name)
        if sums is None:
            sums = self._sums[name] = sums_in(self._keys, place, self.sets.get(name))
        # What this transaction has changed stands in no digest yet.
        pending, rows = self._tx.pending().get(place, {}), found.get(place, {})
        if any(rows.get(at, 0) != sum_at(sums, at) ^ pending.get(at, 0) for at in cells):
            raise errors.Damaged("errors_sql.rows-differ", table=name.partition("/")[0])


def _looked(tx: SqlTx, client: ClientId) -> _Held:
    """Return what a client has, its head compared."""
    # Once for all that one reader asks of it: its snapshot stays as it is, while what writes may
    # have changed a set since.
    if isinstance(tx.look, _Held) and tx.look.client == client.raw:
        return tx.look
    held = _Held(tx, client)
    held.require_head()
    if not tx.writes:
        tx.look = held
    return held


def _keys(tx: SqlTx) -> SetKeys:
    if tx.sets.keys is None:
        raise errors.Sealed("errors_keyring.not-loaded")
    return tx.sets.keys


def _select(
    form: Form, owner: bytes, by: tuple[int, ...], first: int | None
) -> tuple[str, Mapping[str, object]]:
    """Give the statement that reads a set of a client, or one cell of it."""
    values: dict[str, object] = {"owner": owner}
    asked = [] if form.owner is None else [f"{quoted(form.names[form.owner])} = :owner"]
    for name, number in zip(form.names[form.part][len(asked) :], by, strict=False):
        values[name] = number
        asked.append(f"{quoted(name)} = :{name}")
    if first is not None and form.cell is not None:
        cell = quoted(form.names[form.cell])
        values["first"] = bytes([first])
        asked.append(f"{cell} >= :first")
        if first + 1 < CELLS:
            values["after"] = bytes([first + 1])
            asked.append(f"{cell} < :after")
    return form.select + (f" where {' and '.join(asked)}" if asked else ""), values


def _all(tx: SqlTx) -> Sums:
    """Return the sums of all rows there are."""
    sums: Sums = {}
    for form in forms().values():
        rows = tx.stream(form.select)
        while some := list(islice(rows, _AT_ONCE)):
            added(sums, _keys(tx), form, some)
    return sums
