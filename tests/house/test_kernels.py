"""The name of the kernels' cache covers all that a kernel is compiled from.

Numba looks at the file of a kernel alone to see whether what it compiled is stale.  A package
that `cache` does not digest would leave kernels in use that are of other bytes or other bounds
than the source says, silently and on some machines only.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

from tests.house.source import trees

from bailee.scan.vm.cache import _PACKAGES, _PAGES

COMPILED = ("kernel", "piece", "tiny", "instruction")
"""What marks a function that numba compiles."""


def marks(tree: ast.AST) -> set[str]:
    return {
        mark.id
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Name)
    }


def imports(body: list[ast.stmt]) -> Iterator[ast.ImportFrom | ast.Import]:
    """Give what a module imports when it is loaded, not what a type checker sees alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from imports(node.body)


def pages(module: str, names: list[str]) -> Iterator[str]:
    """Give the files that `from module import names` reads, below the house."""
    inner = module.removeprefix("bailee").lstrip(".").replace(".", "/")
    for name in names:
        one = f"{inner}/{name}.py".lstrip("/")
        yield one if one in trees() else f"{inner}.py"
    if f"{inner}/__init__.py" in trees():
        yield f"{inner}/__init__.py"


def read_by(page: str) -> set[str]:
    found: set[str] = set()
    for node in imports(trees()[page].body):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bailee"):
            found.update(pages(node.module or "", [alias.name for alias in node.names]))
        elif isinstance(node, ast.Import):
            found.update(
                one
                for alias in node.names
                if alias.name.startswith("bailee")
                for one in pages(alias.name, [])
            )
    return found & set(trees())


@cache
def sources() -> frozenset[str]:
    """Give every module that a kernel is compiled from: its own, and all that those import."""
    waiting = [name for name, tree in trees().items() if marks(tree) & set(COMPILED)]
    found: set[str] = set()
    while waiting:
        page = waiting.pop()
        if page not in found:
            found.add(page)
            waiting += read_by(page)
    return frozenset(found)


def folders() -> set[str]:
    return {str(PurePosixPath(page).parent) for page in sources() - set(_PAGES)}


def test_what_kernels_are_compiled_from_is_found() -> None:
    known = {"scan/vm/char.py", "scan/kinds.py", "logs/kernels/wide.py", "scan/vm/teddy.py"}
    assert known <= sources()
    assert "scan/vm/machine.py" in read_by("logs/store/kernels/sha.py")


def test_the_digest_covers_what_kernels_are_compiled_from() -> None:
    assert folders() - set(_PACKAGES) == set()


def test_the_digest_covers_nothing_else() -> None:
    assert set(_PACKAGES) - folders() == set()
    assert set(_PAGES) - sources() == set()


def test_each_compiled_function_is_marked_by_ours() -> None:
    """`numba.njit` alone would compile in each process, and import numba to do it."""
    bare = [
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
        and (getattr(node, "attr", "") or getattr(node, "id", "")) in ("njit", "jit", "vectorize")
    ]
    assert set(bare) == {"scan/vm/compiling.py"}
