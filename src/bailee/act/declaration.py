"""Declaration: an act is a frozen request whose type carries its name, answer, purpose, fields.

`class ListActors(Request[Sequence[Actor]], act="actor:list", implied=Purpose.SECURITY)` is the
whole declaration.  Each field says in `Annotated` what it is, so that a command line, a route and
a form can be derived from it.  Nothing is registered by importing: `table.py` is generated.
"""

from collections.abc import Callable
from dataclasses import Field, dataclass, fields
from enum import Enum, auto
from functools import cache
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Protocol,
    Self,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
)

from bailee.act.answer import Binding, Denial, Principal
from bailee.act.purpose import Purpose

A = TypeVar("A")
B = TypeVar("B")
A_co = TypeVar("A_co", covariant=True)
B_contra = TypeVar("B_contra", contravariant=True)


class Is(Enum):
    """Is: what a field of a request is; each front knows what to do with each."""

    LABEL = auto()
    """A label that the provider chose: a client's, a stream's."""
    ID = auto()
    """A random id, as it is written: it may stand in a path."""
    WORD = auto()
    """One of a closed list of words."""
    COUNT = auto()
    """A whole number."""
    MOMENT = auto()
    """A moment, in nanoseconds since 1970; people write RFC 3339 or a date."""
    RANGE = auto()
    """A stretch of bytes: first and last, counted from 0, both included."""
    FLAG = auto()
    """Yes or no; no unless it is said."""
    TEXT = auto()
    """Text that may be personal: may be typed, or come from a file or standard input."""
    PERSONAL = auto()
    """Personal: never in an argument, a URL or a log; from a file, standard input or a body."""
    PLACE = auto()
    """Where a source lay when it was taken in; a command makes it absolute, nothing is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """Param: what one field is, and how it is named; `help` is a message id.

    `option` is the command line's name for it where that is not the field's own; `at` gives a
    positional argument its order.  `words` are the closed list of a WORD; with `flags` each word
    is a flag of its own.  `least` bounds a COUNT from below.
    """

    kind: Is
    help: str
    option: str | None = None
    positional: bool = False
    metavar: str | None = None
    words: tuple[str, ...] = ()
    flags: bool = False
    least: int | None = None
    bytes_allowed: bool = False
    """Whether a TEXT may hold bytes that are no UTF-8, as names of the operating system may."""
    typed: bool = True
    """Whether the command line has it; a route has every field."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Byte range: from `start`, counted from 0; a `length` of None is to the end."""

    start: int = 0
    length: int | None = None


Client = Annotated[str, Param(kind=Is.LABEL, help="help.client", metavar="LABEL")]
Reason = Annotated[str | None, Param(kind=Is.TEXT, help="help.reason", metavar="TEXT|@FILE|-")]
_Purpose = Annotated[str | None, Param(kind=Is.WORD, help="help.purpose", metavar="PURPOSE")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """Spec: what the type of a request says of its act.

    `command` is the command line's name for it where that is not `noun verb`; `waits` marks acts
    that go on only once a checkpoint includes their entry: they hand out in bulk or destroy.
    """

    act: str
    implied: Purpose | None
    waits: bool
    command: str


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _Declared:
    """Makes each subclass a frozen dataclass in place: `slots` would make a second class."""

    spec: ClassVar[Spec]
    act: ClassVar[str]

    def __init_subclass__(
        cls,
        *,
        act: str | None = None,
        implied: Purpose | None = None,
        waits: bool = False,
        command: str | None = None,
    ) -> None:
        super().__init_subclass__()
        # In place and without slots: those would make a second class, and the first would stay in
        # every binding that was made of it. No repr of fields: see below.
        dataclass(frozen=True, kw_only=True, repr=False)(cls)
        # Only for those that name an act: Request, Upload and Download are subclasses too.
        if act is not None:
            cls.act = act
            cls.spec = Spec(
                act=act, implied=implied, waits=waits, command=command or act.replace(":", " ")
            )

    def __repr__(self) -> str:
        # What a request holds may be personal, and representations end up in tracebacks.
        return f"{type(self).__name__}(…)"


class _Asked(_Declared, Generic[A_co]):
    """Asked: what every request has: a purpose, named or implied by its act."""

    purpose: _Purpose = None


class Request(_Asked[A_co]):
    """Request: asks, and is answered with one value."""

    @classmethod
    def by(cls, do: Callable[[Principal, Self], A_co]) -> Binding:
        """Bind the method that does it."""
        return Binding(kind=cls, act=cls.act, do=do)


class Download(_Asked[A_co]):
    """Download: asks, and is answered with a head and items that follow it; the outcome is last.

    Whoever is answered takes the items to their end, or closes them: that is recorded too.
    """

    @classmethod
    def by(cls, do: Callable[[Principal, Self], A_co]) -> Binding:
        """Bind the method that does it."""
        return Binding(kind=cls, act=cls.act, do=do)


class Upload(_Asked[A_co], Generic[A_co, B_contra]):
    """Upload: asks with a source or a sink beside the request."""

    @classmethod
    def by(cls, do: Callable[[Principal, Self, B_contra], A_co]) -> Binding:
        """Bind the method that does it."""
        return Binding(kind=cls, act=cls.act, do=do)


class Caller(Protocol):
    """Caller: carries requests to their services: in this process, over a socket, over HTTP."""

    def call(self, request: Request[A] | Download[A]) -> A | Denial:
        """Carry a request, and give what it is answered with."""

    def send(self, request: Upload[A, B], beside: B) -> A | Denial:
        """Carry a request with what is read from beside it."""


@cache
def answer_of(kind: type[_Declared]) -> object:
    """Read the answer's type off a declaration: A of `Request[A]`."""
    # Type arguments are erased from bases and stand here alone; computed once for each type.
    for base in cast("Any", kind).__orig_bases__:
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, _Asked):
            return get_args(base)[0]
    raise TypeError(kind)


@cache
def beside_of(kind: type[_Declared]) -> object:
    """Read off a declaration what comes beside the request: B of `Upload[A, B]`; None otherwise."""
    for base in cast("Any", kind).__orig_bases__:
        if get_origin(base) is Upload:
            return get_args(base)[1]
    return None


def param_of(field: "Field[Any]") -> Param:
    """Find what a field is; a declaration whose field does not say it fails where it is read."""
    for extra in get_args(field.type)[1:]:
        if isinstance(extra, Param):
            return extra
    raise TypeError(field.name)


def params(kind: type[_Declared]) -> "dict[str, Field[Any]]":
    """Give the fields of a request, purpose and reason last, as every front shows them."""
    found = {field.name: field for field in fields(cast("Any", kind))}
    for name in ("purpose", "reason"):
        if name in found:
            found[name] = found.pop(name)
    return found
