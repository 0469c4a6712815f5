"""Scanned: shows what a scan found: each find, or counts, or each line with its reasons.

Values are shown to whoever runs the scan on a file that they can read anyway; `--summary` masks
them, so that its output may be passed on.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, pairwise
from pathlib import Path

from bailee import errors
from bailee.act.show import Record, printable
from bailee.encoding import handed
from bailee.run.cli import frame
from bailee.run.warming import is_warm, warm
from bailee.scan import Finds, Flag, Kind, Own, Scanner
from bailee.scan.explain import near
from bailee.scan.listing import FindListing, LineForm
from bailee.scan.summary import Summary
from bailee.scan.vm.cache import lasting
from bailee.text import say


def prepared(progress: Callable[[int, int], None], own: Path | None = None) -> Scanner:
    """Make a scanner, its kernels compiled once and for all; `own` is a list for `Own`."""
    listed = _listed(own) if own else None
    if not is_warm():
        if not lasting():
            frame.tell("scan.passing")
        warm(progress)
    return Scanner(own=listed)


def _listed(page: Path) -> Own:
    try:
        return Own.of(handed(page.read_bytes()).decode().splitlines())
    except (OSError, ValueError) as error:
        raise errors.UsageError("errors_scan.own") from error


def flags_of(flags: int) -> list[str]:
    """Name the flags that are set."""
    return [flag.name.lower() for flag in Flag if flags & flag and flag.name]


def records(
    name: str, finds: Finds, rows: slice = slice(None)
) -> Iterator[dict[str, str | int | list[str]]]:
    """Make one record a find; lines count from 1, bytes of a line from 0."""
    columns = (finds.start, finds.end, finds.kind, finds.flags, finds.rule, finds.line)
    cut = (column[rows].tolist() for column in columns)
    for start, end, kind, flags, rule, line in zip(*cut, strict=True):
        first = int(finds.line_starts[line])
        yield {
            "file": name,
            "line": finds.first_line + line + 1,
            "start": start - first,
            "end": end - first,
            "kind": Kind(kind).name.lower(),
            "flags": flags_of(flags),
            "value": finds.text[start:end].tobytes().decode("utf-8", "backslashreplace"),
            "rule": finds.rules[rule].name,
        }


class _Shown:
    """Shown: what every way of showing is given and may leave aside."""

    def note(self, formats: dict[str, int]) -> None:
        """Take the formats of an input: recipe and lines."""


def _json_form(name: str) -> LineForm:
    """Form a JSON object a line; in a list, commas stand before."""
    before = ", " if frame.session.output == "json" else ""
    return LineForm(
        before=f'{before}{{"file": {_quoted(name)}, "line": ',
        after_line=', "start": ',
        after_start=', "end": ',
        kind=lambda kind: f', "kind": {_quoted(kind.name.lower())}, "flags": [',
        flags=lambda flags: f'{", ".join(map(_quoted, flags_of(flags)))}], "value": "',
        rule=lambda rule: f'", "rule": {_quoted(rule)}}}\n',
        escapes=True,
    )


def _table_form(name: str) -> LineForm:
    return LineForm(
        before=f"{printable(name)}:",
        after_line=":",
        after_start="-",
        kind=lambda kind: f"  {kind.name.lower()}  ",
        flags=lambda _flags: "",
        rule=lambda rule: f"  {rule}\n",
        escapes=False,
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class ScanListing(_Shown):
    """Scan listing: each find, as a line of text or a JSON object."""

    def __init__(self) -> None:
        self._begun = False
        self._name = ""
        self._listing: FindListing | None = None

    def add(self, name: str, finds: Finds) -> None:
        """Show a block's finds."""
        if self._listing is None or name != self._name:
            form = _table_form if frame.session.output == "table" else _json_form
            rules = [rule.name for rule in finds.rules]
            self._listing, self._name = FindListing(form(name), rules, self._line), name
        for lines in self._lines(self._listing, finds):
            # Written as it is found: a log has millions of finds, and a list in memory would
            # hold them all.
            first = not self._begun and frame.session.output == "json"
            frame.data(b"[" + lines.removeprefix(b",") if first and lines else lines)
            self._begun = self._begun or bool(lines)

    def _lines(self, listing: FindListing, finds: Finds) -> Iterator[bytes]:
        if frame.takes_utf8():
            return listing.lines(finds)
        # Of a small alphabet JSON escapes all else, and a table what it has no letter for.
        return (self._line(finds, row).encode() for row in range(len(finds)))

    def _line(self, finds: Finds, row: int) -> str:
        """Make one line that the kernel leaves."""
        (record,) = records(self._name, finds, slice(row, row + 1))
        if frame.session.output != "table":
            before = ", " if frame.session.output == "json" else ""
            return f"{before}{frame.as_json(record)}\n"
        return (
            f"{printable(self._name)}:{record['line']}:{record['start']}-{record['end']}"
            f"  {record['kind']}  {printable(str(record['value']))}  {record['rule']}\n"
        )

    def end(self) -> None:
        """Close the list."""
        if frame.session.output == "json":
            frame.line("]" if self._begun else "[]")


