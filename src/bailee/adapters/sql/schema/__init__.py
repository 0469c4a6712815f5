"""The tables, one module per noun.

Each column says in `info` how it protects what it holds: `sealed`, `keyed`, or `clear` with the
reason why clear is harmless.  spec/rows.md is compared with this by a test (spec/invariants.md I5).
"""

from typing import Any, TypedDict

from sqlalchemy import Column, LargeBinary, MetaData
from sqlalchemy.types import TypeEngine

metadata = MetaData()


class Protection(TypedDict):
    """How a column protects what it holds."""

    kind: str
    why: str


def clear(why: str) -> Protection:
    """Readable by whoever has the database; the reason says why that is harmless."""
    return {"kind": "clear", "why": why}


def sealed(why: str) -> Protection:
    """Encrypted; the reason says under which key."""
    return {"kind": "sealed", "why": why}


def keyed(why: str) -> Protection:
    """A keyed hash; the reason says under which key."""
    return {"kind": "keyed", "why": why}


def column(
    name: str,
    kind: TypeEngine[Any] | type[TypeEngine[Any]] = LargeBinary,
    *,
    info: Protection,
    primary_key: bool = False,
    nullable: bool = False,
) -> Column[Any]:
    """Make a column that says how it protects what it holds."""
    return Column(name, kind, primary_key=primary_key, nullable=nullable, info=dict(info))
