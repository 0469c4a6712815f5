"""Each bound of what comes in is tried where it bites: as much as there may be, and one more.

The rows are `tests/bounds.py` for `bailee.limits`, and `tests/proof/bounds.py` for `bailee.proof`,
which is shipped alone and has its bounds beside what reads.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.bounds import LIMITS
from tests.house.source import trees
from tests.proof.bounds import PROOF

from bailee import limits

STEP_S = 0.001
"""The next figure after a bound in seconds: what a clock in milliseconds can tell."""

OWN: dict[str, Any] = {name: vars(limits)[name] for name in dir(limits) if name.isupper()}


def beyond(name: str, bound: float) -> float:
    """Give the first figure that is refused."""
    step = STEP_S if type(bound) is float else 1
    return bound - step if name.endswith("_MIN") else bound + step


def bound_of(name: str) -> int:
    module, _, constant = name.rpartition(".")
    return int(getattr(import_module(f"bailee.proof.{module}"), constant))


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_as_long_as_it_may_be_is_taken(name: str, tmp_path: Path) -> None:
    assert LIMITS[name](OWN[name], tmp_path)


@pytest.mark.parametrize("name", LIMITS)
def test_one_more_is_not(name: str, tmp_path: Path) -> None:
    assert not LIMITS[name](beyond(name, OWN[name]), tmp_path)


@pytest.mark.parametrize("name", PROOF)
def test_what_a_verifier_reads_may_be_as_long(name: str, tmp_path: Path) -> None:
    assert PROOF[name](bound_of(name), tmp_path)


@pytest.mark.parametrize("name", PROOF)
def test_one_more_is_not_read(name: str, tmp_path: Path) -> None:
    assert not PROOF[name](bound_of(name) + 1, tmp_path)


def test_every_bound_has_its_row() -> None:
    assert set(LIMITS) == set(OWN)
    assert set(PROOF) == {
        f"{module}.{name}" for module, name in constants("proof/") if not name.startswith("_")
    }


def constants(room: str) -> set[tuple[str, str]]:
    """Name the constants of a room's modules that end in `_MAX`, each with its module."""
    return {
        (page.removeprefix(room).removesuffix(".py").replace("/", "."), target.id)
        for page, tree in trees().items()
        if page.startswith(room)
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id.endswith(("_MAX", "_LIMIT"))
    }


ELSEWHERE = {
    ("adapters.sources.packing", "LAYERS_MAX"): "of what is sent: tests/field/test_containers.py",
    ("adapters.sources.packing", "RATIO_MAX"): "of what is sent: tests/field/test_containers.py",
    ("backup.archive", "_PAX_BYTES_MAX"): "no record is that long: it is read as one figure",
    ("keyring.tree.cache", "ENTRIES_MAX"): "a cache",
    ("keyring.tree.wrapping", "CIPHERS_MAX"): "a cache",
    ("logs.store.index", "MERGED_POSTINGS_MAX"): "how much is merged at once; all is, in the end",
    ("logs.search.pasted", "READINGS_MAX"): "of one value, which has its own bound",
    ("run.serve.connections", "ACTS_MAX"): "threads; what is asked beyond that waits",
    ("run.serve.connections", "CONNECTIONS_MAX"): "of more, the one silent the longest is ended",
    ("scan.armour", "LINES_MAX"): "how far a key may reach; what is beyond is scanned as all is",
    ("scan.canonical", "_NATIONAL_DIGITS_MAX"): "the grammar of a telephone number",
    ("scan.canonical", "_BYTE_MAX"): "a byte",
    ("scan.carried", "_LINES_MAX"): "how far a value goes on; what is beyond is scanned as all is",
    ("scan.own", "REMEMBERED_MAX"): "a cache",
    ("scan.propagate", "FINDS_MAX"): "room for finds of one block, which has fewer",
    ("vault.memory", "ENTRIES_MAX"): "a cache",
}
"""What ends in `_MAX` and bounds nothing that comes in, each with what it is."""


def test_no_other_room_has_bounds_of_its_own() -> None:
    grammar = (
        "proof.",
        "logs.ingest.kernels.",
        "scan.detect.",
        "scan.vm.",
        "scan.recipes.",
        "limits",
    )
    own = {found for found in constants("") if not found[0].startswith(grammar)}
    assert own == set(ELSEWHERE)
