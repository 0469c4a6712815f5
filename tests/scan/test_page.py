"""spec/scan.md says what the code does: its example runs, its tables are those of the code."""

import io
import re
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path

from bailee.run.cli.special import scanned
from bailee.scan import Finds, Flag, Kind, Scanner

PAGE = (Path(__file__).parents[2] / "spec" / "scan.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the table under a heading."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_the_example_prints_what_it_says() -> None:
    code, said = re.findall(r"```(?:python|text)\n(.*?)```", PAGE, re.DOTALL)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "spec/scan.md", "exec"), {})  # noqa: S102  # our own page
    assert out.getvalue() == said


def test_kinds_and_flags_are_those_of_the_code() -> None:
    assert [(int(row[0]), row[1]) for row in rows("Kinds")] == [
        (int(kind), kind.name.lower()) for kind in Kind
    ]
    assert [(int(row[0]), row[1]) for row in rows("Flags")] == [
        (int(flag), (flag.name or "").lower()) for flag in Flag
    ]


def test_columns_have_the_shapes_it_says(scanner: Scanner) -> None:
    finds = scanner.scan(b"a@example.org 192.0.2.7\n\n10.0.0.1\n")
    told = {row[0]: row[1] for row in rows("The library")}
    assert set(told) <= {field.name for field in fields(Finds)}
    sizes = {"n": len(finds), "m": 3}
    for name, shape in told.items():
        column = getattr(finds, name)
        size, _, kind = shape.rpartition(" ")
        assert column.dtype.name == kind, name
        if size[0] in sizes and size[1] == ",":
            assert column.shape == (sizes[size[0]],), name


def test_records_have_the_fields_it_says(scanner: Scanner) -> None:
    (record,) = scanned.records("x", scanner.scan(b"192.0.2.7\n"))
    assert list(record) == [row[0] for row in rows("What the command writes")]
