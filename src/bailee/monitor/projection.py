"""Projection: what the provider's log says of rows that confer power, and where they differ.

Pure.  The MAC of a row cannot tell that it is an older state of itself, nor that a row is gone;
the log can, because it only grows: the last entry that tells of a row is the one it must carry.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import (
    APPROVAL,
    BUDGET_CHANGE,
    CLOCK_CHANGE,
    OUTCOME,
    POLICY_ADOPT,
    SETTING_CHANGE,
)
from bailee.monitor.power import PowerRow

Key = tuple[str, str]

_DONE = "done"
PROJECTED = frozenset(
    {APPROVAL, BUDGET_CHANGE, CLOCK_CHANGE, OUTCOME, POLICY_ADOPT, SETTING_CHANGE}
)
"""The kinds of entries of which rows that confer power may be a projection."""
_RETIRED = frozenset({"ending"})
"""Tables that a migration took away: what logs of before tell of them confers nothing any more."""
_OF_THE_OUTCOME = frozenset({"of", "result"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Difference: one row that is not as the log has it.

    `what` is missing, unknown, older, other or forged.
    """

    table: str
    row: str
    what: str


def is_projected(entry: EntryShown) -> bool:
    """Tell whether an entry records a row that confers power: then it names the row's table."""
    if entry.opening.kind not in PROJECTED:
        return False
    table = entry.body.get("table")
    return table is not None and table not in _RETIRED


def rebuild(entries: Iterable[EntryShown]) -> Mapping[Key, EntryShown]:
    """Return the last entry that tells of each row; entries come in the order of the log."""
    last: dict[Key, EntryShown] = {}
    for entry in entries:
        if not is_projected(entry):
            continue
        body = entry.body
        # An attempt that failed changed no row; an adoption of policies has no result and counts.
        if body.get("result", _DONE) == _DONE:
            last[(body["table"], body["row"])] = entry
    return last


def compare(log: Mapping[Key, EntryShown], rows: Iterable[PowerRow]) -> tuple[Difference, ...]:
    """Name each row that differs from what the log tells, in order."""
    kept = {(row.table, row.pk()): row for row in rows}
    out: list[Difference] = []
    # Over both: a row that is gone shows only in the log, one that was never recorded only in rows.
    for key in sorted(log.keys() | kept.keys()):
        what = _difference(log.get(key), kept.get(key))
        if what:
            out.append(Difference(table=key[0], row=key[1], what=what))
    return tuple(out)


def _difference(entry: EntryShown | None, row: PowerRow | None) -> str:
    if row is None:
        return "missing"
    if entry is None:
        return "unknown"
    # Before the columns: what an older state holds says nothing, that it is older says all.
    if row.log_index != entry.index:
        return "older" if row.log_index < entry.index else "other"
    recorded = {name: word for name, word in entry.body.items() if name not in _OF_THE_OUTCOME}
    return "" if recorded == row.projected() else "other"
