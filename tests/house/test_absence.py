"""What must not be there is looked for by `holds`: no short value, and in bytes no fixed one.

Found are assertions that something is not in something, however they are written: `not in`,
`not any(… in …)`, `(… in …) == …`, `find(…) == -1`, `count(…) == 0`.  Left alone is whatever is
evidently a collection, where nothing turns up by chance.
"""

import ast
from collections.abc import Iterator

import pytest
from tests.absence import MARK_BYTES, holds, mark
from tests.house.source import ROOT

TESTS = ROOT / "tests"

COLLECTIONS = (
    *(ast.Set, ast.List, ast.Tuple, ast.Dict),
    *(ast.SetComp, ast.ListComp, ast.DictComp, ast.GeneratorExp),
)
MAKERS = {"set", "frozenset", "list", "tuple", "dict", "sorted", "range"}


def pages() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(TESTS.rglob("*.py")):
        yield str(path.relative_to(TESTS)), ast.parse(path.read_text("utf-8"))


def is_collection(node: ast.expr) -> bool:
    """Tell whether what is looked in is a collection at first sight."""
    called = isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS
    return called or isinstance(node, COLLECTIONS)


def searches(node: ast.AST, *, denied: bool = False) -> Iterator[ast.expr]:
    """Go through an assertion and give each search whose answer is to be no, or depends."""
    if isinstance(node, ast.Compare):
        (operator, *_), (right, *_) = node.ops, node.comparators
        absent = isinstance(operator, ast.NotIn) or (isinstance(operator, ast.In) and denied)
        member = isinstance(node.left, ast.Tuple)  # of a collection: no text holds a tuple
        if absent and not member and not is_collection(right):
            yield node
        if isinstance(node.left, ast.Call) and ast.unparse(right) in ("0", "-1"):
            called = node.left.func
            if isinstance(called, ast.Attribute) and called.attr in ("find", "count", "rfind"):
                yield node
        denied = True
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        denied = True
    for child in ast.iter_child_nodes(node):
        yield from searches(child, denied=denied)


def found(tree: ast.Module) -> list[ast.expr]:
    asserted = (node.test for node in ast.walk(tree) if isinstance(node, ast.Assert))
    return [search for test in asserted for search in searches(test)]


def test_whatever_must_not_be_there_is_looked_for_by_one_function() -> None:
    other = [
        f"{page}:{search.lineno} {ast.unparse(search)}"
        for page, tree in pages()
        for search in found(tree)
    ]
    assert other == []


def fixed(tree: ast.Module) -> list[str]:
    """Name each search in bytes for what is written in the test, there or at its head."""
    written = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    out = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "holds":
            value: ast.expr | None = node.args[1]
            named = isinstance(value, ast.Name)
            value = written.get(value.id) if isinstance(value, ast.Name) else value
            if isinstance(value, ast.Constant) and (named or isinstance(value.value, bytes)):
                out.append(f"{node.lineno} {ast.unparse(node)}")
    return out


def test_what_is_looked_for_is_drawn_for_the_run() -> None:
    """Words of the product may be looked for in what it says; a person's value is drawn."""
    assert {page: calls for page, tree in pages() if (calls := fixed(tree))} == {}


PLANTED = {
    "a short literal": 'assert b"awa" not in data',
    "a variable": "assert value not in path.read_bytes()",
    "none of many": "assert not any(value in data for value in values)",
    "denied": "assert not value in data",
    "compared": "assert (salt in held) == (at == 3)",
    "listed": "assert [one for one in wanted if one in held] == []",
    "found nowhere": 'assert data.find(b"awa") == -1',
    "counted": 'assert data.count(b"awa") == 0',
}


@pytest.mark.parametrize("form", PLANTED)
def test_each_form_of_a_search_is_found(form: str) -> None:
    assert len(found(ast.parse(PLANTED[form]))) == 1


LEFT_ALONE = {
    "what must be there": 'assert b"awa" in data',
    "a set": "assert name not in set(names)",
    "a literal collection": "assert name not in {1, 2}",
    "the shared function": "assert not holds(data, value)",
}


@pytest.mark.parametrize("form", LEFT_ALONE)
def test_what_chance_cannot_find_is_left_alone(form: str) -> None:
    assert found(ast.parse(LEFT_ALONE[form])) == []


def test_a_fixed_value_is_found() -> None:
    assert fixed(ast.parse('VALUE = "awa.kone@example.org"\nassert not holds(text, VALUE)'))
    assert fixed(ast.parse('assert not holds(data, b"awa.kone@example.org")'))
    assert not fixed(ast.parse('assert not holds(text, "taken as UTC")'))


def test_a_short_value_is_refused() -> None:
    with pytest.raises(ValueError, match="by chance"):
        holds(b"data", bytes(MARK_BYTES - 1))
    assert not holds(b"data", bytes(MARK_BYTES))


def test_marks_are_long_and_differ() -> None:
    drawn = {mark() for _ in range(100)}
    assert len(drawn) == 100
    assert min(map(len, drawn)) > MARK_BYTES
