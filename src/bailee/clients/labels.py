"""Labels: finds clients by their labels, without saying which exist.

Every act on what belongs to a client starts here; the acts on clients themselves are in `service`.
"""

from typing import Final

from bailee import errors
from bailee.act import Principal
from bailee.clients.model import check_label, label_key, read_id
from bailee.clients.port import ClientRows
from bailee.ids import ID_BYTES, ClientId
from bailee.keyring.port import Macs
from bailee.monitor.register import Register
from bailee.work import Work

_NONE: Final = ClientId(bytes(ID_BYTES))


class ClientLabels:
    """Client labels: finds a client by its label, as far as who asks may know of it."""

    def __init__(self, *, work: Work, rows: ClientRows, macs: Macs, register: Register) -> None:
        self._work = work
        self._rows = rows
        self._macs = macs
        self._register = register

    def find(self, who: Principal, label: str) -> ClientId:
        """Find a client by its label or id; NotFound when there is none, or it is not theirs.

        A stranger is given the provider, whatever the label: the monitor refuses them there, and
        they learn nothing of which labels exist (spec/invariants.md I6).
        """
        provider = self._register.provider
        key, client = label_key(self._macs, check_label(label)), read_id(label)
        # Both looked up for everyone, known or not, so that no answer comes sooner than another.
        standing, row = self._work.read(
            lambda tx: (
                self._register.standing(tx, who),
                self._rows.by_label(tx, key) if client is None else self._rows.get(tx, client),
            )
        )
        if standing.actor is None:
            return provider
        # Asked of one that there is not too, so that as much is done for it.
        found = _NONE if row is None else row.id
        at_home, reaches = standing.home in (provider, found), standing.reaches(found)
        if row is None or not (at_home and reaches):
            # For both, or the time that it takes would tell which labels exist.
            self._work.read(lambda tx: self._rows.require_whole(tx, key))
            raise errors.NotFound("errors_clients.not-found")
        return row.id
