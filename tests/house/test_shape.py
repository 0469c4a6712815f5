"""The shape of the code: small bodies, honest names, no swallowed error, a law on each module."""

import ast
import re
from pathlib import Path
from statistics import median

import pytest
from tests.house.source import ROOT, lines, trees

FILE_LINES = 500
BODY_LINES = 70
BODY_MEDIAN = 10
FORBIDDEN_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|manager|base|handlers?)(_|$)")

BROAD_EXCEPT = {
    "adapters/sql/engine.py": "what a unit of work raises undoes it alone, and goes to its caller",
    "adapters/sql/group.py": "a batch hangs on who is interrupted: told of first, then raised",
    "client/records.py": "what a record holds may raise anything; it is counted, as logging has it",
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


BROAD = {"Exception", "BaseException"}


def aliases(tree: ast.Module) -> dict[str, set[str]]:
    """Say of each name that a module gives to what can be caught which classes it stands for."""
    known: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "builtins":
            known |= {item.asname: {item.name} for item in node.names if item.asname}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    known[target.id] = caught(node.value, known)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            known[node.target.id] = caught(node.value, known)
    return known


def caught(node: ast.expr | None, known: dict[str, set[str]]) -> set[str]:
    """Name the classes that an expression after `except` stands for, whatever it is made of."""
    if node is None:
        return {"BaseException"}
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
    return set().union(*(known.get(name, {name}) for name in names))


def test_a_public_class_name_says_whose_it_is() -> None:
    """One name, one class: a reader who meets it need not ask of which room it speaks."""
    rooms: dict[str, list[str]] = {}
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                rooms.setdefault(node.name, []).append(module)
    assert {name: where for name, where in rooms.items() if len(where) > 1} == {}


def broad_places(tree: ast.Module) -> list[int]:
    """Give the line of each place that catches everything, by `except` or by `suppress`."""
    known = aliases(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and caught(node.type, known) & BROAD:
            found.append(node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            found += [node.lineno for part in node.args if caught(part, known) & BROAD]
    return found


def test_errors_are_not_swallowed() -> None:
    assert {name for name, tree in trees().items() if broad_places(tree)} == set(BROAD_EXCEPT)


SWALLOWING = {
    "bare": "try: pass\nexcept: pass",
    "plain": "try: pass\nexcept Exception: pass",
    "in a tuple": "try: pass\nexcept (ValueError, Exception): pass",
    "the base, with a name": "try: pass\nexcept (OSError, BaseException) as error: pass",
    "by another name": "E = Exception\ntry: pass\nexcept E: pass",
    "by a name of a name": "E = Exception\nF = (E, OSError)\ntry: pass\nexcept F: pass",
    "of its module": "import builtins\ntry: pass\nexcept builtins.Exception: pass",
    "imported": "from builtins import Exception as E\ntry: pass\nexcept E: pass",
    "tuples added": "E = (OSError,) + (Exception,)\ntry: pass\nexcept E: pass",
    "a tuple unpacked": "E = (Exception,)\ntry: pass\nexcept (OSError, *E): pass",
    "in a group": "try: pass\nexcept* Exception: pass",
    "suppressed": "import contextlib\nwith contextlib.suppress(Exception): pass",
}


@pytest.mark.parametrize("form", SWALLOWING)
def test_each_way_to_swallow_an_error_is_found(form: str) -> None:
    assert len(broad_places(ast.parse(SWALLOWING[form]))) == 1


def test_what_is_named_is_not_broad() -> None:
    narrow = "E = (OSError, ValueError)\ntry: pass\nexcept (E, errors.Damaged): pass"
    assert broad_places(ast.parse(narrow)) == []


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
