"""Bytes of text have names: no kernel compares one with a bare number."""

import ast
from collections.abc import Iterator, Mapping

from tests.house.source import trees

ROOMS = ("scan/", "logs/kernels/", "logs/ingest/kernels/", "logs/store/kernels/")
"""Where text is read byte by byte, and what is compiled with it."""

BARE = {
    "a decimal": "u8(at) == 46",
    "one of several": "u8(at) not in (char.COMMA, 59)",
    "one of a set": "u8(at) in {9}",
    "the end of a range": "char.ZERO <= u8(at) < 58",
    "of a byte that has a name": "(byte := u8(at)) and byte == 46",
    "of a folded byte": "u8(at) | char.CASE == 0x6E",
    "the bit of a case": "u8(at) | 32",
    "a digit's value": "u8(at) - 48",
    "a word of four bytes": "u32(at) == 0x2D2D6E78",
    "a word of a few": "u32(at) & char.THREE_BYTES in (0x435455, char.THREE)",
    "a comparison of 64 bytes": "plane(at, 10)",
    "a range of them": "plane_range(at, 128, char.HIGH)",
    "a byte written": "put8(out, 13)",
    "a byte handed on": "opens(u8(at))",
}
NAMED = {
    "a name": "u8(at) == char.DOT",
    "several": "u8(at) in (char.DOT, char.DASH)",
    "nothing": "u8(uses + find) != 0",
    "half of a byte": "u8(at) >> 4",
    "a bit of a bitmap": "u8(bits + (code >> 3)) & 1",
    "a number that is no byte": "count == 14",
    "a word of a table": "u32(row + 8) & 255",
    "from the first byte": "plane_range(at, 0, char.SPACE + 1)",
}

Place = tuple[str, str]
"""A module and a function's name."""
Bytes = Mapping[Place, frozenset[str]]
"""By function, the parameters that are given a byte somewhere."""


def is_load(node: ast.expr, *names: str) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names


def is_byte(node: ast.expr, known: frozenset[str]) -> bool:
    """Tell a byte of text: loaded, kept under a name, or with bits set."""
    if isinstance(node, ast.NamedExpr):
        return is_byte(node.value, known)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return is_byte(node.left, known)
    return is_load(node, "u8") or (isinstance(node, ast.Name) and node.id in known)


def is_word(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd):
        return is_word(node.left)
    return is_load(node, "u16", "u32", "i64")


def numbers(node: ast.expr, least: int) -> bool:
    """Tell whether a bare number stands here, alone or among others."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.Set) else [node]
    return any(
        isinstance(part, ast.Constant) and type(part.value) is int and part.value >= least
        for part in parts
    )


def names_of_bytes(parts: list[ast.AST], known: frozenset[str]) -> frozenset[str]:
    for part in parts:
        if isinstance(part, ast.Assign) and is_byte(part.value, known):
            known |= {target.id for target in part.targets if isinstance(target, ast.Name)}
        if isinstance(part, ast.NamedExpr) and is_byte(part.value, known):
            known |= {part.target.id}
    return known


def is_bare(node: ast.AST, known: frozenset[str]) -> bool:
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(is_byte(side, known) for side in sides):
            return any(numbers(side, 1) for side in sides)
        return any(map(is_word, sides)) and any(numbers(side, 256) for side in sides)
    if isinstance(node, ast.BinOp) and is_byte(node.left, known):
        wide = isinstance(node.op, ast.BitOr | ast.Add | ast.Sub)
        return wide and numbers(node.right, 10)
    if isinstance(node, ast.Call) and is_load(node, "plane", "plane_range", "put8"):
        return numbers(node.args[1], 2)
    return False


class Rooms:
    """The functions of some modules, and which of their names hold bytes."""

    def __init__(self, modules: Mapping[str, ast.AST]) -> None:
        self.parts: dict[Place, list[ast.AST]] = {}
        self.parameters: dict[Place, list[str]] = {}
        self.homes: dict[str, str] = {}
        for where, tree in modules.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    self.parts[where, node.name] = list(ast.walk(node))
                    self.parameters[where, node.name] = [arg.arg for arg in node.args.args]
                    self.homes[node.name] = where
        self.known: dict[Place, frozenset[str]] = dict.fromkeys(self.parts, frozenset())
        while self._follow():
            pass

    def _follow(self) -> bool:
        """Hand bytes on to the functions that are called with them; tell whether that was new."""
        before = dict(self.known)
        for (where, name), parts in self.parts.items():
            known = self.known[where, name] = names_of_bytes(parts, self.known[where, name])
            for part in parts:
                if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                    called = part.func.id
                    own = (where, called) in self.parts
                    to = (where if own else self.homes.get(called, ""), called)
                    handed = zip(self.parameters.get(to, ()), part.args, strict=False)
                    taken = {parameter for parameter, value in handed if is_byte(value, known)}
                    if taken:
                        self.known[to] |= taken
        return before != self.known

    def bare(self) -> Iterator[str]:
        """Give the places of bare numbers."""
        for (where, name), parts in self.parts.items():
            for part in parts:
                if is_bare(part, self.known[where, name]):
                    yield f"{where}:{getattr(part, 'lineno', 0)} {ast.unparse(part)}"


def sample(text: str) -> ast.Module:
    opens = "def opens(byte):\n    return byte == 46\n" if "opens" in text else ""
    return ast.parse(f"{opens}def sample(at):\n    return {text}\n")


def test_a_bare_number_is_found() -> None:
    assert [name for name, text in BARE.items() if not [*Rooms({"": sample(text)}).bare()]] == []


def test_a_name_is_let_be() -> None:
    assert [name for name, text in NAMED.items() if [*Rooms({"": sample(text)}).bare()]] == []


def test_no_byte_of_text_is_compared_with_a_bare_number() -> None:
    rooms = Rooms({name: tree for name, tree in trees().items() if name.startswith(ROOMS)})
    assert any(rooms.known.values())
    assert sorted(rooms.bare()) == []
