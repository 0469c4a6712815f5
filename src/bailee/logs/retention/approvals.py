"""Approvals: who asked to end which keys; read with a MAC, written with the entry that records it.

Ending is a matter for two people, so what the first asks for is a row that confers power: written
in the transaction of the entry in the provider's log that it is a projection of, and believed only
with its MAC.  One row for each month and sort of keys, however often it is asked for.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import final

from bailee import errors
from bailee.clock import Clock
from bailee.grant import Grant
from bailee.ids import ClientId, EndingId
from bailee.ledger.model import EntryDraft
from bailee.ledger.vocabulary import OUTCOME
from bailee.logs.port import EndingRows, MonthKeys, Recorder
from bailee.logs.state import CHANGES, EndingStep, Target
from bailee.monitor.power import EndingRow
from bailee.work import Tx

Place = tuple[int, str]
"""Epoch and part."""


@final
class EndingApprovals:
    """Ending approvals: the rows of those who asked to end keys; each is believed with its MAC."""

    def __init__(
        self, *, rows: EndingRows, keys: MonthKeys, ledger: Recorder, clock: Clock
    ) -> None:
        self._rows = rows
        self._keys = keys
        self._ledger = ledger
        self._clock = clock

    def of(self, tx: Tx, client: ClientId) -> Mapping[Place, EndingRow]:
        """Read what is asked for, by epoch and part; Damaged when a row lacks its MAC."""
        rows = self._rows.of_client(tx, client)
        # All of them, before any is used: whoever can write rows but holds no key could else ask in
        # the name of a second person, and one alone would end a month.
        if not all(row.verifies(self._keys) for row in rows):
            raise errors.Damaged("errors_ending.row-damaged")
        return {(row.epoch, row.part): row for row in rows}

    def keep(
        self,
        tx: Tx,
        grant: Grant,
        target: Target,
        row: EndingRow | None,
        taken: EndingStep,
    ) -> EndingRow | None:
        """Store what is asked for now, as the entry in the provider's log that records it."""
        # A question or a refusal changes nothing: a row for it would only be one more that confers
        # power.
        if taken not in CHANGES:
            return row
        now_ms = self._clock.now_ms()
        after = _after(row, grant, target, taken, now_ms)
        body = {"of": str(grant.entry), "result": "done", **after.projected()}
        draft = EntryDraft(kind=OUTCOME, body=body, t_ms=now_ms)
        # In the provider's log, where the row's projection is checked from: the client's log has
        # the act, and its reader must not have to trust rows. Same transaction: no row without its
        # entry.
        recorded = self._ledger.append(tx, self._keys.provider, draft)
        # The MAC is over the index of the entry too: an old row put back names an older entry, and
        # check finds that a newer one speaks of it.
        after = replace(after, log_index=recorded.index).vouched(self._keys)
        self._rows.put(tx, after)
        return after


def _after(
    row: EndingRow | None, grant: Grant, target: Target, taken: EndingStep, now_ms: int
) -> EndingRow:
    actor = grant.actor
    before = row or EndingRow(
        id=EndingId.new(),
        client=grant.client,
        epoch=target.epoch,
        part=target.part,
        state=str(EndingStep.ASKED),
        asked_by=actor,
        asked_ms=now_ms,
        version=0,
        log_index=0,
    )
    # One version more each time: of two who write at once, the second finds its version gone.
    after = replace(before, version=before.version + 1, agreed_by=None)
    if taken is EndingStep.ASKED:
        return replace(after, state="asked", asked_by=actor, asked_ms=now_ms)
    # Who asked stays; when begins anew, since the hours since then cannot be shown to have passed.
    if taken is EndingStep.AGAIN:
        return replace(after, state="asked", asked_ms=now_ms)
    if taken is EndingStep.ENDED:
        return replace(after, state="ended", agreed_by=actor)
    return replace(after, state="withdrawn")
