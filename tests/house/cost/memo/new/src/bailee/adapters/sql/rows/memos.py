"""Rows of memos: plain reads and writes."""

from typing import Final

from bailee.adapters.sql.mapper import Mapped
from bailee.adapters.sql.schema.memos import memo
from bailee.memos.model import MemoRow

MEMOS: Final = Mapped(memo, MemoRow)
