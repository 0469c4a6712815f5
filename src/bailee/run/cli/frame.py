"""Frame: what all commands share: global options, output, errors, exit codes, progress.

Data goes to standard output, all else to standard error.  An error is one sentence and one
remedy; its slug and exit code are stable.  A refusal says the rule, the sentence of the promise
it serves, and the next step.
"""

import codecs
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bailee import errors, text
from bailee.act.show import Record, printable
from bailee.run.cli.streams import ReaderGone
from bailee.text import knows, say

if TYPE_CHECKING:
    from bailee.act import Caller, Denial, Purpose
    from bailee.client import AskedServer
    from bailee.run.wiring.app import App

FORMATS = ("table", "json", "jsonl")
DENIED = 4
HERE = frozenset(
    {
        *("init", "serve", "doctor", "home upgrade", "backup restore", "job run"),
        *("key unseal", "log ingest"),
    }
)
"""Commands that need the home itself, or what no network carries."""
_LONG = {"-o": "--output"}
_PROGRESS_AFTER_S = 2.0
_PROGRESS_EVERY_S = 0.2


@dataclass(slots=True)
class Session:
    """Session: the global options of this run."""

    home: Path
    url: str | None = None
    """Of a server elsewhere, which is asked in the place of a home."""
    output: str = FORMATS[0]
    lost: bool = False
    """Whether output could not be written, which was said already."""
    unrecorded: bool = False
    """Whether an act was done of which there is no entry, which was said already."""


session = Session(
    home=Path(os.environ.get("BAILEE_HOME") or Path.home() / "bailee"),
    url=os.environ.get("BAILEE_URL") or None,
)


def take_globals(argv: Sequence[str]) -> list[str]:
    """Take --home, --lang, -o and --output out of the arguments, wherever they stand."""
    rest: list[str] = []
    seen: set[str] = set()
    words = iter(argv)
    for word in words:
        # What follows are values, also those that look like options: a file may be called `--home`.
        if word == "--":
            rest += (word, *words)
            break
        name, equals, value = word.partition("=")
        if name not in ("--home", "--lang", "--output", "-o"):
            rest.append(word)
            continue
        if _LONG.get(name, name) in seen:
            raise errors.UsageError("errors_cli.twice", option=_LONG.get(name, name))
        seen.add(_LONG.get(name, name))
        _set_global(name, value if equals else next(words, ""))
    return rest


def _set_global(name: str, value: str) -> None:
    if name == "--home" and value:
        # What was typed is meant, whatever the environment names.
        session.home, session.url = Path(value), None
    elif name == "--lang" and value in (*text.LANGUAGES, text.PSEUDO):
        text.speak(value)
    elif name in ("--output", "-o") and value in FORMATS:
        session.output = value
    else:
        words = " ".join(FORMATS if name in {"--output", "-o"} else text.LANGUAGES)
        known = "DIR" if name == "--home" else words
        raise errors.UsageError("errors_cli.global-option", option=name, words=known)


class AskedHome(Protocol):
    """Asked home: what a command asks acts of: a home opened here, or the server that holds it."""

    @property
    def caller(self) -> "Caller":
        """Carry requests."""

    @property
    def behind(self) -> Mapping[str, errors.BaileeError]:
        """Ledgers that could not be published when it was left, by client."""

    def doubts(self) -> Sequence[tuple[str, int]]:
        """Say what is wrong with the clock, in hours."""

    def purposes(self, act: str, label: str | None) -> "Sequence[Purpose]":
        """Say for which purposes who asks may do an act."""


@contextmanager
def opened() -> Iterator[AskedHome]:
    """Ask the server that holds the home, where one runs; else open it here."""
    server = _server()
    if server is None:
        with opened_here() as app:
            yield app
        return
    try:
        _tell_doubts(server)
        yield server
    finally:
        server.close()


@contextmanager
def opened_here() -> Iterator["App"]:
    """Open the home; its ledgers are published before it is left, and what failed is said."""
    if session.url is not None:
        raise errors.UsageError("errors_remote.only-here")
    from bailee.run.wiring.app import open_app  # noqa: PLC0415  # heavy: kept off --help and version

    with open_app(session.home) as app:
        _tell_doubts(app)
        yield app
    if app.is_still:  # here, what was asked for was done: all else was refused
        session.unrecorded = True
        fail(errors.CannotRecord("errors_monitor.still-done"))
    for client, error in app.behind.items():
        tell("cli.log_behind", client=client, message=say(error.reason, **error.facts))


def served() -> "AskedServer":
    """Give the server that holds the home; Unreachable when none runs."""
    server = _server()
    if server is None:
        raise errors.Unreachable("errors_socket.no-server")
    return server


def is_served() -> bool:
    """Tell whether a server holds the home: then what is heavy is its own to load."""
    server = _server()
    if server is not None:
        server.close()
    return server is not None


def _server() -> "AskedServer | None":
    if session.url is not None:
        return _elsewhere(session.url)
    from bailee.client import find_server  # noqa: PLC0415  # kept off --help and version

    return find_server(session.home)


def _elsewhere(text: str) -> "AskedServer":
    from bailee.client.remote import RemoteServer, ServerUrl  # noqa: PLC0415  # loads TLS
    from bailee.run.logins import Logins  # noqa: PLC0415  # as above

    url = ServerUrl.parse(text).text
    login = Logins(os.environ).find(url)
    return RemoteServer(url, login.token, login.ca)


def require_here(typed: str) -> None:
    """Refuse a command that needs the home itself where a server elsewhere is named."""
    if session.url is not None and typed in HERE:
        raise errors.UsageError("errors_remote.only-here")


def _tell_doubts(home: AskedHome) -> None:
    for word, hours in home.doubts():
        tell(f"clock.{word}", hours=hours)


