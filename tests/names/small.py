"""Shards so small that a few names cut them, and what a test needs to look into them."""

from collections.abc import Sequence

import pytest
from tests.check.held import client_of

from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.names import service, shard
from bailee.objects.naming import ObjectNaming
from bailee.run.wiring.app import App
from bailee.work import Tx

MERGED_AT = 2
SHARD_NAMES = 3


def shrink(
    patch: pytest.MonkeyPatch, *, merged_at: int = MERGED_AT, shard_names: int = SHARD_NAMES
) -> None:
    """Have two names merged and four cut a shard."""
    patch.setattr(service, "MERGED_AT", merged_at)
    patch.setattr(shard, "SHARD_NAMES", shard_names)


def naming_of(house: App) -> ObjectNaming:
    parts = house.parts
    return ObjectNaming(
        work=parts.work, rows=SqlObjectRows(), keys=parts.keyring, monitor=parts.monitor
    )


def scatter(house: App, label: str) -> None:
    """Leave every object of a client unplaced, as in a home of before."""
    naming, client = naming_of(house), client_of(house, label)

    def give_up(tx: Tx) -> Sequence[Pending]:
        return naming.scatter(tx, client)

    for pending in house.parts.work.run(client, give_up):
        house.parts.keyring.announce(pending)


def counts(house: App, client: ClientId) -> tuple[int, int, int]:
    """Count shards, what waits and what is unplaced."""
    rows = SqlObjectRows().names
    return house.parts.work.read(
        lambda tx: (
            rows.shard_count(tx, client, "object"),
            len(rows.waiting(tx, client, "object")),
            len(rows.unplaced(tx, client, "object", 1 << 20)),
        )
    )
