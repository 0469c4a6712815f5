"""Ports of names."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.keyring.port import Deleting, Macs, Opening, Sealing
from bailee.names.model import ShardRow, UnplacedRow, WaitingRow
from bailee.work import Tx


class NameRows(Protocol):
    """Name rows: the rows of shards, of what waits and of what is unplaced."""

    def shard_at(self, tx: Tx, client: ClientId, noun: str, place: bytes) -> ShardRow | None:
        """Return the last shard that does not begin after a place."""

    def shards(self, tx: Tx, client: ClientId, noun: str) -> Iterator[ShardRow]:
        """Yield the shards of a client, by where they begin."""

    def shard_count(self, tx: Tx, client: ClientId, noun: str) -> int:
        """Count them."""

    def put_shard(self, tx: Tx, row: ShardRow) -> None:
        """Insert a shard, or replace the one that begins there."""

    def drop(self, tx: Tx, client: ClientId, noun: str) -> None:
        """Delete all that a client has: shards, what waits and what is unplaced."""

    def waiting(
        self, tx: Tx, client: ClientId, noun: str, start: bytes | None = None
    ) -> Sequence[WaitingRow]:
        """Return what waits for the shard that begins there, or for any."""

    def put_waiting(self, tx: Tx, row: WaitingRow) -> None:
        """Insert what waits, or replace the version of it that did."""

    def drop_waiting(
        self,
        tx: Tx,
        client: ClientId,
        noun: str,
        ident: bytes,
        start: bytes | None = None,
    ) -> None:
        """Delete what waits of a thing, for one shard where that is named."""

    def merged(self, tx: Tx, row: WaitingRow) -> None:
        """Delete what waited, once a shard holds it."""

    def unplaced(self, tx: Tx, client: ClientId, noun: str, limit: int) -> Sequence[UnplacedRow]:
        """Return up to so many of the things that are in no shard and wait for none."""

    def add_unplaced(self, tx: Tx, row: UnplacedRow) -> None:
        """Insert one, unless it is there."""

    def place(self, tx: Tx, row: UnplacedRow) -> bool:
        """Delete one; tell whether it was there."""

    def require_at(self, tx: Tx, client: ClientId, start: bytes) -> None:
        """Return if no shard and nothing that waits is missing there; else Damaged."""

    def require_placed(self, tx: Tx, client: ClientId) -> None:
        """Return if nothing is missing of what is unplaced; else Damaged."""

    def require_whole(self, tx: Tx, client: ClientId) -> None:
        """Return if no shard and nothing that waits of a client is missing; else Damaged."""


class NameKeys(Macs, Sealing, Opening, Deleting, Protocol):
    """Name keys: the part of the keyring that names use."""


class Labels(Protocol):
    """Labels: opens what a thing is called, as its noun keeps it; NotFound when it is gone."""

    def __call__(self, tx: Tx, grant: Grant, client: ClientId, ident: bytes, version: int) -> str:
        """Open the label of one version of a thing."""
