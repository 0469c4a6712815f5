"""Derive: the command line of plain acts, from their declarations.

A request's fields become options and arguments, its answer is shown as the noun's `show.py` says.
A command that does more keeps a file of its own, and takes from here what is the same.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin

import click

from bailee import errors
from bailee.act import Act, ByteRange, Denial, Download, Is, Param, Show, param_of, params
from bailee.run.cli import frame, option
from bailee.run.cli.parser import Command, argument, command
from bailee.run.private import give, is_taken
from bailee.text import say
from bailee.wire.moment import moment

if TYPE_CHECKING:
    from bailee.act.show import Shows

Request = Any
"""A request's type, or one of it: which, the act table says."""

Run = Callable[..., int]
_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})?", re.ASCII)


def plain(act: Act) -> Command:
    """Make the command of an act that needs nothing but its declaration."""
    kind, show = act.declared(), shown(act)
    extra = [_to()] if issubclass(kind, Download) or show.file is not None else []

    def run(*, to: Path | None = None, **given: object) -> int:
        # Before the home is opened: a wrong option should not cost a passphrase.
        asked, target = request(kind, given), _target(to)
        with frame.opened() as app:
            answer = app.caller.call(asked)
            if isinstance(answer, Denial):
                return frame.refuse(answer)
            if issubclass(kind, Download):
                # Within the home: what streams is read from it, and its outcome is recorded before
                # it is left.
                return deliver(answer.chunks, show.size(answer) if show.size else None, target)
        if show.file is not None:
            return deliver(iter((show.file(answer),)), None, target)
        return present(show, answer)

    return command(act.command, run, [*parameters(kind), *extra])


def shown(act: Act) -> Show[Any]:
    """Load how the answer of an act is shown; as it is, where its noun says nothing."""
    package = act.request.split(":")[0]
    shows: Shows = import_module(f"bailee.{package}.show").SHOWS
    return shows.get(act.declared(), Show())


def _to() -> click.Parameter:
    return click.Option(["--to"], metavar="PATH", type=Path, help=say("help.object_to"))


# --- from a field to an option, and back -----------------------------------------------------


def parameters(kind: type[Request], *, omit: Sequence[str] = ()) -> list[click.Parameter]:
    """Make the options and arguments of a request, but for fields that a command gives itself."""
    fields = params(kind)
    found: list[click.Parameter] = []
    for name, field in fields.items():
        about = param_of(field)
        if about.typed and name not in omit:
            found += _flags(name, about) if about.flags else [_parameter(name, field, about)]
    return found


def _flags(name: str, about: Param) -> list[click.Parameter]:
    """Make a flag of each word."""
    return [
        click.Option(
            [f"--{word}", f"{name}__{word}"], is_flag=True, help=say(f"{about.help}_{word}")
        )
        for word in about.words
    ]


def _parameter(name: str, field: "Field[Any]", about: Param) -> click.Parameter:
    kind, required = _type(field), field.default is MISSING
    many = get_origin(kind) is tuple
    if about.positional:
        count = -1 if many else 1
        return argument(
            name, metavar=_metavar(about), help=about.help, required=required, nargs=count
        )
    names = [about.option or "--" + name.replace("_", "-"), name]
    if about.kind is Is.FLAG:
        return click.Option(names, is_flag=True, default=False, help=say(about.help))
    more: dict[str, Any] = {}
    if about.kind is Is.COUNT:
        more["type"] = int if about.least is None else click.IntRange(min=about.least)
        if not required and field.default is not None:
            more |= {"default": field.default, "show_default": True}
    return click.Option(
        names,
        metavar=_metavar(about),
        required=required,
        multiple=many,
        help=say(about.help),
        **more,
    )


def _metavar(about: Param) -> str:
    return about.metavar or ("-|@FILE" if about.kind is Is.PERSONAL else about.kind.name)


def _type(field: "Field[Any]") -> Any:  # noqa: ANN401  # a type, as it is declared
    """Give the type of a field without what is said of it, and without None."""
    kind = get_args(field.type)[0]
    if get_origin(kind) is UnionType:
        kind = next(one for one in get_args(kind) if one is not type(None))
    return kind


