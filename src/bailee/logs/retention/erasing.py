"""One value is erased: the act of a person's rights over what logs hold of them.

Its vault rows go, in every month that lives and under every kind and spelling; lines, roots and the
values of others stay as they are, and what was bound in the ledger can be rebuilt without it.

The ledger tells who erased when, for what purpose and reason, and how much: never whose value it
was.  An entry that named it would be the one place where it lived on; a keyed hash of it would be
opened by guessing.  So a refused or interrupted attempt leaves nothing of it behind either.
docs/decisions/0009
"""

from collections import Counter
from collections.abc import Mapping
from typing import final

from bailee.act import Denial, Principal
from bailee.grant import Grant
from bailee.keyring.model import Pending
from bailee.logs.acts import EraseLog, LogErased
from bailee.logs.model import why
from bailee.logs.port import ClientFinder, Door, Finality, Forgetting, LogKeys
from bailee.logs.search.about import about
from bailee.monitor.attempt import recording_outcome
from bailee.vault.model import HeldValue, Sought
from bailee.work import Tx, Work


@final
class Erasing:
    """The act of erasing one value."""

    def __init__(
        self,
        *,
        work: Work,
        keys: LogKeys,
        vault: Forgetting,
        monitor: Door,
        find_client: ClientFinder,
        finality: Finality,
    ) -> None:
        self._work = work
        self._keys = keys
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._finality = finality

    def erase(self, who: Principal, request: EraseLog) -> LogErased | Denial:
        """Erase what is held of one value; final at the turn, and nothing the second time."""
        sought = about(request.about)
        subject = why(request.reason)
        client = self._find_client(who, request.client)
        grant = self._monitor.admit(
            who,
            act=request.act,
            client=client,
            purpose=request.purpose,
            scopes=(),
            count=0,
            body={},
            subject=subject,
            wait=True,
        )
        if isinstance(grant, Denial):
            return grant
        with recording_outcome(self._work, self._monitor, grant):
            held, pending = self._work.run(client, lambda tx: self._forget(tx, grant, sought))
        # A crash before this is made good at the next start: the ids stand in the rows.
        self._keys.announce(pending)
        return LogErased(
            kinds=_kinds(held),
            months=tuple(sorted(held)),
            erasure=self._finality(pending.generation),
        )

    def _forget(
        self, tx: Tx, grant: Grant, sought: tuple[Sought, ...]
    ) -> tuple[Mapping[int, tuple[HeldValue, ...]], Pending]:
        held = self._vault.find(tx, grant.client, sought)
        pending = self._vault.erase(tx, grant.client, sought)
        said = {f"kind.{kind}": str(count) for kind, count in _kinds(held).items()}
        facts = {"months": str(len(held)), "values": str(len(pending.key_ids)), **said}
        self._monitor.outcome(tx, grant, "done", facts)
        return held, pending


def _kinds(held: Mapping[int, tuple[HeldValue, ...]]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for some in held.values():
        for one in some:
            found[one.kind.name.lower()] += len(one.tokens)
    return dict(sorted(found.items()))
