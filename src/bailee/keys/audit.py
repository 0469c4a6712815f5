"""Audit of keys: each opens as a test and hangs on another; turns are as they were recorded."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from bailee import errors
from bailee.act import ACTS
from bailee.audit import Audited, AuditMaker, Finding, FindingKind, NounAudit, found
from bailee.keyring.model import NamedKeys, Phase, State
from bailee.keyring.port import KeyRows
from bailee.keys.acts import KeysTurnedFacts, RotateRoot, TurnKeys
from bailee.keys.port import Custodians, KeyInspection
from bailee.keys.schedule import doubts
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import AWAY
from bailee.parts import Parts
from bailee.work import Tx

_DOUBTS = {
    "behind": FindingKind.CLOCK_BEHIND,
    "ahead": FindingKind.CLOCK_AHEAD,
    "unknown": FindingKind.CLOCK_UNKNOWN,
}


class KeyAudit(NounAudit):
    """Audit of all keys, without a grant: nothing that is sealed under them is opened."""

    part = "keys"
    follows = frozenset({TurnKeys.act, RotateRoot.act})

    def __init__(
        self,
        audited: Audited,
        *,
        parts: Parts,
        rows: KeyRows,
        inspection: KeyInspection,
        custodians: Custodians,
    ) -> None:
        super().__init__(audited)
        self._work = parts.work
        self._keyring = parts.keyring
        self._rows = rows
        self._inspection = inspection
        self._custodians = custodians
        self._times = parts.times
        self._turns: set[tuple[object, ...]] = set()

    def home(self) -> Iterator[Finding]:
        """Open every key as a test, and look for those that hang on nothing."""
        keys, deep = self._keyring.inspection(), self.audited.deep

        def look(tx: Tx) -> Iterable[Finding]:
            corrupt = [
                found(FindingKind.KEY_DAMAGED, level=item.level, noun=item.noun, id=item.id)
                for item in keys.corrupt(tx, deep=deep)
            ]
            orphans = [
                found(FindingKind.KEY_STRAY, level=level, noun=noun, id=ident)
                for level, noun, ident in self._inspection.orphan_keys(tx)
            ]
            marks = [
                found(FindingKind.KEY_MARK, noun=noun, id=ident)
                for noun, ident in self._inspection.orphan_marks(tx)
            ]
            return (*corrupt, *orphans, *marks)

        yield from self._work.read(look)
        for word, hours in doubts(self._times()):
            facts = {} if word == "unknown" else {"hours": hours}
            yield found(_DOUBTS[word], **facts)

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep what became of a turn."""
        del act
        turn = KeysTurnedFacts.parse(outcome.body)
        self._turns.add((turn.generation, turn.erased, turn.confirmations, turn.class_))

    def projected(self) -> Iterator[Finding]:
        """Compare finished turns with what the provider's ledger holds of them."""
        for turn in self._work.read(self._rows.turns) if self.audited.is_provider else ():
            figures = (turn.gen + 1, turn.erased, turn.confirmations, turn.wrap_class)
            if figures not in self._turns:
                yield found(FindingKind.KEY_TURN, generation=turn.gen + 1)

    def around(self) -> Iterator[Finding]:
        """Compare where the keys stand with each key, and with what custodians hold."""
        try:
            state = self._work.read(self._keyring.turning().state)
        except errors.Damaged:
            yield found(FindingKind.KEY_STATE)
            return
        yield from self._generations(state)
        with suppress(errors.Sealed):  # no custodian answers, which is a finding of its own
            yield from self._unannounced(self._custodians.pending())
            yield from self._unrecorded(state, self._custodians.named())

    def _generations(self, state: State) -> Iterator[Finding]:
        """Between turns, every key is wrapped under the one generation that lives."""
        if state.phase is not Phase.STILL:
            return
        for row in self._work.read(lambda tx: list(self._rows.wrapping_keys(tx))):
            if row.gen != state.generation:
                yield found(FindingKind.KEY_GENERATION, noun=row.noun, id=row.id.hex())

    def _unrecorded(self, state: State, named: Sequence[NamedKeys]) -> Iterator[Finding]:
        """Count deletions of the living generation that custodians name and no row has."""
        # Of older ones a custodian that was away at a turn still has the ids: they are final.
        kids = {
            key.kid for held in named for key in held.keys if key.generation >= state.generation
        }
        missing = kids - {row.kid for row in self._work.read(self._rows.pending)}
        if missing:
            yield found(FindingKind.ERASURE_UNRECORDED, count=len(missing))

    def _unannounced(self, left: frozenset[bytes]) -> Iterator[Finding]:
        """Count deletions that no custodian was left with."""
        missing = sum(row.kid not in left for row in self._work.read(self._rows.pending))
        if missing:
            yield found(FindingKind.ERASURE_UNANNOUNCED, count=missing)


class AwayAudit(NounAudit):
    """Audit of acts that were permitted while a custodian was away: each entry says it."""

    part = "away"
    follows = frozenset(ACTS)

    def __init__(self, audited: Audited) -> None:
        super().__init__(audited)
        self._away: list[int] = []

    def take(self, entry: EntryShown) -> None:
        """Keep where such an entry stands."""
        if AWAY in entry.body:
            self._away.append(entry.index)

    def projected(self) -> Iterator[Finding]:
        """Say how many there are, and from which entry to which."""
        if self._away:
            facts = {"first": self._away[0], "last": self._away[-1], "count": len(self._away)}
            yield found(FindingKind.CUSTODIAN_AWAY, client=str(self.audited.client), **facts)


def audits(
    parts: Parts, rows: KeyRows, inspection: KeyInspection, custodians: Custodians
) -> Sequence[AuditMaker]:
    """Give what `check` compares of keys."""
    return (
        partial(KeyAudit, parts=parts, rows=rows, inspection=inspection, custodians=custodians),
        AwayAudit,
    )
