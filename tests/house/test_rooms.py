"""A room of many modules has a map of them in its own docstring, and no room is crowded."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import SOURCE

MODULES_MAX = 16
MAPPED_FROM = 6
"""With fewer modules, their names are map enough."""


def rooms() -> list[Path]:
    return sorted({page.parent for page in SOURCE.rglob("*.py")} - {SOURCE})


def named(room: Path) -> str:
    return room.relative_to(SOURCE).as_posix()


def modules(room: Path) -> set[str]:
    return {page.stem for page in room.glob("*.py") if page.stem[0] != "_"}


def parts(room: Path) -> set[str]:
    """Give what a map names: modules, and rooms within."""
    return modules(room) | {page.parent.name for page in room.glob("*/__init__.py")}


def names_of(line: str, known: set[str]) -> list[str]:
    """Read a line of a map: `name: what it is for`, or `what for: name, name`."""
    left, _, right = line.partition(": ")
    for side in (left, right):
        names = side.split(", ")
        if set(names) <= known:
            return names
    return [f"no module: {line}"]


def mapped(law: str, known: set[str]) -> Iterator[str]:
    _, _, listed = law.partition("eading order:")
    for line in re.findall(r"^- ((?:.+)(?:\n  .+)*)", listed, re.MULTILINE):
        yield from names_of(re.sub(r"\s+", " ", line), known)


def test_a_map_is_read_in_either_form() -> None:
    known = {"model", "port", "service"}
    law = "A room.  In reading order:\n\n- model: what\n  is kept\n- the doing: port, service\n"
    assert [*mapped(law, known)] == ["model", "port", "service"]
    assert [*mapped("Reading order:\n\n- port, service: both\n", known)] == ["port", "service"]
    assert [*mapped("Reading order:\n\n- ports: gone\n", known)] != ["ports"]


def test_a_room_of_many_modules_maps_each_once() -> None:
    wrong = []
    for room in rooms():
        law = ast.get_docstring(ast.parse((room / "__init__.py").read_text("utf-8"))) or ""
        if len(modules(room)) >= MAPPED_FROM:
            listed, there = Counter(mapped(law, parts(room))), Counter(parts(room))
            wrong += [f"{named(room)} does not map {name}" for name in there - listed]
            wrong += [f"{named(room)} maps too much: {name}" for name in listed - there]
    assert wrong == []


def test_no_room_is_crowded() -> None:
    sizes = {named(room): len(modules(room)) for room in rooms()}
    assert {room: size for room, size in sizes.items() if size > MODULES_MAX} == {}
