"""Name rows: the rows of shards, of what waits for one, and of what nobody has placed yet."""

from collections.abc import Iterator, Sequence
from typing import Final

from bailee.adapters.sql.engine import sql
from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.names import name_shard, name_unplaced, name_waiting
from bailee.adapters.sql.whole import require_each
from bailee.ids import ClientId
from bailee.names.model import ShardRow, UnplacedRow, WaitingRow
from bailee.work import Tx

SHARDS: Final = Mapped(name_shard, ShardRow)
WAITING: Final = Mapped(name_waiting, WaitingRow)
UNPLACED: Final = Mapped(name_unplaced, UnplacedRow)

_AT = """
where client = :client and start <= :place and noun = :noun order by start desc limit 1
"""
_COUNT = "select count(*) from name_shard where client = :client and noun = :noun"
_SOME = "where client = :client and noun = :noun order by id limit :limit"


class SqlNameRows:
    """SQL name rows; implements `names.port.NameRows`."""

    # --- shards ----------------------------------------------------------------------------

    def shard_at(self, tx: Tx, client: ClientId, noun: str, place: bytes) -> ShardRow | None:
        """Return the last shard that does not begin after a place."""
        found = SHARDS.found(tx, _AT, client=client, noun=noun, place=place)
        return found[0] if found else None

    def shards(self, tx: Tx, client: ClientId, noun: str) -> Iterator[ShardRow]:
        """Yield the shards of a client, by where they begin."""
        return SHARDS.each(tx, client=client, noun=noun)

    def shard_count(self, tx: Tx, client: ClientId, noun: str) -> int:
        """Count them."""
        rows = sql(tx).execute(_COUNT, {"client": client.raw, "noun": noun})
        return int(rows[0][0])

    def put_shard(self, tx: Tx, row: ShardRow) -> None:
        """Insert a shard, or replace the one that begins there."""
        SHARDS.put(tx, row)

    def drop(self, tx: Tx, client: ClientId, noun: str) -> None:
        """Delete all that a client has: shards, what waits and what is unplaced."""
        for rows in (SHARDS, WAITING, UNPLACED):
            rows.drop(tx, client=client, noun=noun)

    # --- what waits ------------------------------------------------------------------------

    def waiting(
        self, tx: Tx, client: ClientId, noun: str, start: bytes | None = None
    ) -> Sequence[WaitingRow]:
        """Return what waits for the shard that begins there, or for any."""
        where = {} if start is None else {"start": start}
        return WAITING.all(tx, client=client, noun=noun, **where)

    def put_waiting(self, tx: Tx, row: WaitingRow) -> None:
        """Insert what waits, or replace the version of it that did."""
        WAITING.put(tx, row)

    def drop_waiting(
        self,
        tx: Tx,
        client: ClientId,
        noun: str,
        ident: bytes,
        start: bytes | None = None,
    ) -> None:
        """Delete what waits of a thing, for one shard where that is named."""
        where = {} if start is None else {"start": start}
        WAITING.drop(tx, client=client, noun=noun, id=ident, **where)

    def merged(self, tx: Tx, row: WaitingRow) -> None:
        """Delete what waited, once a shard holds it."""
        WAITING.drop(tx, client=row.client, start=row.start, noun=row.noun, id=row.id)

    # --- what is unplaced ------------------------------------------------------------------

    def unplaced(self, tx: Tx, client: ClientId, noun: str, limit: int) -> Sequence[UnplacedRow]:
        """Return up to so many of the things that are in no shard and wait for none, by id."""
        return UNPLACED.found(tx, _SOME, client=client, noun=noun, limit=limit)

    def add_unplaced(self, tx: Tx, row: UnplacedRow) -> None:
        """Insert one, unless it is there."""
        UNPLACED.add_once(tx, row)

    def place(self, tx: Tx, row: UnplacedRow) -> bool:
        """Delete one; tell whether it was there."""
        return UNPLACED.drop(tx, client=row.client, noun=row.noun, id=row.id) == 1

    # --- whether they are all there --------------------------------------------------------

    def require_at(self, tx: Tx, client: ClientId, start: bytes) -> None:
        """Return if no shard and nothing that waits is missing there; else Damaged."""
        require_each(tx, client, [(name_shard, start), (name_waiting, start)])

    def require_placed(self, tx: Tx, client: ClientId) -> None:
        """Return if nothing is missing of what is unplaced; else Damaged."""
        require_each(tx, client, [(name_unplaced, None)])

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no shard and nothing that waits of a client is missing; else Damaged."""
        require_each(tx, client, [(name_shard, None), (name_waiting, None)])