def show(records: Iterable[Record], *, columns: Sequence[str]) -> None:
    """Print records as asked for; a table shows the columns, JSON all there is."""
    if session.output == "json":
        line(as_json(list(records), indent=2))
    elif session.output == "jsonl":
        for record in records:
            line(as_json(record))
    else:
        _table(list(records), columns)


def show_one(record: Record, **names: str) -> None:
    """Print one record: in a table a line for each field, under another of `names` where given."""
    if session.output == "json":
        line(as_json(record, indent=2))
    elif session.output == "jsonl":
        line(as_json(record))
    else:
        names = {key: say(f"columns.{names.get(key, key)}") for key in record}
        # Over the words of this language: French ones are longer.
        width = max((len(name) for name in names.values()), default=0)
        for key, value in record.items():
            line(f"{names[key]:<{width}}  {_word(key, value)}")


def _table(records: Sequence[Record], columns: Sequence[str]) -> None:
    head = [say(f"columns.{column}") for column in columns]
    rows = [[_word(column, record.get(column)) for column in columns] for record in records]
    widths = [max(len(row[k]) for row in [head, *rows]) for k in range(len(columns))]
    for row in [head, *rows]:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        line("  ".join(cells).rstrip())


def _word(column: str, value: object) -> str:
    """Write a value for a person: words of closed lists in their language, others as they are."""
    if isinstance(value, str) and knows(f"words.{column}.{value}"):
        return say(f"words.{column}.{value}")
    return _cell(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("cli.yes" if value else "cli.no")
    if isinstance(value, Mapping):
        # Counts by name: none of any is nought, and not nothing.
        return " ".join(f"{key}={_cell(item)}" for key, item in value.items()) or "0"
    if isinstance(value, (list, tuple)):
        return " ".join(_cell(item) for item in value)
    # Names come from outside: one that held an escape would drive the terminal that shows it.
    return printable(str(value))


def as_json(value: object, *, indent: int | None = None) -> str:
    """Write JSON that the output can carry: its own escapes where the encoding is small."""
    encoding = codecs.lookup(sys.stdout.encoding or "utf-8").name
    return json.dumps(value, ensure_ascii=not encoding.startswith("utf"), indent=indent)


def line(text: str) -> None:
    """Print one line of data."""
    sys.stdout.write(text + "\n")


def data(text: bytes) -> None:
    """Print much at once, in UTF-8."""
    if takes_utf8():
        sys.stdout.flush()  # what was printed as text comes before it
        sys.stdout.buffer.write(text)
    else:
        sys.stdout.write(text.decode("utf-8"))


def takes_utf8() -> bool:
    """Tell whether the output takes text as it is."""
    return codecs.lookup(sys.stdout.encoding or "utf-8").name == "utf-8"


def tell(message_id: str, **facts: str | int) -> None:
    """Say something to the person, on standard error."""
    _aside(say(message_id, **facts))


def _aside(text: str) -> None:
    lost: errors.BaileeError | None = None
    try:
        sys.stdout.flush()  # where both go to one place, in the order of saying
    except errors.BaileeError as error:  # said after what was to be said
        lost = error
    except ReaderGone:  # nobody reads the data; what is said beside it may still be read
        pass
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    if lost is not None:
        # Remembered and not raised: what else is to be said of an act that was done still is.
        session.lost = True
        fail(lost)


def fail(error: errors.BaileeError) -> int:
    """Report an error; return its exit code."""
    return _report(
        error.exit_code,
        error.reason.partition(".")[2],
        say(error.reason, **error.facts),
        say(f"{error.reason}_remedy", **error.facts),
    )


def refuse(denial: "Denial") -> int:
    """Report a refusal; return its exit code."""
    return _report(
        DENIED,
        denial.rule,
        say("cli.denied", sentence=denial.sentence, rule=denial.rule, what=say(denial.why)),
        say(denial.next_step, **denial.facts),
    )


def _report(code: int, slug: str, message: str, remedy: str) -> int:
    if session.output == "table":
        _aside(say("cli.error", slug=slug, message=message))
        _aside(say("cli.remedy", remedy=remedy))
    else:
        report = {
            "type": "exit_error",
            "code": code,
            "slug": slug,
            "message": message,
            "remedy": remedy,
        }
        _aside(as_json(report))
    return code


class Progress:
    """Progress: rate and time left, on a terminal, once the work takes longer than two seconds."""

    def __init__(self, total_bytes: int | None) -> None:
        self._total = total_bytes
        self._done = 0
        self._started = self._shown = time.monotonic()
        # Never in a pipe or a log, where it would be lines without an end.
        self._live = sys.stderr.isatty() and session.output == "table"

    def watch(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass chunks on and count them."""
        for chunk in chunks:
            yield chunk
            self.reach(self._done + len(chunk))
        self.end()

    def reach(self, done: int) -> None:
        """Say how much is done."""
        self._done = done
        self._show()

    def end(self) -> None:
        """Clear the line."""
        if self._live and self._shown > self._started:
            sys.stderr.write("\r\x1b[K")

    def _show(self) -> None:
        now = time.monotonic()
        late = now - self._started > _PROGRESS_AFTER_S
        if not (self._live and late and now - self._shown > _PROGRESS_EVERY_S):
            return
        self._shown = now
        rate = self._done / (now - self._started)
        line = say("cli.progress", done=size(self._done), rate=size(int(rate)))
        if self._total:
            left = int((self._total - self._done) / rate) if rate else 0
            line += say("cli.progress_left", seconds=left)
        sys.stderr.write(f"\r\x1b[K{line}")


def size(count: int) -> str:
    """Write a number of bytes for a person, in binary units."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:  # noqa: PLR2004  # the unit's own factor
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TiB"
