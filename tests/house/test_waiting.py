"""No test depends on how fast the machine is: none looks at a clock, none waits for less than ages.

What must happen at once is shown by `nothing_sleeps`, what must come by a wait of `HANGS_S`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from hypothesis import settings
from tests.house.source import ROOT

TESTS = ROOT / "tests"

CLOCKS = {
    *("sleep", "time", "time_ns", "monotonic", "monotonic_ns"),
    *("perf_counter", "perf_counter_ns", "process_time"),
}

LOOKING = {
    "conftest.py": "a sample of the sweeps begins no test after its time",
    "acceptance/ground.py": "tells how long a run took",
    "acceptance/note.py": "tells how long an acceptance took",
    "adapters/test_objects.py": "a file is made to look two hours old",
    "front/test_syslog_ng.py": "looks again and again until lines are there; any outage must do",
    "logs/test_gathering.py": "lets other threads run until all of them wait",
    "patience.py": "it stands in for the clock",
    "run/faults_scenario.py": "kills at a moment between two writes; any moment must do",
    "run/test_canaries.py": "looks again and again at a process that waits to be seen",
    "run/test_log_follow.py": "looks again and again until lines are there; any outage must do",
    "run/test_log_push.py": "as above",
    "scan/fuzz.py": "a program that runs for as long as it is asked to",
    "scan/fuzz_guarded.py": "as above",
}
"""Where a test looks at a clock, each with the reason why its verdict does not depend on it."""


def pages() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(TESTS.rglob("*.py")):
        yield str(path.relative_to(TESTS)), ast.parse(path.read_text("utf-8"))


def is_clock(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "time"
    return (
        isinstance(node, ast.Attribute)
        and node.attr in CLOCKS
        and ast.unparse(node.value) == "time"
    )


def test_no_test_looks_at_a_clock() -> None:
    looking = {page for page, tree in pages() for node in ast.walk(tree) if is_clock(node)}
    assert looking == set(LOOKING)


def test_whatever_is_waited_for_has_ages() -> None:
    short = [
        f"{page}:{keyword.value.lineno}"
        for page, tree in pages()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "timeout" and ast.unparse(keyword.value) not in {"HANGS_S", "0"}
    ]
    assert short == []


def test_no_test_has_a_time_of_its_own() -> None:
    """One bound for all: who sets a shorter one has measured his own machine."""
    marked = [
        page
        for page, tree in pages()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.timeout"
    ]
    assert marked == []


def test_hypothesis_has_no_deadline() -> None:
    assert settings().deadline is None


def test_the_finder_finds(tmp_path: Path) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text("import time\nbegan = time.monotonic()\nfrom time import sleep\n", "utf-8")
    found = [node for node in ast.walk(ast.parse(planted.read_text("utf-8"))) if is_clock(node)]
    assert len(found) == 2
