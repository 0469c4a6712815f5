"""JSON form: requests and answers as JSON has them, and the schema of each, by declared types.

A moment is RFC 3339, an id and a token their text, bytes that are content their text (or
`{"base64": …}` where they are none), other bytes hexadecimal.  A field is named as the command line
names it; an answer's without its unit (`size_bytes` is `size`).
"""

import base64
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from bailee import errors
from bailee.act import ByteRange, Is, Param, param_of, params
from bailee.clock import rfc3339
from bailee.secret import Secret
from bailee.wire.moment import moment, time_text

Json = Any
"""What JSON has: null, a flag, a number, text, a list, an object."""
Schema = dict[str, Any]

_UNITS: Mapping[str, Callable[[int], Json]] = {"_ms": rfc3339, "_ns": time_text}
_NUMBERS = 1 << 63
_SIZE = "_bytes"
_TOKEN = "token"  # noqa: S105  # a field's name
"""A token of the vault, which people and routes write in base32; spec/segment.md."""
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_CONTENT: Schema = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"base64": {"type": "string", "contentEncoding": "base64"}},
            "required": ["base64"],
            "additionalProperties": False,
        },
    ]
}
REFERENCE = "#/components/schemas/"


class JsonForm(NamedTuple):
    """JSON form: writes values of one type as JSON, and says how they look."""

    write: Callable[[Any], Json]
    schema: Schema


# --- answers ---------------------------------------------------------------------------------


def form(kind: Any) -> JsonForm:  # noqa: ANN401  # a type, as it is declared
    """Give the form of an answer's type."""
    return _form(kind)


@cache
# Once for each type: declarations do not change while a program runs.
def _form(kind: Any) -> JsonForm:  # noqa: ANN401, PLR0911  # a type; a case each
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return form(inner[0])
    if origin in (Union, UnionType):
        return _one_of(inner)
    if origin is Literal:
        return JsonForm(_same, {"type": "string", "enum": list(inner)})
    if origin is Secret:  # given out once, to who asked
        return JsonForm(lambda value: value.reveal(), form(inner[0]).schema)
    if origin in (tuple, list, Sequence):
        return _many(inner)
    if origin in (dict, Mapping, Counter):
        item = form(int if origin is Counter else inner[1])
        return JsonForm(
            lambda values: {_key(key): item.write(one) for key, one in values.items()},
            {"type": "object", "additionalProperties": item.schema},
        )
    return _simple(kind)


def _simple(kind: Any) -> JsonForm:  # noqa: ANN401  # a class
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if issubclass(kind, Enum):
        names = [_word(one) for one in kind]
        return JsonForm(_word, {"type": "string", "enum": names})
    if hasattr(kind, "parse"):  # reads its own text, and writes it
        return JsonForm(str, {"type": "string"})
    if issubclass(kind, errors.BaileeError):
        return JsonForm(lambda error: error.reason.partition(".")[2], {"type": "string"})
    if is_dataclass(kind):
        return _record(kind)
    raise TypeError(kind)


def _same(value: Json) -> Json:
    return value


def _word(value: Enum) -> str:
    """Write a word of a closed list: its value, or its name where that is a number."""
    return value.value if isinstance(value.value, str) else value.name.lower()


def _key(value: object) -> str:
    return _word(value) if isinstance(value, Enum) else str(value)


def _text(value: str) -> str:
    """Write text; a name of the operating system that is no UTF-8 with escapes."""
    return value.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _token(value: bytes | None) -> Json:
    return None if value is None else base64.b32encode(value).decode().lower()


def _content(value: bytes) -> Json:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


_SIMPLE: Mapping[Any, JsonForm] = {
    bool: JsonForm(_same, {"type": "boolean"}),
    int: JsonForm(_same, {"type": "integer"}),
    float: JsonForm(_same, {"type": "number"}),
    str: JsonForm(_text, {"type": "string"}),
    bytes: JsonForm(bytes.hex, {"type": "string", "pattern": "^([0-9a-f]{2})*$"}),
    NoneType: JsonForm(_same, {"type": "null"}),
}


def _many(inner: tuple[Any, ...]) -> JsonForm:
    if len(inner) > 1 and inner[1] is not Ellipsis:
        parts = [form(one) for one in inner]
        return JsonForm(
            lambda values: [part.write(one) for part, one in zip(parts, values, strict=True)],
            {
                "type": "array",
                "prefixItems": [one.schema for one in parts],
                "minItems": len(parts),
                "maxItems": len(parts),
            },
        )
    item = form(inner[0])
    return JsonForm(
        lambda values: [item.write(one) for one in values],
        {"type": "array", "items": item.schema},
    )


def _one_of(kinds: tuple[Any, ...]) -> JsonForm:
    parts = [(get_origin(one) or one, form(one)) for one in kinds]

    def write(value: Any) -> Json:  # noqa: ANN401  # of one of the types
        return next(part.write(value) for kind, part in parts if isinstance(value, kind))

    return JsonForm(write, {"anyOf": [part.schema for _, part in parts]})


class _Part(NamedTuple):
    field: str
    name: str
    form: JsonForm


def _record(kind: Any) -> JsonForm:  # noqa: ANN401  # a dataclass
    parts = _parts(kind)  # no class here holds one of its own

    def write(value: Any) -> Json:  # noqa: ANN401  # of that class
        return {part.name: part.form.write(getattr(value, part.field)) for part in parts}

    return JsonForm(write, {"$ref": f"{REFERENCE}{kind.__name__}"})


def _parts(kind: Any) -> list[_Part]:  # noqa: ANN401  # a dataclass
    hints = get_type_hints(kind, include_extras=True)
    return [
        _part(field, hints[field.name])
        for field in fields(kind)
        if get_origin(hints[field.name]) is not Generator  # comes after the head
    ]


