"""Outcome facts: what an entry's body records of an act, written and read by one frozen class.

The writer gives `facts()`, `check` reads with `parse()`: nobody guesses from which keys a body
has.  A key is the field's name with hyphens, without an underscore at its end where Python keeps
the word; bytes are hex, numbers decimal, ids as written.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from types import UnionType
from typing import Any, Literal, Self, cast, dataclass_transform, get_args, get_origin

from bailee import errors


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Facts:
    """Facts: each subclass is a frozen dataclass of text, numbers, bytes, flags and ids."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, kw_only=True)(cls)

    def facts(self) -> dict[str, str]:
        """Write them as a body holds them; what is None is left out."""
        held = {field.name: getattr(self, field.name) for field in fields(cast("Any", self))}
        return {_key(name): _text(value) for name, value in held.items() if value is not None}

    @classmethod
    def parse(cls, body: Mapping[str, str]) -> Self:
        """Read them from a body, which may hold more; Damaged when one is missing or malformed."""
        given: dict[str, object] = {}
        for field in fields(cast("Any", cls)):
            # Keys that are none of this class are left alone: an entry's body holds those of the
            # monitor too.
            text = body.get(_key(field.name))
            if text is not None:
                given[field.name] = _value(field.type, text)
            # A field that came later has a default: entries from before it stay readable for ever.
            elif field.default is MISSING:
                raise errors.Damaged("errors_ledger.facts-missing")
        return cls(**given)


def _key(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _value(kind: Any, text: str) -> object:  # noqa: ANN401  # a field's type, as it is declared
    if get_origin(kind) is UnionType:
        kind = next(one for one in get_args(kind) if one is not type(None))
    try:
        if get_origin(kind) is Literal:
            # The word as it was declared, of its own type; another word is a ValueError like any
            # malformed fact.
            return get_args(kind)[get_args(kind).index(text)]
        if kind is bytes:
            return bytes.fromhex(text)
        if kind is int:
            return int(text)
        # an id reads its own form; what else there is, a word of a closed list or text, is made
        return kind.parse(text) if hasattr(kind, "parse") else kind(text)
    except ValueError:
        raise errors.Damaged("errors_ledger.facts-malformed") from None
