"""Sets: keeps a keyed digest of the rows of each table that has one.

Triggers of the writing connection note each row before and after a change, whatever statement made
it, so that no statement can forget to.  They are of that connection alone and not in the file:
whoever writes the file with another program leaves digests behind that no longer fit.  What was
noted is added to the digests before the commit, once for all acts that share it.

A digest that was damaged stays as it is: made anew, it would vouch for rows that nobody compared.
`whole` compares.  spec/sets.md
"""

# ruff: noqa: S608  # statements are put together from declared names alone; values are parameters

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import NoneType
from typing import Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from bailee import errors
from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Digested, Table, quoted
from bailee.ids import ID_BYTES, ClientId
from bailee.keyring.sets import CELLS, SUM_BYTES, SetKeys, Value

Row = Sequence[Value]
Place = tuple[bytes, str]
"""A set: its client, and its name."""
Sums = dict[Place, dict[int, int]]
"""Sums by set and cell; a set without cells has one, 0."""

_NUMBER_BYTES: Final = 8
"""As wide as numpy makes a number, and as a database holds one."""
_SET = "select sums from row_set where client = :client and name = :name"
_PUT_SET = """
insert into row_set (client, name, sums) values (:client, :name, :sums)
on conflict (client, name) do update set sums = :sums
"""
_DROP_SET = "delete from row_set where client = :client and name = :name"
_HEAD = "select revision, total from row_head where client = :client"
_PUT_HEAD = """
insert into row_head (client, revision, total) values (:client, :revision, :total)
on conflict (client) do update set revision = :revision, total = :total
"""
_TRIGGERS: Final = (("insert", ("new",)), ("update", ("old", "new")), ("delete", ("old",)))


class Form(NamedTuple):
    """Which columns of a table are noted, and where the ones with a meaning stand among them."""

    table: str
    names: tuple[str, ...]
    owner: int | None
    part: slice
    """The columns that tell of which set a row is: the owner, and numbers that cut."""
    cell: int | None
    widths: Mapping[int, int]
    """Bytes by column, of a table whose rows are digested as blocks."""

    @property
    def select(self) -> str:
        """Give the statement that reads what is noted of all rows."""
        return f"select {', '.join(map(quoted, self.names))} from {self.table}"

    def place(self, part: Row, provider: bytes) -> Place:
        """Return the set of rows in which `part` is these columns."""
        owner, by = (provider, part) if self.owner is None else (part[0], part[1:])
        if not isinstance(owner, bytes) or len(owner) != ID_BYTES:
            raise errors.Damaged("errors_sql.damaged")
        return owner, self.name(*by)

    def name(self, *by: Value) -> str:
        """Name one of the sets that the table is cut into."""
        return "/".join((self.table, *map(str, by)))


@cache
# Made once: it follows from declarations, which do not change while a program runs.
def forms() -> Mapping[str, Form]:
    """Return the form of each table that has sets, by name."""
    return {
        table.name: _form(table, table.set) for table in tables() if isinstance(table.set, Digested)
    }


def _form(table: Table, cut: Digested) -> Form:
    assert cut.widths or not cut.by, "only what is digested as blocks is cut by numbers"
    owner = (cut.owner,) if cut.owner else ()
    all_names = tuple(one.name for one in table.columns if one.name not in cut.marks)
    names = (*owner, *cut.by, *cut.widths) if cut.widths else all_names
    start = names.index(cut.owner) if owner else 0
    return Form(
        table=table.name,
        names=names,
        owner=start if owner else None,
        part=slice(start, start + len(owner) + len(cut.by)),
        cell=names.index(cut.cell) if cut.cell else None,
        widths={names.index(name): width for name, width in cut.widths.items()},
    )


# --- sums ------------------------------------------------------------------------------------


def added(into: Sums, keys: SetKeys, form: Form, rows: Iterable[Row]) -> Sums:
    """Add rows to sums, or take them out of them, which is the same."""
    parted: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in rows:
        parted[row[form.part]].append(row)
    for part, some in parted.items():
        cells = into.setdefault(form.place(part, keys.provider.raw), {})
        if form.widths:
            _add_blocks(cells, keys, form, some)
            continue
        for row in some:
            value = b"" if form.cell is None else row[form.cell]
            first = value[0] if isinstance(value, bytes) and value else 0
            cells[first] = cells.get(first, 0) ^ keys.row(form.table, row)
    return into


