"""Codec: values by their declared types, as plain lists, texts and numbers.

A value is written by the type that is declared for it and read by the same: nothing that is read
can choose what is made of it.  A dataclass is the list of its fields in their order, an id its 16
bytes, a map a list of pairs; None stands for itself.  spec/socket.md
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from bailee import errors
from bailee.act.declaration import answer_of
from bailee.ids import Id
from bailee.secret import Secret

Plain = Any
"""What msgpack has: None, a flag, a number, text, bytes, a list."""

_PARTS = 3
_TAKEN = ("self", "reason")


class Coder(NamedTuple):
    """Coder: writes values of one type as plain ones, and reads them."""

    write: Callable[[Any], Plain]
    read: Callable[[Plain], Any]
    """UsageError when it is no value of the type; what was read is not repeated."""


class Streamed(NamedTuple):
    """Streamed: the field of an answer that comes after its head, and what its items are."""

    field: str
    item: Any
    """Their type; bytes when they are sent as they are."""


def malformed() -> errors.UsageError:
    """Make the error of something that is no value of its type."""
    return errors.UsageError("errors_socket.malformed")


def coder(kind: Any) -> Coder:  # noqa: ANN401  # a type, as it is declared
    """Give the coder of a type; TypeError for one that cannot be sent."""
    return _coder(kind)


@cache
# Once for each type: declarations do not change while a program runs.
def _coder(kind: Any) -> Coder:  # noqa: ANN401, PLR0911  # a type; a case each
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return coder(inner[0])
    if origin in (Union, UnionType):
        return _union(inner)
    if origin is Literal:
        return Coder(_same, _one_of(inner))
    if origin is tuple:
        return _tuple(inner)
    if origin in (list, Sequence):
        return _many(coder(inner[0]), list if origin is list else tuple)
    if origin in (dict, Mapping, Counter):
        value = int if origin is Counter else inner[1]
        return _map(coder(inner[0]), coder(value), Counter if origin is Counter else dict)
    if origin is Secret:  # an answer that gives one out does it once, to who asked
        inside = coder(inner[0])
        return Coder(
            lambda value: inside.write(value.reveal()), lambda raw: Secret(inside.read(raw))
        )
    if origin is Generator:
        return Coder(lambda _: None, lambda _: None)  # sent after the head, an item at a time
    return _simple(kind)


def _simple(kind: Any) -> Coder:  # noqa: ANN401  # a class
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    for base, make in _CLASSES:
        if issubclass(kind, base):
            return make(kind)
    if is_dataclass(kind):
        return _record(kind)
    raise TypeError(kind)


def _id(kind: Any) -> Coder:  # noqa: ANN401  # a class of ids
    return Coder(lambda value: value.raw, lambda raw: _made(kind, _bytes(raw)))


def _word(kind: Any) -> Coder:  # noqa: ANN401  # a closed list
    return Coder(lambda value: value.value, lambda raw: _made(kind, raw))


def _same(value: Plain) -> Plain:
    return value


def _of(kind: type) -> Callable[[Plain], Any]:
    def read(value: Plain) -> Any:  # noqa: ANN401  # of that type
        # `True` is a number to Python, and none of what is declared as one.
        if type(value) is not kind:
            raise malformed()
        return value

    return read


def _one_of(words: tuple[Any, ...]) -> Callable[[Plain], Any]:
    def read(value: Plain) -> Any:  # noqa: ANN401  # one of the words
        if not any(type(value) is type(word) and value == word for word in words):
            raise malformed()
        return value

    return read


def _bytes(value: Plain) -> bytes:
    if not isinstance(value, bytes):
        raise malformed()
    return value


def _written(value: str) -> Plain:
    """Write text; names of the operating system that are no UTF-8 as the bytes that they are."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode(errors="surrogateescape")
    return value


def _text(value: Plain) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    if not isinstance(value, str):
        raise malformed()
    return value


def _made(kind: Callable[[Plain], Any], value: Plain) -> Any:  # noqa: ANN401  # of that type
    try:
        return kind(value)
    except (ValueError, TypeError):
        raise malformed() from None


def _list(value: Plain) -> list[Plain]:
    if not isinstance(value, list):
        raise malformed()
    return value


def _many(item: Coder, make: Callable[[list[Any]], Any]) -> Coder:
    return Coder(
        lambda values: [item.write(one) for one in values],
        lambda plain: make([item.read(one) for one in _list(plain)]),
    )


def _tuple(inner: tuple[Any, ...]) -> Coder:
    if inner[-1] is Ellipsis:
        return _many(coder(inner[0]), tuple)
    parts = [coder(one) for one in inner]

    def read(plain: Plain) -> tuple[Any, ...]:
        if len(_list(plain)) != len(parts):
            raise malformed()
        return tuple(part.read(one) for part, one in zip(parts, plain, strict=True))

    return Coder(
        lambda value: [part.write(one) for part, one in zip(parts, value, strict=True)], read
    )


def _map(key: Coder, item: Coder, make: Callable[[dict[Any, Any]], Any]) -> Coder:
    pair = _pair(key, item)
    return Coder(
        lambda values: [pair.write(one) for one in values.items()],
        lambda plain: make(dict(pair.read(one) for one in _list(plain))),
    )


def _pair(key: Coder, item: Coder) -> Coder:
    def read(plain: Plain) -> tuple[Any, Any]:
        if len(_list(plain)) != 2:  # noqa: PLR2004  # a pair
            raise malformed()
        return key.read(plain[0]), item.read(plain[1])

    return Coder(lambda value: [key.write(value[0]), item.write(value[1])], read)


