"""Marks: how far each source was taken in, in rows of the batches' own transactions.

A mark tells that lines are there, so that a false one would lose them: who writes the database
could raise one.  A row whose MAC does not verify counts as none, and the lines are stored once
more.  One that was put back is lower, for a mark never goes back, and does the same.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Protocol, final

from bailee.ids import ClientId, StreamId
from bailee.keyring.port import Macs
from bailee.logs.push.model import (
    MARK_DOMAIN,
    NAME_DOMAIN,
    PushMark,
    mark_message,
    name_message,
)
from bailee.work import Tx


class MarkRows(Protocol):
    """Mark rows: one for each source that was named."""

    def mark(self, tx: Tx, client: ClientId, source_key: bytes) -> PushMark | None:
        """Find the mark of a source."""

    def put_mark(self, tx: Tx, row: PushMark) -> None:
        """Insert a mark, or replace the one of its source."""


@final
class Marks:
    """Marks: those of one stream."""

    def __init__(self, rows: MarkRows, keys: Macs, client: ClientId, stream: StreamId) -> None:
        self._rows = rows
        self._keys = keys
        self._client = client
        self._stream = stream

    def read(self, tx: Tx, names: set[str]) -> Mapping[str, int]:
        """Read how far each source was taken in; 0 of one that is not known."""
        return {name: self._read(tx, self._key(name)) for name in names}

    def raise_to(self, tx: Tx, name: str, position: int) -> None:
        """Raise a mark; one that is higher stays."""
        key = self._key(name)
        if self._read(tx, key) < position:
            mac = self._mac(key, position)
            row = PushMark(client=self._client, source_key=key, position=position, mac=mac)
            self._rows.put_mark(tx, row)

    def _read(self, tx: Tx, key: bytes) -> int:
        row = self._rows.mark(tx, self._client, key)
        if row is None or not compare_digest(row.mac, self._mac(key, row.position)):
            return 0
        return row.position

    def _key(self, name: str) -> bytes:
        return self._keys.mac(NAME_DOMAIN, name_message(self._client, self._stream, name))

    def _mac(self, key: bytes, position: int) -> bytes:
        return self._keys.mac(MARK_DOMAIN, mark_message(self._client, key, position))