def _part(field: "Field[Any]", hint: Any) -> _Part:  # noqa: ANN401  # a type
    name, unit = field.name, field.name[-3:]
    if unit in _UNITS and form(hint).schema in _INTEGERS:
        write = _UNITS[unit]
        schema = _MOMENT if hint is int else {"anyOf": [_MOMENT, {"type": "null"}]}
        timed = JsonForm(lambda value: None if value is None else write(value), schema)
        return _Part(name, name.removesuffix(unit), timed)
    if name == _TOKEN and form(hint).schema in _BYTES:
        return _Part(name, name, JsonForm(_token, {"type": ["string", "null"]}))
    name = name.removesuffix(_SIZE)
    if not field.repr and _holds_bytes(hint):
        return _Part(field.name, name, _of_content(hint))
    return _Part(field.name, name, form(hint))


_BYTES = [_SIMPLE[bytes].schema, {"anyOf": [_SIMPLE[bytes].schema, {"type": "null"}]}]
_INTEGERS = [
    {"type": "integer"},
    {"anyOf": [{"type": "integer"}, {"type": "null"}]},
]


def _holds_bytes(hint: Any) -> bool:  # noqa: ANN401  # a type
    return hint is bytes or (get_origin(hint) is Mapping and get_args(hint)[1] is bytes)


def _of_content(hint: Any) -> JsonForm:  # noqa: ANN401  # bytes, or a map to bytes
    """Write what is content, and shown in no representation: as text, for it mostly is."""
    if hint is bytes:
        return JsonForm(_content, _CONTENT)
    return JsonForm(
        lambda values: {_key(key): _content(one) for key, one in values.items()},
        {"type": "object", "additionalProperties": _CONTENT},
    )


def schemas(kinds: Sequence[Any]) -> dict[str, Schema]:
    """Give the schema of every class that the answers of these types refer to, by name."""
    out: dict[str, Schema] = {}
    left = list(kinds)
    while left:
        kind = left.pop()
        left += get_args(kind)
        if not is_dataclass(kind) or not isinstance(kind, type) or hasattr(kind, "parse"):
            continue
        if kind.__name__ in out:
            continue
        parts = _parts(kind)
        out[kind.__name__] = {
            "type": "object",
            "properties": {part.name: part.form.schema for part in parts},
            "required": [part.name for part in parts],
            "additionalProperties": False,
        }
        left += get_type_hints(kind).values()
    return dict(sorted(out.items()))


# --- requests --------------------------------------------------------------------------------


class Given(NamedTuple):
    """Given: one field of a request, as a route has it."""

    field: str
    name: str
    required: bool
    read: Callable[[Json], Any]
    schema: Schema
    about: Param


def given(request: Any) -> tuple[Given, ...]:  # noqa: ANN401  # a request's class
    """Give the fields of a request: how each is named, read and described."""
    return _all_given(request)


@cache
# Once for each class, as `_form`.
def _all_given(request: Any) -> tuple[Given, ...]:  # noqa: ANN401  # as above
    return tuple(_given(field) for field in params(request).values())


def _given(field: "Field[Any]") -> Given:
    about = param_of(field)
    kind = get_args(field.type)[0]
    name = (about.option or field.name).removeprefix("--").replace("-", "_")
    read, schema = _reader(kind, about)
    return Given(field.name, name, field.default is MISSING, read, schema, about)


def _reader(  # noqa: PLR0911  # a case each
    kind: Any,  # noqa: ANN401  # a type
    about: Param,
) -> tuple[Callable[[Json], Any], Schema]:
    if get_origin(kind) is UnionType:
        kind = next(one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        item, schema = _reader(get_args(kind)[0], about)
        return _several(item), {"type": "array", "items": schema}
    if about.kind is Is.MOMENT:
        return lambda value: moment(_string(value)), _MOMENT
    if kind is ByteRange:
        return _no_body, {}
    if kind is bytes:
        return lambda value: _string(value).encode(), {"type": "string"}
    if kind in (int, bool):
        return _exactly(kind), dict(_SIMPLE[kind].schema)
    if issubclass(kind, Enum):
        return lambda value: _made(kind, _string(value)), form(kind).schema
    if hasattr(kind, "parse"):
        return lambda value: _made(kind.parse, _string(value)), {"type": "string"}
    schema = {"type": "string"}
    return _string, schema | ({"enum": list(about.words)} if about.words else {})


def _string(value: Json) -> str:
    if not isinstance(value, str):
        raise wrong()
    try:
        value.encode()
    except UnicodeEncodeError:  # half a pair of UTF-16
        raise wrong() from None
    return value


def _exactly(kind: type) -> Callable[[Json], Any]:
    def read(value: Json) -> Any:  # noqa: ANN401  # of that type
        # `true` is a number to Python; one of more than 64 bits is none to a row or a message.
        if not isinstance(value, int) or type(value) is not kind:
            raise wrong()
        if not -_NUMBERS <= value < _NUMBERS:
            raise wrong()
        return value

    return read


def _several(item: Callable[[Json], Any]) -> Callable[[Json], Any]:
    def read(value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise wrong()
        return tuple(item(one) for one in value)

    return read


def _made(make: Callable[[str], Any], value: str) -> Any:  # noqa: ANN401  # of that type
    try:
        return make(value)
    except ValueError:
        raise wrong() from None


def _no_body(_: Json) -> Any:  # noqa: ANN401  # nothing: a range stands in its own header
    raise wrong()


def wrong() -> errors.UsageError:
    """Make the error of a value that is none of its kind; which field it is is added above."""
    return errors.UsageError("errors_rest.value")
