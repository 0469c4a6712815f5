"""Erasing: the act of erasing one value, a person's right over what logs hold of them.

Its vault rows go, in every month that lives and under every kind and spelling; lines, roots and the
values of others stay as they are, and what was bound in the ledger can be rebuilt without it.

The ledger records who erased when, for what purpose and reason, and how much: never whose value it
was.  An entry that named it would be the one place where it lived on; a keyed hash of it would be
opened by guessing.  So a refused or interrupted attempt leaves nothing of it behind either.
docs/decisions/0009
"""

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, final

from bailee.act import Principal
from bailee.keyring.model import Pending
from bailee.keyring.port import Deleting
from bailee.logs.acts import EraseLog, LogErased, LogErasedFacts
from bailee.logs.port import Finality
from bailee.logs.search.about import about, forms
from bailee.monitor.authorized import Authorized
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.vault.model import HeldValue, Sought
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


_Held = Mapping[int, tuple[HeldValue, ...]]
"""Values by month."""


@final
class Erasing:
    """Erasing: the act of erasing one value."""

    def __init__(
        self,
        *,
        work: Work,
        keys: Deleting,
        vault: "Vault",
        monitor: Monitor,
        find_client: ClientFinder,
        finality: Finality,
    ) -> None:
        self._work = work
        self._keys = keys
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._finality = finality

    def erase(self, who: Principal, request: EraseLog) -> LogErased:
        """Erase what is held of one value; final at the next turn, and nothing the second time.

        UsageError when the value can be no identifier; what was given is never repeated.
        """
        # Read before the act is recorded: what is no value leaves no trace of itself anywhere.
        sought = about(request.about)
        client = self._find_client(who, request.client)
        with self._monitor.authorize(who, request, client) as act:
            # One transaction: values, chains and index go with the entry that says how many went.
            held, doubtful, pending = self._work.run(
                client, lambda tx: self._forget(tx, act, sought)
            )
        # A crash before this is made good at the next start: the ids stand in the rows.
        self._keys.announce(pending)
        return LogErased(
            kinds=_kinds(held),
            months=tuple(sorted(held)),
            forms=forms(sought),
            doubtful=sum(len(one.tokens) for some in doubtful.values() for one in some),
            erasure=self._finality(pending.generation),
        )

    def _forget(
        self, tx: Tx, act: Authorized, sought: tuple[Sought, ...]
    ) -> tuple[_Held, _Held, Pending]:
        # Found in the transaction that erases: what is answered is what went, and a value that
        # another ingest brings meanwhile is either in both or in neither.
        held = self._vault.find(tx, act.client, [one for one in sought if one.certain])
        doubtful = self._vault.find(tx, act.client, [one for one in sought if not one.certain])
        pending = self._vault.erase(tx, act.client, held)
        # Counts and kinds alone: the value is in no body, no subject and no hash.
        facts = LogErasedFacts(months=len(held), values=len(pending.key_ids), kinds=_kinds(held))
        act.record(tx, facts)
        return held, doubtful, pending


def _kinds(held: _Held) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for some in held.values():
        for one in some:
            found[one.kind.name.lower()] += len(one.tokens)
    return dict(sorted(found.items()))
