"""Reading: how rows are read: the types of a dataclass's or named tuple's fields say how, once.

    bytes, str, int   as they are; whole numbers not below zero unless their column says so
    bool              0 or 1
    Id                its 16 bytes
    Enum, Literal     a word of the closed list
    tuple[str, ...]   words joined by blanks
    X | None          NULL for None

A field that is a dataclass itself stands for its own fields.  What a row holds that nobody here
wrote is Damaged, and here alone: a value of another type, a NULL where none may be, an id of
another length, a word of no list.  A mistake of ours stays what it is, a TypeError.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from operator import call
from types import NoneType, UnionType
from typing import (
    Final,
    Generic,
    Literal,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from bailee import errors
from bailee.adapters.sql.engine import Row
from bailee.adapters.sql.table import Column
from bailee.ids import Id

DAMAGED: Final = "errors_sql.damaged"
"""The reason of a damaged row whose noun has none of its own."""

R = TypeVar("R")
_Read = Callable[[object], object]
_T_co = TypeVar("_T_co", covariant=True)


class _Named(Protocol[_T_co]):
    """A named tuple's class, whose way of being made typing does not know."""

    @classmethod
    def _make(cls, values: Iterator[object]) -> _T_co:
        """Make one of its values in order."""


class Reading(Generic[R]):
    """Reads rows as values of one class; the columns are in the order of its fields.

    `columns` are the declarations of fields that have one; `damaged` is the reason of Damaged.
    """

    def __init__(
        self,
        kind: type[R],
        *,
        columns: Mapping[str, Column] | None = None,
        damaged: str = DAMAGED,
    ) -> None:
        self._damaged = damaged
        # Once for each class, when its module loads: the types of a class never change, and asking
        # for them at each row would cost more than the row.
        found = {path.rpartition(".")[2]: of for path, of in typed(kind)}
        self._readers = [_reader(of, (columns or {}).get(name)) for name, of in found.items()]
        self._make = _maker(kind, list(found))

    def __call__(self, row: Row) -> R:
        """Read one row; Damaged when nobody here wrote it."""
        try:
            # ValueError alone: a TypeError is a mistake of ours, and must not pass for damage.
            return self._make(map(call, self._readers, row))
        except ValueError:
            raise errors.Damaged(self._damaged) from None

    def joined(self, row: Row) -> R | None:
        """Read what a left join may not have found: NULL in every column."""
        return None if all(value is None for value in row) else self(row)


class ReadingOne(Generic[R]):
    """Reads rows of one column as values of one type."""

    def __init__(self, kind: type[R]) -> None:
        self._reader = cast("Callable[[object], R]", _reader(kind))

    def __call__(self, row: Row) -> R:
        """Read one row; Damaged when nobody here wrote it."""
        try:
            return self._reader(row[0])
        except ValueError:
            raise errors.Damaged(DAMAGED) from None


def sound(rows: Sequence[Row], *kinds: tuple[type, ...]) -> Sequence[Row]:
    """Return thousands of rows as they are; Damaged when a column holds another type than these.

    By column, in C: 30 ns a value, where reading each would cost as much as fetching it.
    """
    for values, allowed in zip(zip(*rows, strict=True), kinds, strict=False):
        if not set(map(type, values)) <= set(allowed):
            raise errors.Damaged(DAMAGED)
    return rows


def _maker(kind: type[R], names: Sequence[str]) -> Callable[[Iterator[object]], R]:
    """Choose how a class is made of its values, the cheapest way that it has."""
    if issubclass(kind, tuple):
        return cast("type[_Named[R]]", kind)._make
    parts = [
        (name, of, [one.name for one in fields(of)])
        for name, of in get_type_hints(kind).items()
        if _is_part(of)
    ]

    if not parts:
        return lambda values: kind(**dict(zip(names, values, strict=False)))

    def make(values: Iterator[object]) -> R:
        found = dict(zip(names, values, strict=False))
        for name, part, inner in parts:
            found[name] = part(**{one: found.pop(one) for one in inner})
        return kind(**found)

    return make


def typed(kind: type, before: str = "") -> Iterator[tuple[str, object]]:
    """Yield path and type of each field, those of a part in its place: `head.size`."""
    names = [one.name for one in fields(kind)] if is_dataclass(kind) else kind.__annotations__
    hints = get_type_hints(kind)
    for name in names:
        if _is_part(hints[name]):
            yield from typed(hints[name], f"{before}{name}.")
        else:
            yield before + name, hints[name]


def _is_part(kind: object) -> bool:
    return is_dataclass(kind) and isinstance(kind, type) and not issubclass(kind, Id)


def _reader(kind: object, column: Column | None = None) -> _Read:
    """Make what reads a column as a field's type; it raises ValueError of what is not one."""
    options = get_args(kind)
    if get_origin(kind) is UnionType:
        (some,) = (option for option in options if option is not NoneType)
        return _nullable(_reader(some, column))
    if get_origin(kind) is Literal:
        return _word(dict(zip(options, options, strict=True)))
    if isinstance(kind, type) and issubclass(kind, Id):
        return _ident(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _word({member.value: member for member in kind})
    return _any_whole if column is not None and column.negative else _READERS[kind]


def _whole(value: object) -> int:
    # `type`, not `isinstance`: True is an int to Python, and no number that anybody wrote.
    if type(value) is not int or value < 0:
        raise ValueError("not a whole number from 0")
    return value


def _any_whole(value: object) -> int:
    if type(value) is not int:
        raise ValueError("not a whole number")
    return value


def _flag(value: object) -> bool:
    if type(value) is not int or value not in (0, 1):
        raise ValueError("neither 0 nor 1")
    return value == 1


def _blob(value: object) -> bytes:
    if type(value) is not bytes:
        raise ValueError("not bytes")
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise ValueError("not text")
    return value


def _words(value: object) -> tuple[str, ...]:
    found = tuple(_text(value).split())
    if " ".join(found) != value:  # a MAC over the words would not see the blanks between
        raise ValueError("not words joined by blanks")
    return found


def _ident(kind: type[Id]) -> _Read:
    return lambda value: kind(_blob(value))


def _word(words: Mapping[object, object]) -> _Read:
    def read(value: object) -> object:
        if not isinstance(value, (str, int)) or value not in words:
            raise ValueError("a word of no list")
        return words[value]

    return read


def _nullable(read: _Read) -> _Read:
    return lambda value: None if value is None else read(value)


_READERS: Final[Mapping[object, _Read]] = {
    bool: _flag,
    bytes: _blob,
    int: _whole,
    str: _text,
    tuple[str, ...]: _words,
}
