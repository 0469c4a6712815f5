"""A room of many modules has a map of them in its own docstring, and no room is crowded.

`BAILEE_UPDATE=1` adds a module that a map lacks, with the first line of its docstring.
"""

import ast
import os
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


def is_mapped(room: Path) -> bool:
    """Tell whether a room needs a map; steps of a chain are in the order of their numbers."""
    found = modules(room)
    return len(found) >= MAPPED_FROM and not all(name[:1].isdigit() for name in found)


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


def law_of(page: Path) -> str:
    return ast.get_docstring(ast.parse(page.read_text("utf-8"))) or ""


def extend(room: Path) -> None:
    """Add the modules that a map lacks, at its end, each by what it says of itself."""
    page = room / "__init__.py"
    law = law_of(page)
    added = []
    for name in sorted(modules(room) - set(mapped(law, parts(room)))):
        line = law_of(room / f"{name}.py").splitlines()[0].removesuffix(".")
        added.append(f"- {name}: {line[0].lower()}{line[1:]}\n")
    head = re.search(r'\A""".*?\n(?=""")', page.read_text("utf-8"), re.DOTALL)
    if added and head:
        text = page.read_text("utf-8")
        page.write_text(head[0] + "".join(added) + text[head.end() :], "utf-8")


def test_a_room_of_many_modules_maps_each_once() -> None:
    wrong = []
    for room in rooms():
        if os.environ.get("BAILEE_UPDATE") and is_mapped(room):
            extend(room)
        law = law_of(room / "__init__.py")
        if is_mapped(room):
            listed, there = Counter(mapped(law, parts(room))), Counter(parts(room))
            wrong += [f"{named(room)} does not map {name}" for name in there - listed]
            wrong += [f"{named(room)} maps too much: {name}" for name in listed - there]
    assert wrong == []


def test_no_room_is_crowded() -> None:
    sizes = {named(room): len(modules(room)) for room in rooms()}
    assert {room: size for room, size in sizes.items() if size > MODULES_MAX} == {}
