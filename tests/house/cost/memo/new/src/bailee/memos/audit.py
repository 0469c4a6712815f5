"""Audit of memos: every row against the ledger, every content against the name it is found by."""

from collections.abc import Iterator, Sequence
from functools import partial

from bailee.audit import Audited, AuditMaker, Finding, FindingKind, NounAudit, ReadLedger, found
from bailee.ledger.model import EntryShown
from bailee.memos.acts import AddMemo, DeleteMemo, MemoAddedFacts, MemoDeletedFacts, added_facts
from bailee.memos.model import (
    NOUN,
    MemoRow,
    memo_aad,
    memo_ref,
    memos_scope,
    name_key,
    opened,
)
from bailee.parts import Parts
from bailee.work import Rows


class MemoAudit(NounAudit):
    """Audit of one client's memos."""

    part = "memos"
    scopes = (memos_scope(),)
    follows = frozenset({AddMemo.act, DeleteMemo.act})

    def __init__(self, parts: Parts, rows: Rows[MemoRow], audited: Audited) -> None:
        super().__init__(audited)
        self._parts = parts
        self._rows = rows
        self._recorded: dict[str, MemoAddedFacts] = {}

    def _stored(self) -> Sequence[MemoRow]:
        client = self.audited.client
        return self._parts.work.read(lambda tx: self._rows.all(tx, client=client))

    def done(self, act: EntryShown, outcome: EntryShown) -> None:
        """Keep what was added and not deleted since."""
        if act.opening.kind == AddMemo.act:
            added = MemoAddedFacts.parse(outcome.body)
            self._recorded[str(added.memo)] = added
        else:
            self._recorded.pop(str(MemoDeletedFacts.parse(outcome.body).memo), None)

    def projected(self) -> Iterator[Finding]:
        """Compare each row with the outcome that added it, and each outcome with the rows."""
        rows = {str(row.memo): row for row in self._stored()}
        for memo, row in rows.items():
            if self._recorded.get(memo) != added_facts(row):
                yield found(FindingKind.ROW_DIFFERS, table=NOUN, row=memo)
        for memo in self._recorded.keys() - rows.keys():
            yield found(FindingKind.ROW_DIFFERS, table=NOUN, row=memo)

    def opened(self, reading: ReadLedger) -> Iterator[Finding]:
        """Open each content, and compare the name in it with the keyed one."""
        for row in self._stored():
            ref, aad = memo_ref(row.client, row.memo), memo_aad(row.client, row.memo)
            content = reading.row(ref, aad, row.sealed)
            if content is None or not self._is(row, content):
                yield found(FindingKind.ROW_DIFFERS, table=NOUN, row=str(row.memo))

    def _is(self, row: MemoRow, content: bytes) -> bool:
        name = opened(row.memo, content).name
        return name_key(self._parts.keyring, row.client, name) == row.name_key


def audits(parts: Parts, rows: Rows[MemoRow]) -> Sequence[AuditMaker]:
    """Give what `check` compares of memos."""
    return (partial(MemoAudit, parts, rows),)
