"""Search command: `bailee log search` finds lines by time, stream, text and person.

What stands for an identifier is shown between ⟨ and ⟩, which no text can write: its own are shown
as escapes, as are all characters that a terminal would obey.  JSON has them as objects.
"""

import base64
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from bailee import errors
from bailee.act import Denial
from bailee.act.show import Record, printable
from bailee.logs.acts import RevealLog, SearchLog
from bailee.logs.pieces import Piece, Placeholder, UndecodedBytes
from bailee.logs.show import listed
from bailee.logs.token import SHORT_CHARS, TokenRef, token_text
from bailee.run.cli import derive, frame
from bailee.run.cli.parser import Command, command, flag
from bailee.wire.moment import time_text

if TYPE_CHECKING:
    from bailee.logs.acts import FoundLine, LinesFound
    from bailee.logs.tally import Tally
    from bailee.run.cli.frame import AskedHome

_SEVERITIES = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_OPENS, _CLOSES = "⟨", "⟩"
_BRACKETS = {ord(_OPENS): "\\u27e8", ord(_CLOSES): "\\u27e9"}
_COLOUR, _PLAIN = "\x1b[36m", "\x1b[0m"
REVEAL_PURPOSES = ("service", "security", "client-request", "rights")
"""Those that the policies know; here as words, for the policies take a while to load."""

Values = Mapping[TokenRef, bytes]


def search() -> Command:
    """Make the command."""
    reveal = flag("--reveal", help="search.help_reveal")
    return command("log search", _search, [*derive.parameters(SearchLog), reveal])


def _search(*, reveal: bool, **given: object) -> int:
    if reveal and given["count"]:
        raise errors.UsageError("errors_search.reveal-count")
    if reveal and given["purpose"] is None:
        raise errors.UsageError("errors_search.reveal-purpose", purposes=", ".join(REVEAL_PURPOSES))
    # What is asked for in vain is refused before the search: its entry would stay.
    request = derive.request(SearchLog, given)
    if request.text is not None and not frame.is_served():
        from bailee.run.cli.special import log  # noqa: PLC0415  # numpy, with what opens sources

        log.prepare()
    with frame.opened() as app:
        return _shown_lines(app, request, reveal=reveal)


def _shown_lines(app: "AskedHome", request: SearchLog, *, reveal: bool) -> int:
    answer = app.caller.call(request)
    if isinstance(answer, Denial):
        return frame.refuse(answer)
    tally: Tally = answer.tally
    # Closed when the reader goes away: the outcome then says how much was shown.
    with closing(answer.lines) as lines:
        if reveal:
            # All of them, before anything is opened: the reveal names every token at once, in one
            # entry, and `--limit` bounds how many lines are held.
            found = list(lines)
            values = _opened(app, request, found)
            if isinstance(values, Denial):
                return frame.refuse(values)
            _show(found, values)
            _tell_unopened(found, values)
        elif request.count:
            # Taken to the end, though nothing comes: the count is made on the way, the outcome
            # after it.
            list(lines)
            _show_count(tally)
        else:
            _show(lines, {})
    _explain(request, answer)
    # What was shown stands, and a script must not take it for all that there is.
    return errors.Damaged.exit_code if tally.damaged else 0


def _opened(app: "AskedHome", request: SearchLog, found: Sequence["FoundLine"]) -> Any:  # noqa: ANN401  # values, or the denial that the house has a type for
    values = tuple(dict.fromkeys(ref for line in found for ref in line.tokens))
    if not values:
        return {}
    answer = app.caller.call(
        RevealLog(
            client=request.client, values=values, purpose=request.purpose, reason=request.reason
        )
    )
    return answer if isinstance(answer, Denial) else answer.values


# --- lines -------------------------------------------------------------------------------------


def _show(lines: Iterable["FoundLine"], values: Values) -> None:
    if frame.session.output != "table":
        frame.show((record(line, values) for line in lines), columns=())
        return
    styled = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    for line in lines:
        frame.line(row(line, values, styled=styled))


