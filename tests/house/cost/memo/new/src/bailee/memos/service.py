"""Memos: add, show, list, delete.

A row is written in the transaction of the entry that tells of it, with its key.
"""

from collections.abc import Sequence

from bailee import errors
from bailee.act import Principal
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.memos.acts import (
    AddMemo,
    DeleteMemo,
    ListMemos,
    MemoDeleted,
    MemoDeletedFacts,
    MemosOpenedFacts,
    ShowMemo,
    added_facts,
)
from bailee.memos.model import (
    Memo,
    MemoId,
    MemoRow,
    memo_aad,
    memo_ref,
    memos_scope,
    name_key,
    opened,
)
from bailee.monitor.authorized import Authorized
from bailee.parts import Parts
from bailee.work import Rows, Tx


class Memos:
    """The acts on memos."""

    def __init__(self, parts: Parts, rows: Rows[MemoRow]) -> None:
        self._parts = parts
        self._rows = rows

    def add(self, who: Principal, request: AddMemo) -> Memo:
        """Seal a memo; Conflict when its name is taken."""
        parts = self._parts
        client = parts.find_client(who, request.client)
        memo = Memo(memo=MemoId.new(), name=request.name, text=request.text)
        content = memo.content()

        def keep(tx: Tx) -> None:
            if self._named(tx, client, memo.name) is not None:
                raise errors.Conflict("errors_memos.name-taken")
            sealer = parts.keyring.sealer(memo_ref(client, memo.memo))
            parts.keyring.enrol(tx, sealer)
            row = MemoRow(
                client=client,
                memo=memo.memo,
                name_key=name_key(parts.keyring, client, memo.name),
                sealed=sealer.seal_row(memo_aad(client, memo.memo), content),
            )
            self._rows.add(tx, row)
            act.record(tx, added_facts(row))

        with parts.monitor.authorize(who, request, client) as act:
            parts.work.run(client, keep)
        return memo

    def show(self, who: Principal, request: ShowMemo) -> Memo:
        """Open the memo of a name."""
        client = self._parts.find_client(who, request.client)
        row = self._parts.work.read(lambda tx: self._named(tx, client, request.name))
        found = [] if row is None else [row]
        shown = self._opened(who, request, client, found)
        if not shown:
            raise errors.NotFound("errors_memos.not-found")
        return shown[0]

    def list(self, who: Principal, request: ListMemos) -> Sequence[Memo]:
        """Open all memos of a client, by name."""
        client = self._parts.find_client(who, request.client)
        rows = self._parts.work.read(lambda tx: self._rows.all(tx, client=client))
        shown = self._opened(who, request, client, rows)
        return sorted(shown, key=lambda memo: memo.name)

    def delete(self, who: Principal, request: DeleteMemo) -> MemoDeleted:
        """Destroy the key of a memo, and drop its row."""
        parts = self._parts
        client = parts.find_client(who, request.client)

        def drop(tx: Tx) -> tuple[MemoId, Pending]:
            row = self._named(tx, client, request.name)
            if row is None:
                raise errors.NotFound("errors_memos.not-found")
            pending = parts.keyring.destroy(tx, [memo_ref(client, row.memo)])
            self._rows.drop(tx, client=client, memo=row.memo)
            act.record(tx, MemoDeletedFacts(memo=row.memo))
            return row.memo, pending

        with parts.monitor.authorize(who, request, client, wait=True) as act:
            memo, pending = parts.work.run(client, drop)
            parts.keyring.announce(pending)
        return MemoDeleted(memo=memo, final_by_ms=parts.final_by_ms())

    def _named(self, tx: Tx, client: ClientId, name: str) -> MemoRow | None:
        key = name_key(self._parts.keyring, client, name)
        return self._rows.one(tx, client=client, name_key=key)

    def _opened(
        self,
        who: Principal,
        request: ShowMemo | ListMemos,
        client: ClientId,
        rows: Sequence[MemoRow],
    ) -> Sequence[Memo]:
        scope = memos_scope(*(row.memo for row in rows))
        with self._parts.monitor.authorize(
            who, request, client, scopes=(scope,), count=len(rows)
        ) as act:
            act.facts |= MemosOpenedFacts(memos=len(rows)).facts()
            return [self._open(act, row) for row in rows]

    def _open(self, act: Authorized, row: MemoRow) -> Memo:
        ref = memo_ref(row.client, row.memo)
        opener = self._parts.work.read(lambda tx: self._parts.keyring.opener(tx, ref, act.grant))
        return opened(row.memo, opener.open_row(memo_aad(row.client, row.memo), row.sealed))