def _union(kinds: tuple[Any, ...]) -> Coder:
    """Write one of several types by its place among them; of one or None the value alone."""
    some = [one for one in kinds if one is not NoneType]
    parts = [coder(one) for one in some]
    if len(some) == 1:
        only = parts[0]
        return Coder(
            lambda value: None if value is None else only.write(value),
            lambda plain: None if plain is None else only.read(plain),
        )

    def write(value: Any) -> Plain:  # noqa: ANN401  # of one of the types
        if value is None:
            return None
        at = next(at for at, one in enumerate(some) if isinstance(value, get_origin(one) or one))
        return [at, parts[at].write(value)]

    def read(plain: Plain) -> Any:  # noqa: ANN401  # of one of the types
        if plain is None and NoneType in kinds:
            return None
        at, value = _pair(coder(int), Coder(_same, _same)).read(plain)
        if not 0 <= at < len(parts):
            raise malformed()
        return parts[at].read(value)

    return Coder(write, read)


def _record(kind: Any) -> Coder:  # noqa: ANN401  # a dataclass
    hints = get_type_hints(kind, include_extras=True)
    # Made when first used: types may name each other.
    parts = [(field.name, _Late(hints[field.name])) for field in fields(kind)]

    def write(value: Any) -> Plain:  # noqa: ANN401  # of that class
        return [part.coder.write(getattr(value, name)) for name, part in parts]

    def read(plain: Plain) -> Any:  # noqa: ANN401  # of that class
        if len(_list(plain)) != len(parts):
            raise malformed()
        values = {
            name: part.coder.read(one) for (name, part), one in zip(parts, plain, strict=True)
        }
        try:
            return kind(**values)
        except (ValueError, TypeError):  # what the class itself refuses
            raise malformed() from None

    return Coder(write, read)


class _Late:
    def __init__(self, kind: Any) -> None:  # noqa: ANN401  # a type
        self._kind = kind

    @property
    def coder(self) -> Coder:
        return coder(self._kind)


# --- errors ----------------------------------------------------------------------------------


@cache
def _classes() -> Mapping[str, type[errors.BaileeError]]:
    found, left = {}, [errors.BaileeError]
    while left:
        one = left.pop()
        # Those of the tree alone: what else derives from it, a noun raises and catches itself.
        if one.__module__ == errors.__name__:
            found[one.__name__] = one
        left += one.__subclasses__()
    return found


def written_error(error: errors.BaileeError) -> Plain:
    """Write an error: its class in the tree, its slug, and what fills its sentence."""
    kind = next(one for one in type(error).__mro__ if one.__name__ in _classes())
    return [kind.__name__, error.reason, [[key, value] for key, value in error.facts.items()]]


def read_error(plain: Plain) -> errors.BaileeError:
    """Read an error; UsageError when it is none."""
    if len(_list(plain)) != _PARTS:
        raise malformed()
    kind = _classes().get(_text(plain[0]))
    if kind is None:
        raise malformed()
    return kind(_text(plain[1]), **_facts(plain[2]))


def _facts(plain: Plain) -> dict[str, str | int]:
    pairs = [tuple(_list(one)) for one in _list(plain)]
    if not all(
        # No name of the error's own: it is made of these, and of its slug.
        len(one) == 2  # noqa: PLR2004  # a pair
        and isinstance(one[0], str)
        and one[0] not in _TAKEN
        and isinstance(one[1], str | int)
        for one in pairs
    ):
        raise malformed()
    return dict(pairs)


_SIMPLE: Mapping[Any, Coder] = {
    Any: Coder(_same, _same),
    bytes: Coder(bytes, _bytes),
    str: Coder(_written, _text),
    **{kind: Coder(_same, _of(kind)) for kind in (bool, int, float, NoneType)},
}
_CLASSES: Sequence[tuple[type, Callable[[Any], Coder]]] = (
    (Id, _id),  # a dataclass too, but its parts are nobody's business
    (Enum, _word),
    (errors.BaileeError, lambda _: Coder(written_error, read_error)),
)


# --- answers ---------------------------------------------------------------------------------


def streamed(request: Any) -> Streamed | None:  # noqa: ANN401  # a request's class
    """Find what of an act's answer comes after its head; None for an answer that is one value."""
    return _streamed(answer_of(request))


@cache
def _streamed(answer: Any) -> Streamed | None:  # noqa: ANN401  # a type
    if not (is_dataclass(answer) and isinstance(answer, type)):
        return None
    hints = get_type_hints(answer)
    for field in fields(answer):
        if get_origin(hints[field.name]) is Generator:
            item = get_args(hints[field.name])[0]
            return Streamed(field.name, bytes if item in (bytes, memoryview) else item)
    return None


def refresh(held: Any, final: Any) -> None:  # noqa: ANN401  # two answers of one class
    """Bring up to date what of an answer changed while its items were taken: its counts."""
    kind: Any = type(held)
    for field in _changing(kind):
        was, now = getattr(held, field.name), getattr(final, field.name)
        for part in fields(was):
            setattr(was, part.name, getattr(now, part.name))


@cache
def _changing(kind: Any) -> Sequence["Field[Any]"]:  # noqa: ANN401  # a dataclass
    hints = get_type_hints(kind)

    def changes(one: Any) -> bool:  # noqa: ANN401  # a type
        return hasattr(one, "__dataclass_params__") and not one.__dataclass_params__.frozen

    return [field for field in fields(kind) if changes(hints[field.name])]
