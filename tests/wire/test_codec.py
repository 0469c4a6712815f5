"""Values travel by their declared types: what is read back is what was written, or is refused."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailee import errors
from bailee.act import ACTS, answer_of
from bailee.ids import Id
from bailee.secret import Secret
from bailee.wire.asks import ASKS, DENIALS
from bailee.wire.codec import coder, read_error, streamed, written_error

SERVED = sorted(set(ACTS) - {"backup:restore"})
"""All but what makes a home: no server holds it yet."""

MALFORMED = "errors_socket.malformed"
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=20,
)


def values(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401, C901, PLR0911  # a type; a case each
    """Draw values of a type, as it is declared."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return values(inner[0])
    if origin in (Union, UnionType):
        return st.one_of([values(one) for one in inner])
    if origin is Secret:
        return values(inner[0]).map(Secret)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin is tuple and inner[-1] is not Ellipsis:
        return st.tuples(*map(values, inner))
    if origin in (tuple, Sequence):
        return st.lists(values(inner[0]), max_size=3).map(tuple)
    if origin is list:
        return st.lists(values(inner[0]), max_size=3)
    if origin is Counter:
        return st.dictionaries(values(inner[0]), st.integers(0, 9), max_size=3).map(Counter)
    if origin in (dict, Mapping):
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=3)
    if origin is not None:
        return st.none()  # what streams is not in the head
    return _simple(kind)


def _simple(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # a class
    drawn = {
        str: st.text(),
        bytes: st.binary(max_size=9),
        int: st.integers(-(2**62), 2**62),
        bool: st.booleans(),
        NoneType: st.none(),
    }
    if kind in drawn:
        return drawn[kind]
    if issubclass(kind, Id):
        return st.binary(min_size=16, max_size=16).map(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    if issubclass(kind, errors.BaileeError):
        facts = st.dictionaries(st.sampled_from("abc"), st.integers() | st.text(), max_size=2)
        return facts.map(lambda some: kind("errors_cli.usage", **some))
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{one.name: values(hints[one.name]) for one in fields(kind)})


def plain(value: Any) -> Any:  # noqa: ANN401  # of any type
    """Make what compares by what it holds."""
    if isinstance(value, errors.BaileeError):
        return type(value), value.reason, value.facts
    if isinstance(value, Secret):
        return value.reveal()
    if is_dataclass(value) and not isinstance(value, type):
        return [plain(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


@pytest.mark.parametrize("act", SERVED)
@settings(max_examples=15)
@given(data=st.data())
def test_requests_and_answers_come_back_as_they_were(act: str, data: st.DataObject) -> None:
    kind: Any = ACTS[act].declared()
    for one in (kind, answer_of(kind)):
        value = data.draw(values(one))
        sent = msgspec.msgpack.decode(msgspec.msgpack.encode(coder(one).write(value)))
        assert plain(coder(one).read(sent)) == plain(value)


@pytest.mark.parametrize("act", SERVED)
@settings(max_examples=15)
@given(data=PLAIN)
def test_what_is_no_such_value_is_refused_and_not_repeated(act: str, data: object) -> None:
    for one in (coder(ACTS[act].declared()), ASKS, DENIALS):
        refused: errors.UsageError | None = None
        try:
            one.read(data)
        except errors.UsageError as error:
            refused = error
        # Some of what is drawn is a value of the type by chance.
        assert refused is None or (refused.reason, refused.facts) == (MALFORMED, {})


def test_what_streams_is_found_in_the_answer() -> None:
    found = {act: streamed(ACTS[act].declared()) for act in SERVED}
    named = {act: one.field for act, one in found.items() if one is not None}
    assert named == {"object:get": "chunks", "log:search": "lines", "log:export": "chunks"}


def test_names_that_are_no_utf_8_are_the_bytes_that_they_are() -> None:
    name = b"caf\xe9".decode(errors="surrogateescape")
    assert coder(str).read(coder(str).write(name)) == name


def test_an_error_keeps_its_class_slug_and_facts() -> None:
    error = errors.LimitExceeded("errors_seal.length", bytes=7)
    back = read_error(written_error(error))
    assert (type(back), back.reason, back.facts) == (type(error), error.reason, error.facts)