def _add_blocks(cells: dict[int, int], keys: SetKeys, form: Form, rows: Sequence[Row]) -> None:
    """Add rows of one set and one width, thousands at a time, column by column in C."""
    used = sum(form.widths.values())
    packed = np.zeros((len(rows), used + -used % SUM_BYTES), np.uint8)
    start, firsts = 0, packed[:, 0]
    for at, width in form.widths.items():
        stop = start + width
        packed[:, start:stop] = _wide([row[at] for row in rows], width)
        if at == form.cell:
            firsts = packed[:, start]
        start = stop
    digests = keys.blocks(form.table, packed)
    order = firsts.argsort(kind="stable")
    starts = np.flatnonzero(np.diff(firsts[order].astype(np.int64), prepend=-1))
    sums = np.bitwise_xor.reduceat(digests[order], starts, axis=0)
    for first, total in zip(firsts[order][starts].tolist(), sums, strict=True):
        cells[first] = cells.get(first, 0) ^ int.from_bytes(total.tobytes(), "big")


def _wide(values: Sequence[Value], width: int) -> NDArray[np.uint8]:
    """Give a column as bytes of its width; NULL is 0, which no number here is."""
    kinds = set(map(type, values))
    if kinds == {bytes}:
        joined_up = b"".join(cast("Sequence[bytes]", values))
        if set(map(len, cast("Sequence[bytes]", values))) != {width}:
            raise errors.Damaged("errors_sql.damaged")
        return np.frombuffer(joined_up, np.uint8).reshape(-1, width)
    # A column too wide for a number holds bytes in each row: one that is absent there is damage.
    if width > _NUMBER_BYTES or not kinds <= {int, NoneType}:
        raise errors.Damaged("errors_sql.damaged")
    numbers = [value or 0 for value in cast("Sequence[int | None]", values)]
    if not all(0 <= one < 1 << 8 * width for one in numbers):
        raise errors.Damaged("errors_sql.damaged")
    whole = np.array(numbers, ">u8").view(np.uint8).reshape(-1, _NUMBER_BYTES)
    return whole[:, _NUMBER_BYTES - width :]


def joined(into: Sums, more: Sums) -> Sums:
    """Add sums to sums."""
    for place, cells in more.items():
        held = into.setdefault(place, {})
        for cell, total in cells.items():
            held[cell] = held.get(cell, 0) ^ total
    return into


def cells_of(name: str) -> int:
    """Return into how many cells a set is cut."""
    form = forms().get(name.partition("/")[0])
    return CELLS if form is not None and form.cell is not None else 1


def sums_in(keys: SetKeys, place: Place, sealed: bytes | None) -> bytes:
    """Open the sums of a set, cell after cell; all are zero where there is none."""
    size = cells_of(place[1]) * SUM_BYTES
    if sealed is None:
        return bytes(size)
    plain = keys.open_set(*place, sealed)
    if len(plain) != size:
        raise errors.Damaged("errors_sql.set-damaged")
    return plain


def sum_at(sums: bytes | bytearray, cell: int) -> int:
    """Return the sum of one cell."""
    return int.from_bytes(sums[cell * SUM_BYTES : (cell + 1) * SUM_BYTES], "big")


# --- keeping ---------------------------------------------------------------------------------


