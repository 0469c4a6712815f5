"""Erasing: the act of erasing one value, a person's right over what logs hold of them.

Its vault rows go, in every month that lives and under every kind and spelling; lines, roots and the
values of others stay as they are, and what was bound in the ledger can be rebuilt without it.

The ledger records who erased when, for what purpose and reason, and how much: never whose value it
was.  An entry that named it would be the one place where it lived on; a keyed hash of it would be
opened by guessing.  So a refused or interrupted attempt leaves nothing of it behind either.
docs/decisions/0009

Searches for the value name it in their subjects, so those are forgotten too; the entry says if they
were kept instead, and by which law.  They are found by opening them under this act's grant, a
stretch of the ledger at a time, each further one with an entry of its own.  docs/decisions/0019
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, final

from bailee import errors
from bailee.act import Principal
from bailee.ids import ClientId, EntryId
from bailee.keyring.model import Pending
from bailee.keyring.port import Deleting
from bailee.ledger.reading import READ_SCOPES, LedgerReader
from bailee.ledger.service import SUBJECTS_AT_ONCE
from bailee.ledger.vocabulary import REFUSAL
from bailee.logs.acts import (
    EraseLog,
    LogErased,
    LogErasedFacts,
    SearchesForgottenFacts,
    SearchLog,
)
from bailee.logs.port import Finality, SubjectRecorder
from bailee.logs.search.about import about, forms, names
from bailee.monitor.authorized import Authorized
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.proof.receipt.entry import EntryOpening, decode_body
from bailee.vault.model import HeldValue, Sought
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault


STRETCH: Final = 10_000
"""Entries of a ledger that are looked at under one grant, which lasts five seconds."""

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
        ledger: SubjectRecorder,
        reader: LedgerReader,
    ) -> None:
        self._work = work
        self._keys = keys
        self._vault = vault
        self._monitor = monitor
        self._find_client = find_client
        self._finality = finality
        self._ledger = ledger
        self._reader = reader

    def erase(self, who: Principal, request: EraseLog) -> LogErased:
        """Erase what is held of one value; final at the next turn, and nothing the second time.

        UsageError when the value can be no identifier; what was given is never repeated.
        """
        # Read before the act is recorded: what is no value leaves no trace of itself anywhere.
        sought = about(request.about)
        law = self._law(request)
        client = self._find_client(who, request.client)
        # What is kept is not looked for: nothing is opened that nobody needs.
        rest = [] if law is not None else self._stretches(client)
        first = rest.pop(0) if rest else None
        with self._authorize(who, request, client, first) as act:
            searches = self._searches(act, request.about, sought, first)
            # One transaction: values, chains and index go with the entry that says how many went.
            held, doubtful, pending = self._work.run(
                client, lambda tx: self._forget(tx, act, sought, searches)
            )
        # A crash before this is made good at the next start: the ids stand in the rows.
        self._keys.announce(pending)
        for stretch in rest:
            with self._authorize(who, request, client, stretch) as act:
                more = self._searches(act, request.about, sought, stretch)
                act.facts |= SearchesForgottenFacts(searches=more).facts()
            searches += more
        return LogErased(
            kinds=_kinds(held),
            months=tuple(sorted(held)),
            forms=forms(sought),
            doubtful=sum(len(one.tokens) for some in doubtful.values() for one in some),
            erasure=self._finality(pending.generation),
            searches=searches,
            kept_by=law,
            term_days=self._monitor.terms.subject_days,
        )

    def _law(self, request: EraseLog) -> str | None:
        law, known = request.keep_evidence, self._monitor.terms.laws
        if law is not None and law not in known:
            raise errors.UsageError("errors_about.law", laws=", ".join(known))
        return law

    def _stretches(self, client: ClientId) -> list[range]:
        length = self._reader.length(client)
        return [range(at, min(length, at + STRETCH)) for at in range(0, length, STRETCH)]

    def _authorize(
        self, who: Principal, request: EraseLog, client: ClientId, stretch: range | None
    ) -> Authorized:
        if stretch is None:
            law = request.keep_evidence or "none"
            return self._monitor.authorize(
                who, request, client, body={"evidence": "kept", "law": law}
            )
        sealed = self._reader.sealed_in(client, stretch.start, stretch.stop)
        body = {"evidence": "forgotten", "from": str(stretch.start), "to": str(stretch.stop)}
        return self._monitor.authorize(
            who, request, client, scopes=READ_SCOPES, count=sealed.openings, body=body
        )

    def _searches(
        self, act: Authorized, asked: bytes, sought: Sequence[Sought], stretch: range | None
    ) -> int:
        """Forget whom searches for the value were about; return how many there were."""
        if stretch is None:
            return 0
        found = self._reader.show_where(act.grant, _of_a_person, stretch.start, stretch.stop)
        named = [
            one.entry for one in found if names((one.subject or {}).get("about", ""), asked, sought)
        ]
        for at in range(0, len(named), SUBJECTS_AT_ONCE):
            some = named[at : at + SUBJECTS_AT_ONCE]
            pending = self._work.run(act.client, partial(self._drop, act.client, some))
            if pending is not None:
                self._keys.announce(pending)
        return len(named)

    def _drop(self, client: ClientId, some: Sequence[EntryId], tx: Tx) -> Pending | None:
        return self._ledger.forget_subjects(tx, client, some)

    def _forget(
        self, tx: Tx, act: Authorized, sought: tuple[Sought, ...], searches: int
    ) -> tuple[_Held, _Held, Pending]:
        # Found in the transaction that erases: what is answered is what went, and a value that
        # another ingest brings meanwhile is either in both or in neither.
        held = self._vault.find(tx, act.client, [one for one in sought if one.certain])
        doubtful = self._vault.find(tx, act.client, [one for one in sought if not one.certain])
        pending = self._vault.erase(tx, act.client, held)
        # Counts and kinds alone: the value is in no body, no subject and no hash.
        facts = LogErasedFacts(
            months=len(held),
            values=len(pending.key_ids),
            kinds=_kinds(held),
            searches=searches,
        )
        act.record(tx, facts)
        return held, doubtful, pending


def _of_a_person(opening: EntryOpening) -> bool:
    """Tell whether an entry is a search for somebody, or one that was refused."""
    body = decode_body(opening.body)
    if opening.kind == REFUSAL:
        return body.get("act") == SearchLog.act
    return opening.kind == SearchLog.act and body.get("about") == "1"


def _kinds(held: _Held) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for some in held.values():
        for one in some:
            found[one.kind.name.lower()] += len(one.tokens)
    return dict(sorted(found.items()))
