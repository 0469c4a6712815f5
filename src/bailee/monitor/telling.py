"""Opens the bodies of a log, and of no subject: what the comparison of rows needs, no name.

A body that was lost in a recovery is passed over: the rows that it told of were lost with it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Protocol

from bailee import errors
from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.ledger.model import EntryRow, Shown, body_aad, unpack_body
from bailee.ledger.port import RowOpener
from bailee.work import Tx, Work

PAGE_ENTRIES = 1_000
"""Rows read in one snapshot, so that a long log does not hold the write-ahead log open."""


class Entries(Protocol):
    """The part of the ledger's rows that is read."""

    def entries(self, tx: Tx, client: ClientId, start: int, stop: int) -> Iterator[EntryRow]:
        """Go through entries by index."""


class LawKeys(Protocol):
    """The part of the keyring that opens bodies."""

    def law_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> RowOpener:
        """Return what opens bodies of that year, when the grant covers the ledger."""


class Teller:
    """Opens one log's bodies in order."""

    def __init__(self, *, work: Work, rows: Entries, keys: LawKeys) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys

    def __call__(self, grant: Grant) -> Iterator[Shown]:
        """Open them all, page by page."""
        laws: dict[int, RowOpener] = {}
        start, found = 0, True
        while found:
            page = partial(self._page, grant=grant, laws=laws, start=start)
            shown, found = self._work.read(page)
            yield from shown
            start += PAGE_ENTRIES

    def _page(
        self, tx: Tx, *, grant: Grant, laws: dict[int, RowOpener], start: int
    ) -> tuple[list[Shown], bool]:
        rows = list(self._rows.entries(tx, grant.client, start, start + PAGE_ENTRIES))
        shown = [self._open(tx, grant, laws, row) for row in rows]
        return [entry for entry in shown if entry is not None], bool(rows)

    def _open(
        self, tx: Tx, grant: Grant, laws: dict[int, RowOpener], row: EntryRow
    ) -> Shown | None:
        if row.body is None:
            return None
        if row.year not in laws:
            laws[row.year] = self._keys.law_opener(tx, grant.client, row.year, grant)
        packed = laws[row.year].open_row(body_aad(grant.client, row.entry), row.body)
        try:
            return Shown(index=row.index, opening=unpack_body(row.entry, packed))
        except ValueError:
            raise errors.Damaged("errors_monitor.entry-damaged") from None
