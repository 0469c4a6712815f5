"""The acts on memos."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from bailee.act import Client, Facts, Is, Param, Purpose, Request
from bailee.memos.model import Memo, MemoId, MemoRow

_Name = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.memo_thing", positional=True, metavar="NAME|@FILE|-"),
]
_Text = Annotated[str, Param(kind=Is.PERSONAL, help="help.memo_text")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoDeleted:
    """What was deleted, and from when on no older copy opens either."""

    memo: MemoId
    final_by_ms: int


class AddMemo(Request[Memo], act="memo:add", implied=Purpose.SERVICE):
    """Seal a note on a client under a name that none has."""

    client: Client
    name: _Name
    text: _Text


class ShowMemo(Request[Memo], act="memo:show", implied=Purpose.SERVICE):
    """Open one memo."""

    client: Client
    name: _Name


class ListMemos(Request[Sequence[Memo]], act="memo:list", implied=Purpose.SERVICE):
    """Open all memos of a client."""

    client: Client


class DeleteMemo(Request[MemoDeleted], act="memo:delete", implied=Purpose.SERVICE):
    """Destroy the key of a memo; final at the turn."""

    client: Client
    name: _Name


class MemoAddedFacts(Facts):
    """What the ledger holds of a memo: neither name nor text."""

    memo: MemoId
    sha256: bytes


class MemoDeletedFacts(Facts):
    """What the ledger holds of a deletion."""

    memo: MemoId


class MemosOpenedFacts(Facts):
    """What the ledger holds of memos that were shown."""

    memos: int


def added_facts(row: MemoRow) -> MemoAddedFacts:
    """Give what the ledger holds of a row: `check` compares the row with it."""
    return MemoAddedFacts(memo=row.memo, sha256=sha256(row.sealed).digest())
