"""Each column is sealed, keyed, or clear with a reason (spec/invariants.md I5), as spec/rows.md."""

import importlib
import os
import pkgutil
import re

import pytest
from sqlalchemy import Column
from tests.house.source import ROOT

from bailee.adapters.sql import schema

for module in pkgutil.iter_modules(schema.__path__):
    importlib.import_module(f"{schema.__name__}.{module.name}")

PAGE = ROOT / "spec" / "rows.md"
HEAD = """# Rows: what each column gives away

The database holds no personal byte in clear ([I5](invariants.md)).
Each column is *sealed* (encrypted), *keyed* (a keyed hash) or *clear*, with the reason why.
`tests/house/test_rows.py` compares this page with the schema; `BAILEE_UPDATE=1` rewrites it.
Ids are random, never ordered by time.
"""


def columns() -> list[Column[object]]:
    return [column for table in schema.metadata.sorted_tables for column in table.columns]


def page() -> str:
    parts = [HEAD]
    for table in sorted(schema.metadata.tables.values(), key=lambda table: table.name):
        parts.append(f"\n## {table.name}\n\n| column | kind | why |\n|---|---|---|\n")
        parts += [
            f"| {column.name} | {column.info['kind']} | {column.info['why']} |\n"
            for column in table.columns
        ]
    return "".join(parts)


@pytest.mark.parametrize("column", columns(), ids=lambda c: f"{c.table.name}.{c.name}")
def test_each_column_says_how_it_protects_what_it_holds(column: Column[object]) -> None:
    assert column.info.get("kind") in ("sealed", "keyed", "clear")
    assert len(column.info["why"]) > 5


def test_the_page_is_the_schema() -> None:
    if os.environ.get("BAILEE_UPDATE"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_no_id_counts_up() -> None:
    counting = re.compile("autoincrement", re.IGNORECASE)
    for table in schema.metadata.tables.values():
        assert not any(column.autoincrement is True for column in table.columns)
        assert not counting.search(str(table.kwargs))
