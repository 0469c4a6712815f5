"""One construction site: a grant is made in the monitor, and nothing else opens the way to one."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "bailee"
MAKER = "monitor/service.py"
FORBIDDEN = {"__new__", "__setstate__", "deepcopy", "copy"}


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def mentions_grant(call: ast.Call) -> bool:
    said = [*call.args, *(word.value for word in call.keywords)]
    return any(isinstance(node, ast.Name) and node.id == "Grant" for node in said)


def test_grants_are_made_in_one_place() -> None:
    sites = [
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        for call in calls(path)
        if name_of(call) == "Grant"
    ]
    assert sites == [MAKER]


def test_no_call_builds_a_grant_by_another_way() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for call in calls(path):
            built = name_of(call) in {*FORBIDDEN, "replace"} and mentions_grant(call)
            assert not built, path


def test_only_the_monitor_asks_for_the_mac_of_a_grant() -> None:
    askers = {
        path.relative_to(SOURCE).as_posix()
        for path in sorted(SOURCE.rglob("*.py"))
        for call in calls(path)
        if name_of(call) == "grant_mac"
    }
    assert askers == {MAKER, "keyring/service.py"}  # the keyring makes it anew to compare
