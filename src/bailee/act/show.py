"""Shows: how an answer is shown, the same on the command line and in the console.

An answer is a plain frozen value; `wire` gives its form as JSON has it.  A noun's `show.py` adds
what cannot be derived: columns, a record of its own, notes beside, an exit code.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from bailee.clock import rfc3339
from bailee.errors import BaileeError
from bailee.ids import Id

A = TypeVar("A")

Cell = str | int | bool | None
Record = Mapping[str, "Cell | Sequence[Cell] | Sequence[Record] | Record"]
Note = tuple[str, Mapping[str, str | int]]
"""A message id and what fills its blanks: said beside the data, never in it."""

_TIME, _SIZE = "_ms", "_bytes"


def wire(value: Any) -> Any:  # noqa: ANN401  # what JSON can hold
    """Give a value's form on the wire: a moment as RFC 3339 without its unit, ids as text."""
    if isinstance(value, Id):  # a dataclass too, but its parts are nobody's business
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        pairs = (_field(field.name, getattr(value, field.name)) for field in fields(value))
        return dict(pairs)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): wire(item) for key, item in value.items()}
    # Text and bytes are sequences too: as such a name would come out as a list of letters.
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [wire(item) for item in value]
    return _plain(value)


def _plain(value: object) -> str | bool | int | None:
    if value is None or isinstance(value, str | bool | int):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _field(name: str, value: object) -> tuple[str, object]:
    if name.endswith(_TIME):
        return name.removesuffix(_TIME), rfc3339(value) if isinstance(value, int) else None
    return name.removesuffix(_SIZE), wire(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Generic[A]):
    """Show: how the answer of one act is shown; every part may be left to derivation.

    `record` turns the answer, or each of its items, into what is shown; `rows` gives the items of
    an answer that is not itself a list; `columns` are those of a table; `text` is what a table
    shows instead, such as a checkpoint to be kept as a file.
    """

    columns: Sequence[str] = ()
    record: Callable[[Any], Record] = wire
    rows: Callable[[A], Iterable[Any]] | None = None
    table_rows: Callable[[Sequence[Record]], Sequence[Record]] | None = None
    text: Callable[[A], str] | None = None
    file: Callable[[A], bytes] | None = None
    """What is handed over whole, to a place that is named or to standard output."""
    size: Callable[[A], int] | None = None
    """How many bytes a download will be, so that progress can be shown."""
    notes: Callable[[A], Iterable[Note]] | None = None
    exit_code: Callable[[A], int] | None = None
    partly: Callable[[A], BaileeError | None] | None = None
    """What to fail with after all was shown: the act was done in part."""


Shows = Mapping[type, Show[Any]]
"""What a noun's `show.py` gives as `SHOWS`: for each request, how its answer is shown."""


_SPACES: Final = {ord("\N{NO-BREAK SPACE}"): " ", ord("\N{NARROW NO-BREAK SPACE}"): " "}


def printable(value: str) -> str:
    """Show control characters as escapes: a name must not drive the terminal that shows it.

    French sets its colons and figures with spaces at which no line breaks, which are let be.

    Bytes of a file's name that are no text, which Python holds as half a pair, are shown as bytes.
    """
    if value.translate(_SPACES).isprintable():
        return value
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(
        c if c.translate(_SPACES).isprintable() else c.encode("unicode_escape").decode()
        for c in text
    )
