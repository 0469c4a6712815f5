"""One construction site: a grant is made in the monitor, and nothing else opens the way to one."""

import ast
from collections.abc import Iterator

from tests.house.source import trees

MAKER = "monitor/service.py"
FORBIDDEN = {"__new__", "__setstate__", "deepcopy", "copy", "replace"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield module, node


def name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def mentions_grant(call: ast.Call) -> bool:
    said = [*call.args, *(word.value for word in call.keywords)]
    return any(isinstance(node, ast.Name) and node.id == "Grant" for node in said)


def test_grants_are_made_in_one_place() -> None:
    sites = [module for module, call in calls() if name_of(call) == "Grant"]
    assert sites == [MAKER]


def test_no_call_builds_a_grant_by_another_way() -> None:
    for module, call in calls():
        built = name_of(call) in FORBIDDEN and mentions_grant(call)
        assert not built, module


def test_only_the_monitor_asks_for_the_mac_of_a_grant() -> None:
    askers = {module for module, call in calls() if name_of(call) == "grant_mac"}
    assert askers == {MAKER, "keyring/service.py"}  # the keyring makes it anew to compare