def request(kind: type[Request], given: Mapping[str, object], **more: object) -> Request:
    """Build a request from what was typed; personal values are read from a file or the prompt.

    UsageError for what cannot be read; what was typed is not repeated.
    """
    fields = params(kind)
    stdin = [
        name for name, value in given.items() if name in fields and _waits(fields[name], value)
    ]
    # Standard input is read once: the second would get nothing, and be taken for an empty value.
    if len(stdin) > 1:
        raise errors.UsageError("errors_search.stdin-twice")
    values = dict(more)
    for name, field in fields.items():
        about = param_of(field)
        if name in more:
            continue
        if about.flags:
            chosen = [word for word in about.words if given.get(f"{name}__{word}")]
            if len(chosen) > 1:  # never the first of them: what is asked for may be an end
                named = ": " + " ".join(f"--{word}" for word in chosen)
                raise errors.UsageError("errors_cli.usage", option=named)
            if chosen:
                values[name] = _value(field, about, chosen[0])
        elif given.get(name) is not None:
            values[name] = _value(field, about, given[name])
    for name, value in values.items():
        if isinstance(value, str) and not param_of(fields[name]).bytes_allowed:
            about = param_of(fields[name])
            thing = about.positional and about.kind is Is.TEXT
            values[name] = option.named(value) if thing else option.text(value)
    return kind(**values)


def _waits(field: "Field[Any]", value: object) -> bool:
    return value == "-" and param_of(field).kind in (Is.TEXT, Is.PERSONAL)


def _value(field: "Field[Any]", about: Param, given: Any) -> object:  # noqa: ANN401  # as click read it
    """Read what was typed as what the field is."""
    read = _READ.get(about.kind)
    if about.kind is Is.PERSONAL:
        named = about.option or "--" + field.name.replace("_", "-")
        return (option.personal if _type(field) is str else option.about)(given, named)
    if about.kind is Is.TEXT and field.default is MISSING:
        return option.required(given)
    if about.kind is Is.MOMENT:  # a date is its first moment, or as an end the first after it
        return moment(given, whole_day=about.option == "--to")
    if read is not None and not isinstance(given, tuple):
        return read(given)
    kind = _type(field)
    return kind(given) if isinstance(kind, type) and issubclass(kind, Enum) else given


def _range(text: str) -> ByteRange:
    """Read `FIRST-LAST`, both from 0 and included, or `FIRST-`, as HTTP has it."""
    found = _RANGE.fullmatch(text)
    if not found or (found[2] and int(found[2]) < int(found[1])):
        raise errors.UsageError("errors_cli.range")
    start = int(found[1])
    return ByteRange(start, int(found[2]) - start + 1 if found[2] else None)


def _address(path: str) -> str:
    """Name a source as it was when it was taken in: it need not lie there any more."""
    from bailee.adapters.sources.place import SourcePlace  # noqa: PLC0415  # one act alone

    return SourcePlace(path=path).address


_READ: Mapping[Is, Callable[[str], object]] = MappingProxyType(
    {
        Is.TEXT: option.value,
        Is.RANGE: _range,
        Is.PLACE: _address,
    }
)


# --- from an answer to what is shown ---------------------------------------------------------


def present(show: Show[Any], answer: Any) -> int:  # noqa: ANN401  # any act's answer
    """Show an answer with its notes; return the exit code."""
    if show.text is not None and frame.session.output == "table":
        sys.stdout.write(show.text(answer))
    elif show.rows is not None or isinstance(answer, Sequence):
        items = answer if show.rows is None else show.rows(answer)
        records = [show.record(one) for one in items]
        if frame.session.output == "table" and show.table_rows is not None:
            records = list(show.table_rows(records))
        frame.show(records, columns=show.columns)
    else:
        frame.show_one(show.record(answer))
    for message, facts in show.notes(answer) if show.notes else ():
        frame.tell(message, **facts)
    # After all was shown: what was done is true, and the exit code says that it was not all.
    broke = show.partly(answer) if show.partly else None
    if broke is not None:
        raise broke
    return show.exit_code(answer) if show.exit_code else 0


def _target(to: Path | None) -> Path | None:
    """Look at the place before anything is asked: an act is recorded, a typing slip is not."""
    if to is None or str(to) == "-":
        return None
    if is_taken(to):
        raise errors.Conflict("errors_cli.target-exists")
    if not to.parent.is_dir():
        raise errors.BaileeError("errors_cli.target-unwritable")
    return to


def deliver(chunks: Iterator[Any], size_bytes: int | None, to: Path | None) -> int:
    """Hand bytes over: to a new file of one's own, or to standard output."""
    # Closed when writing breaks too: the outcome then says how much went out.
    with _closing(chunks):
        watched = frame.Progress(size_bytes).watch(chunks)
        if to is None:
            # Text before bytes: they go through another buffer, and would overtake it.
            sys.stdout.flush()
            sys.stdout.buffer.writelines(watched)
            sys.stdout.buffer.flush()
        else:
            give(watched, to)
    return 0


@contextmanager
def _closing(chunks: Iterator[Any]) -> Iterator[None]:
    """Close what streams, so that its outcome is recorded now and not when it is collected."""
    try:
        yield
    finally:
        close: Callable[[], object] | None = getattr(chunks, "close", None)
        if close is not None:
            close()
