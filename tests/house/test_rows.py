"""Each column is sealed, keyed, or clear with a reason (spec/invariants.md I5), as spec/rows.md."""

import os
import re

import pytest
from tests.house.source import ROOT

from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import Column

PAGE = ROOT / "spec" / "rows.md"
HEAD = """# Rows: what each column gives away

The database holds no personal byte in clear ([I5](invariants.md)).
Each column is *sealed* (encrypted), *keyed* (a keyed hash) or *clear*, with the reason why.
A column that *names a sealed file* keeps that file from the sweep, and takes it into a backup.
`tests/house/test_rows.py` compares this page with the schema; `BAILEE_UPDATE=1` rewrites it.
Ids are random, never ordered by time.
"""


def columns() -> dict[str, Column]:
    return {f"{table.name}.{one.name}": one for table in tables() for one in table.columns}


def kind(column: Column) -> str:
    return (
        f"{column.info.kind}, names a sealed file" if column.info.names_file else column.info.kind
    )


def page() -> str:
    parts = [HEAD]
    for table in sorted(tables(), key=lambda table: table.name):
        parts.append(f"\n## {table.name}\n\n| column | kind | why |\n|---|---|---|\n")
        parts += [f"| {one.name} | {kind(one)} | {one.info.why} |\n" for one in table.columns]
    return "".join(parts)


@pytest.mark.parametrize("name", columns())
def test_each_column_says_how_it_protects_what_it_holds(name: str) -> None:
    info = columns()[name].info
    assert info.kind in ("sealed", "keyed", "clear")
    assert len(info.why) > 5


def test_a_column_that_holds_the_id_of_a_sealed_file_says_so() -> None:
    named = {name for name, column in columns().items() if column.info.names_file}
    assert named == {name for name in columns() if name.endswith(".blob")}
    assert named == {"log_part.blob", "log_run.blob", "object_version.blob"}


def test_the_page_is_the_schema() -> None:
    if os.environ.get("BAILEE_UPDATE"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_no_id_counts_up() -> None:
    counting = re.compile("autoincrement", re.IGNORECASE)
    for table in tables():
        assert not any(counting.search(statement) for _, _, statement in table.statements())
