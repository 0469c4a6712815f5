"""Show: how ledgers are shown: entries with outcomes on one line, heads as files to keep."""

from collections.abc import Iterator, Sequence

from bailee.act.show import Note, Record, Show, Shows
from bailee.clock import rfc3339
from bailee.ledger.model import EntryShown
from bailee.ledger.vocabulary import OUTCOME, REFUSAL
from bailee.ledgers.acts import (
    EntriesShown,
    EntryProved,
    HeadShown,
    KeyShown,
    ProveEntry,
    ShowEntries,
    ShowHead,
    ShowKey,
)

_REFUSED = "refused"


def _entry(shown: EntryShown) -> Record:
    body, subject = dict(shown.body), dict(shown.subject or {})
    return {
        "index": shown.index,
        "kind": shown.opening.kind,
        "time": rfc3339(shown.opening.time_ms),
        "act": body.get("act", shown.opening.kind),
        "actor": body.get("actor"),
        "purpose": body.get("purpose"),
        "result": _REFUSED if shown.opening.kind == REFUSAL else body.get("result"),
        "reason": subject.get("reason"),
        "entry": str(shown.entry),
        "body": body,
        "subject": subject,
    }


def _with_outcomes(records: Sequence[Record]) -> Sequence[Record]:
    """Show an outcome on the line of its act, as a person reads it."""
    lines = {str(record["entry"]): dict(record) for record in records}
    for record in records:
        body = record["body"]
        of = str(body.get("of")) if isinstance(body, dict) else ""
        if record["kind"] == OUTCOME and of in lines:
            lines[of]["result"] = record["result"]
            lines.pop(str(record["entry"]))
    return list(lines.values())


def _entries(answer: EntriesShown) -> Sequence[EntryShown]:
    return answer.entries


def _lost(answer: EntriesShown) -> Iterator[Note]:
    for one in answer.grants or ():
        facts: dict[str, str | int] = {
            "index": one.index,
            "actor": one.actor,
            "role": one.role,
            "by": one.by,
        }
        if one.agreed is None:
            yield "roles.given-alone", facts
        else:
            yield "roles.given", {**facts, "agreed": one.agreed}
    if answer.grants is not None and not answer.grants:
        yield "roles.none", {}
    if answer.lost:
        yield "cli.entries_lost", {"count": answer.lost}


def _checkpoint(answer: HeadShown) -> str:
    return answer.checkpoint


def _vkey(answer: KeyShown) -> str:
    return answer.vkey + "\n"


def _receipt(answer: EntryProved) -> bytes:
    return answer.receipt


SHOWS: Shows = {
    ShowHead: Show(text=_checkpoint),
    ShowKey: Show(text=_vkey),
    ShowEntries: Show(
        columns=("index", "time", "act", "actor", "purpose", "result", "reason", "entry"),
        rows=_entries,
        record=_entry,
        table_rows=_with_outcomes,
        notes=_lost,
    ),
    ProveEntry: Show(file=_receipt),
}
