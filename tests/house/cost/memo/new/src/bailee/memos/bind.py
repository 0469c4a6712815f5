"""Binds the acts on memos to the parts of a process."""

from bailee.act import Binding
from bailee.memos.acts import AddMemo, DeleteMemo, ListMemos, ShowMemo
from bailee.memos.model import MemoRow
from bailee.memos.service import Memos
from bailee.parts import Parts
from bailee.work import Rows


def bind(parts: Parts, rows: Rows[MemoRow]) -> tuple[Binding, ...]:
    """Pair each request with the method that does it."""
    memos = Memos(parts, rows)
    return (
        AddMemo.by(memos.add),
        ShowMemo.by(memos.show),
        ListMemos.by(memos.list),
        DeleteMemo.by(memos.delete),
    )
