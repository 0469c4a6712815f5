"""Where a crash can be asked for, and a process that crashes there again and again.

The names of the failpoints are read from our own source, so that a new one is swept on the day it
is written.  A `Stage` is one child process with everything imported; each case is a fork of it,
armed and killed as a real process is.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.house.source import ROOT, trees
from tests.patience import HANGS_S, began

SIDES = ("before", "after")
KILLED = -9


@dataclass(frozen=True)
class Place:
    """One side of one durable write, by its name in the source."""

    name: str
    side: str

    def armed(self, action: str, at: int = 1) -> str:
        """Say it as BAILEE_FAILPOINTS does."""
        return f"{self.name}:{self.side}={action}@{at}"

    def __str__(self) -> str:
        return f"{self.side} {self.name}"


@cache
def names() -> tuple[str, ...]:
    """Return the name of each failpoint: literals given to `durable`, straight or through one hop.

    A name that is handed on (`durable(mark)`) is looked up at the callers of the function whose
    parameter it is.  Fails on a name that cannot be read from the source.
    """
    found: set[str] = set()
    carriers: dict[tuple[str, str], int] = {}
    for module, tree in trees().items():
        for function in _functions(tree):
            for call in _calls(function, "durable"):
                name = call.args[0]
                if isinstance(name, ast.Constant):
                    found.add(str(name.value))
                else:
                    assert isinstance(name, ast.Name), f"unreadable failpoint in {function.name}"
                    parameters = [one.arg for one in function.args.args if one.arg != "self"]
                    carriers[module, function.name] = parameters.index(name.id)
    for (home, carrier), position in carriers.items():
        for call in _callers(home, carrier):
            name = call.args[position]
            assert isinstance(name, ast.Constant), f"unreadable failpoint given to {carrier}"
            found.add(str(name.value))
    return tuple(sorted(found))


def _callers(home: str, function: str) -> Iterator[ast.Call]:
    """Go through the calls of one function, in its own module and where it is imported."""
    dotted = "bailee." + home.removesuffix(".py").replace("/", ".")
    for module, tree in trees().items():
        imported = any(
            isinstance(node, ast.ImportFrom)
            and node.module == dotted
            and function in [one.name for one in node.names]
            for node in ast.walk(tree)
        )
        if imported or module == home:
            yield from _calls(tree, function)


UPGRADING = {"backup.rehearse", "rows.upgrade"}
"""Passed by a home of an older version alone, which no scenario has; homes/test_upgrade.py does."""


OUTSIDE = {"follow.write", "login.drop", "login.write"}
"""Of files that are no part of a home; test_outside.py cuts each."""


def passed_names() -> tuple[str, ...]:
    """Return the name of each failpoint that a home of this version passes."""
    return tuple(name for name in names() if name not in UPGRADING | OUTSIDE)


def places() -> list[Place]:
    """Return both sides of each failpoint that a home of this version passes."""
    return [Place(name, side) for name in passed_names() for side in SIDES]


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            known = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if known == name:
                yield node


class Stage:
    """Runs the scenario of a module in forks of one process that imported it."""

    def __init__(self, scenario: str = "tests.run.faults_scenario") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", scenario, "--serve"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                "PATH": os.environ["PATH"],
                "LANG": "C.UTF-8",
                "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
                **began(),
            },
        )

    def play(self, place: Path, failpoints: str = "", *, resume: bool = False) -> int:
        """Run the scenario in a folder; return its exit code, -9 when it was killed."""
        case = {"place": str(place), "failpoints": failpoints, "resume": resume}
        return self._ask(case)[0]

    def killed(self, place: Path, point: Place, at: int) -> bool:
        """Kill the scenario at one pass; False when this run was whole before it came so far.

        Runs differ by some passes: what is signed when is a matter of time.
        """
        case = {"place": str(place), "failpoints": point.armed("kill", at), "resume": False}
        code, passed = self._ask(case)
        if code != KILLED:
            assert code == 0, f"{point}, pass {at}: exit code {code}"
            assert passed.get(f"{point.name}:{point.side}", 0) < at, f"{point} did not kill"
        return code == KILLED

    def killed_after(self, place: Path, seconds: float) -> int:
        """Run it and kill it so long after its first durable write; its code, -9 when in time."""
        case = {"place": str(place), "failpoints": "", "resume": False, "kill_after_s": seconds}
        return self._ask(case)[0]

    def span(self, place: Path) -> float:
        """Run it whole; say how many seconds lie between its first durable write and its last."""
        case = {"place": str(place), "failpoints": "", "resume": False, "kill_after_s": None}
        code, passed = self._ask(case)
        assert code == 0
        return passed["last_us"] / 1e6

    def passes(self, place: Path) -> dict[Place, int]:
        """Run it whole and count how often each failpoint was passed."""
        listed = places()
        counting = ",".join(one.armed("count") for one in listed)
        code, passed = self._ask({"place": str(place), "failpoints": counting, "resume": False})
        assert code == 0
        return {one: passed.get(f"{one.name}:{one.side}", 0) for one in listed}

    def _ask(self, case: dict[str, object]) -> tuple[int, dict[str, int]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return answer["code"], answer["passed"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=HANGS_S)
        self._process.stdout.close()