class Sets:
    """The sets of one database: their keys, and what the writer has noted and not yet added."""

    def __init__(self) -> None:
        # None until a keyring was loaded from these rows, or founded in them.
        self.keys: SetKeys | None = None
        # Of the writer alone, which one thread leads at a time: by table, rows of the act that is
        # run; and sums of those that were run before it in the same commit.
        self._noted: defaultdict[str, list[Row]] = defaultdict(list)
        self._batch: Sums = {}

    def install(self, connection: sqlite3.Connection) -> None:
        """Have a connection note each row of a table with sets that it changes."""
        there = {name for (name,) in connection.execute("select name from main.sqlite_master")}
        for form in forms().values():
            if form.table not in there:
                continue  # a damaged schema, which check names
            connection.create_function(
                f"note_{form.table}", len(form.names), self._note(form.table)
            )
            for moment, sides in _TRIGGERS:
                connection.execute(_trigger(form, moment, sides))

    def _note(self, table: str) -> Callable[..., None]:
        noted = self._noted

        def note(*row: Value) -> None:
            noted[table].append(row)

        return note

    def settle(self) -> Sums:
        """Take what the act that was just run noted; return the sums before it, for `undo`."""
        before, self._batch = self._batch, self.pending()
        self._noted.clear()
        return before

    def undo(self, before: Sums) -> None:
        """Drop what an act noted that was undone."""
        self._noted.clear()
        self._batch = before

    def pending(self) -> Sums:
        """Return what is noted and stands in no digest yet."""
        sums = joined({}, self._batch)
        if self.keys is not None:
            for table, rows in self._noted.items():
                added(sums, self.keys, forms()[table], rows)
        return sums

    def changed(self) -> set[ClientId]:
        """Return whose sets acts of this commit have changed until now."""
        found = {client for (client, _), cells in self._batch.items() if any(cells.values())}
        return set(map(ClientId, found))

    def write(self, connection: sqlite3.Connection) -> set[ClientId]:
        """Add what acts noted to the digests, in the transaction of the rows that it is of.

        Return whose sets have another revision by it.
        """
        batch, self._batch = self._batch, {}
        # Without a key there is no digest, and comparing it fails: nobody is misled.
        return set() if self.keys is None else put(connection, self.keys, batch)


def put(connection: sqlite3.Connection, keys: SetKeys, sums: Sums) -> set[ClientId]:
    """Add sums to the digests; return whose sets have another revision by it."""
    moved: set[ClientId] = set()
    for client in dict.fromkeys(client for client, _ in sums):
        total = 0
        for place, cells in sums.items():
            if place[0] == client:
                total ^= _changed(connection, keys, place, cells)
        if total and _move_head(connection, keys, client, total):
            moved.add(ClientId(client))
    return moved


def _trigger(form: Form, moment: str, sides: tuple[str, ...]) -> str:
    columns = ", ".join(map(quoted, form.names))
    calls = " ".join(
        f"select note_{form.table}({', '.join(f'{side}.{quoted(name)}' for name in form.names)});"
        for side in sides
    )
    of = f" of {columns}" if moment == "update" else ""
    name = f"temp.note_{form.table}_{moment}"
    return f"create trigger {name} after {moment}{of} on main.{form.table} begin {calls} end"


def _changed(
    connection: sqlite3.Connection, keys: SetKeys, place: Place, cells: Mapping[int, int]
) -> int:
    """Add to the sums of one set; return by what this changes the sum over all sets."""
    if not any(cells.values()):
        return 0
    where = {"client": place[0], "name": place[1]}
    found = connection.execute(_SET, where).fetchone()
    try:
        sums = bytearray(sums_in(keys, place, found[0] if found else None))
    except errors.Damaged:
        return 0
    for cell, total in cells.items():
        start = cell * SUM_BYTES
        new = sum_at(sums, cell) ^ total
        sums[start : start + SUM_BYTES] = new.to_bytes(SUM_BYTES, "big")
    was = keys.digest_of_set(*place, found[0]) if found else 0
    if not any(sums):  # nothing is left: a set that is not there is empty
        connection.execute(_DROP_SET, where)
        return was
    sealed = keys.seal_set(*place, bytes(sums))
    connection.execute(_PUT_SET, {**where, "sums": sealed})
    return was ^ keys.digest_of_set(*place, sealed)


def _move_head(connection: sqlite3.Connection, keys: SetKeys, client: bytes, change: int) -> bool:
    found = connection.execute(_HEAD, {"client": client}).fetchone()
    revision, total = 0, 0
    if found:
        revision = found[0]
        try:
            total = keys.open_head(client, *found)
        except errors.Damaged:
            return False
    values = {
        "client": client,
        "revision": revision + 1,
        "total": keys.seal_head(client, revision + 1, total ^ change),
    }
    connection.execute(_PUT_HEAD, values)
    return True
