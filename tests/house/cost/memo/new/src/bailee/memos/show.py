"""How memos are shown."""

from collections.abc import Iterator

from bailee.act.show import Note, Show, Shows
from bailee.clock import rfc3339
from bailee.memos.acts import DeleteMemo, ListMemos, MemoDeleted


def _final_by(answer: MemoDeleted) -> Iterator[Note]:
    yield "cli.erasure_pending", {"date": rfc3339(answer.final_by_ms)[:10]}


SHOWS: Shows = {
    ListMemos: Show(columns=("name", "text", "memo")),
    DeleteMemo: Show(notes=_final_by),
}