def row(line: "FoundLine", values: Values, *, styled: bool = False) -> str:
    """Give a line of the table."""
    body = "".join(_shown(piece, line.epoch, values, styled=styled) for piece in line.body)
    parts = (time_text(line.time_ns), printable(line.stream), severity(line), body)
    return "  ".join(part for part in parts if part)


def severity(line: "FoundLine") -> str | None:
    """Name a line's severity by OpenTelemetry's scale; None when it was not recognised."""
    place = (line.severity - 1) // 4
    return _SEVERITIES[place] if 0 <= place < len(_SEVERITIES) else None


def _shown(piece: Piece, epoch: int, values: Values, *, styled: bool) -> str:
    if isinstance(piece, str):
        return printable(piece).translate(_BRACKETS)
    if isinstance(piece, UndecodedBytes):
        return "".join(f"\\x{byte:02x}" for byte in piece.raw)
    name = piece.kind.name.lower()
    if piece.token is not None:
        value = values.get(TokenRef(epoch=epoch, token=piece.token))
        name += f":{token_text(piece.token)[:SHORT_CHARS]}" if value is None else f"={_said(value)}"
    shown = f"{_OPENS}{name}{_CLOSES}"
    return f"{_COLOUR}{shown}{_PLAIN}" if styled else shown


def _said(value: bytes) -> str:
    return printable(value.decode("utf-8", "backslashreplace")).translate(_BRACKETS)


def record(line: "FoundLine", values: Values) -> Record:
    """Give the JSON object of a line (spec/search.md)."""
    return {
        "time": time_text(line.time_ns),
        "stream": line.stream,
        "severity": severity(line),
        "body": list(_body(line, values)),  # type: ignore[dict-item]  # text and objects, in order
        "tokens": [token_text(ref.token) for ref in line.tokens],
        "batch": str(line.batch),
        "line": line.line,
        "epoch": line.epoch,
    }


def _body(line: "FoundLine", values: Values) -> Iterator[str | dict[str, str]]:
    for piece in line.body:
        if isinstance(piece, Placeholder):
            yield _named(piece, line.epoch, values)
        elif isinstance(piece, UndecodedBytes):
            yield {"base64": base64.b64encode(piece.raw).decode()}
        else:
            yield piece


def _named(piece: Placeholder, epoch: int, values: Values) -> dict[str, str]:
    record = {"kind": piece.kind.name.lower()}
    if piece.token is None:
        return record
    record["token"] = token_text(piece.token)
    value = values.get(TokenRef(epoch=epoch, token=piece.token))
    if value is None:
        return record
    try:
        return {**record, "value": value.decode()}
    except UnicodeDecodeError:
        return {**record, "base64": base64.b64encode(value).decode()}


# --- what is shown beside ----------------------------------------------------------------------


def _show_count(tally: "Tally") -> None:
    if frame.session.output == "table":
        frame.line(str(tally.lines))
    else:
        frame.show_one({"lines": tally.lines, "batches": tally.batches})


def _explain(request: SearchLog, answer: "LinesFound") -> None:
    tally = answer.tally
    timed = request.from_ns is not None or request.to_ns is not None
    if not tally.lines:
        frame.tell("search.nothing")
        if timed:
            frame.tell("search.other-times")
        if answer.forms:
            frame.tell("search.looked-for", forms=listed(answer.forms))
    if tally.more:
        frame.tell("search.more", count=request.lines)
    for one in tally.damaged:
        what = "search.damaged-index" if one.batch is None else "search.damaged"
        frame.tell(what, file=one.file, batch=str(one.batch))
    counts = {
        "search.spelled": tally.spelled,
        "search.ended": tally.ended,
        # Asked for by time: these are shown where they came in, and may have happened at any other.
        "search.unplaced": tally.unplaced,
        "search.inherited": tally.inherited if timed else 0,
        "search.uncounted": tally.uncounted,
    }
    for message, count in counts.items():
        if count:
            frame.tell(message, count=count)


def _tell_unopened(found: Iterable["FoundLine"], values: Values) -> None:
    closed = {ref for line in found for ref in line.tokens} - set(values)
    if closed:
        frame.tell("search.closed", count=len(closed))