class Summed(_Shown):
    """Summed: kinds, counts and masked samples, and what was looked for and not found."""

    def __init__(self) -> None:
        self._summary = Summary()
        self._formats: Counter[str] = Counter()

    def note(self, formats: dict[str, int]) -> None:
        """Add an input's formats to those before."""
        self._formats.update(formats)

    def add(self, _name: str, finds: Finds) -> None:
        """Count a block's finds."""
        self._summary.add(finds)

    def end(self) -> None:
        """Show the counts."""
        found = self._summary
        rows: list[Record] = [
            {
                "kind": kind.name.lower(),
                "count": count,
                "samples": found.samples.get(kind, []),
            }
            for kind, count in found.counts.most_common()
        ]
        absent = [kind.name.lower() for kind in found.absent()]
        suspected = found.suspected.total()
        if frame.session.output != "table":
            frame.show_one(
                {
                    "lines": found.lines,
                    "formats": dict(self._formats.most_common()),
                    "found": rows,
                    "not_found": absent,
                    "suspected": suspected,
                }
            )
            return
        formats = ", ".join(f"{name} {count}" for name, count in self._formats.most_common())
        frame.line(say("scan.lines", count=found.lines, formats=formats or "-"))
        for row in rows:
            samples = "  ".join(printable(str(one)) for one in found.samples[_kind(row)])
            frame.line(f"{row['kind']:<13}{row['count']:>12}  {samples}")
        if suspected:
            frame.line(say("scan.suspected", count=suspected))
        frame.line(say("scan.not_found", kinds=" ".join(absent)))


def _kind(row: Record) -> Kind:
    return Kind[str(row["kind"]).upper()]


class Explained(_Shown):
    """Explained: each line that holds a find or something near one, with the reasons."""

    def add(self, name: str, finds: Finds) -> None:
        """Explain a block's lines."""
        text = finds.text.tobytes()
        by_line = {
            number: list(rows)
            for number, rows in groupby(records(name, finds), key=lambda row: row["line"])
        }
        starts = [*finds.line_starts.tolist(), len(text)]
        for index, (start, end) in enumerate(pairwise(starts)):
            number = finds.first_line + index + 1
            self._line(name, number, text[start:end].rstrip(b"\r\n"), by_line.get(number, []))

    def _line(
        self, name: str, number: int, line: bytes, rows: list[dict[str, str | int | list[str]]]
    ) -> None:
        taken = [(int(str(row["start"])), int(str(row["end"]))) for row in rows]
        almost = [
            {
                "start": one.start,
                "end": one.end,
                "near": one.what,
                "why": say(f"scan.near_{one.what}"),
                "value": line[one.start : one.end].decode("utf-8", "backslashreplace"),
            }
            for one in near(line, taken)
        ]
        if not rows and not almost:
            return
        if frame.session.output != "table":
            record = {"file": name, "line": number, "finds": rows, "near": almost}
            frame.line(frame.as_json(record))
            return
        frame.line(f"{printable(name)}:{number}")
        for row in rows:
            value = printable(str(row["value"]))
            marks = " ".join(str(flag) for flag in _flags(row))
            frame.line(f"  {row['kind']:<13}{value}  {row['rule']}  {marks}".rstrip())
        for each in almost:
            frame.line(f"  {'-':<13}{printable(str(each['value']))}  {each['why']}")

    def end(self) -> None:
        """Nothing is left to say."""


def _flags(row: dict[str, str | int | list[str]]) -> list[str]:
    flags = row["flags"]
    return flags if isinstance(flags, list) else []
