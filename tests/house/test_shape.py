"""The shape of the code: small bodies, honest names, no swallowed error, a law on each module."""

import ast
import re
from pathlib import Path
from statistics import median

from tests.house.source import ROOT, lines, trees

FILE_LINES = 500
BODY_LINES = 70
BODY_MEDIAN = 10
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base|handlers?)(_|$)")

BROAD_EXCEPT = {
    "adapters/sql/engine.py": "what a unit of work raises undoes it alone, and goes to its caller",
}
"""Where catching everything is right, each with its reason: it is raised again or handed over."""


def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return [
        (name, node)
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or 0) - node.body[0].lineno + 1


def test_every_module_states_its_law() -> None:
    assert [name for name, tree in trees().items() if not ast.get_docstring(tree)] == []


def test_files_are_small() -> None:
    assert {name: len(text) for name, text in lines().items() if len(text) > FILE_LINES} == {}


def test_bodies_are_small() -> None:
    sizes = {(name, node.name): body_lines(node) for name, node in functions()}
    assert {where: size for where, size in sizes.items() if size > BODY_LINES} == {}
    assert median(sizes.values()) <= BODY_MEDIAN


def test_names_say_what_things_are() -> None:
    names = {
        part
        for name, tree in trees().items()
        for part in [
            *Path(name).with_suffix("").parts,
            *(
                re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower()
                for node in ast.walk(tree)
                if isinstance(node, ast.ClassDef | ast.FunctionDef)
            ),
        ]
    }
    assert sorted(name for name in names if FORBIDDEN_NAMES.search(name)) == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = getattr(handler.type, "id", "") if handler.type else "BaseException"
    return caught in ("Exception", "BaseException")


def test_errors_are_not_swallowed() -> None:
    broad = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    }
    assert broad == set(BROAD_EXCEPT)


def test_no_mock_stands_in_for_a_part() -> None:
    using = [
        str(path)
        for path in (ROOT / "tests").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom) and "mock" in ast.unparse(node)
    ]
    assert using == []


def test_every_exception_to_a_rule_has_a_reason() -> None:
    waiver = re.compile(r"#\s*(?:noqa|type: ignore)\S*(?:\s*[A-Z]+\d+,?)*(.*)$")
    bare = [
        f"{name}:{number}"
        for name, text in lines().items()
        for number, line in enumerate(text, 1)
        if (found := waiver.search(line)) and "#" not in found[1]
    ]
    assert bare == []


def test_nothing_is_left_for_later() -> None:
    unfinished = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    found = [
        f"{name}:{number}"
        for name, text in lines().items()
        for number, line in enumerate(text, 1)
        if unfinished.search(line)
    ]
    assert found == []
