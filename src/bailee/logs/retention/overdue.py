"""Overdue: which clients have months of custody beyond their horizon, whose keys still live."""

from collections.abc import Sequence

from bailee.clock import Times
from bailee.ids import ClientId
from bailee.keyring.model import NAMES, TEXT
from bailee.keyring.port import LivingEpochs
from bailee.keys.schedule import believed_ms
from bailee.logs.state import Target, life
from bailee.logs.steps import Life
from bailee.vault.epoch import Horizons
from bailee.work import Tx, Work


def overdue(
    work: Work,
    keys: LivingEpochs,
    clients: Sequence[ClientId],
    times: Times,
    horizons: Horizons | None = None,
) -> Sequence[ClientId]:
    """Return those clients; by a clock that is ahead of what is known, nothing is overdue."""
    until_ms, kept = believed_ms(times), horizons or Horizons()

    def is_overdue(tx: Tx, client: ClientId) -> bool:
        return any(
            life(one, part, due=Target(epoch=one.epoch, part=part).due_ms(kept) <= until_ms)
            is Life.DUE
            for one in keys.epochs(tx, client)
            for part in (NAMES, TEXT)
        )

    return work.read(lambda tx: [client for client in clients if is_overdue(tx, client)])
