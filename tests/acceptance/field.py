"""A new user's hour: ten real files go in, are searched, and come back equal, whatever rotates.

Files of a folder that is named (`--samples DIR`), the largest ten of those that decode as text.
The first six tenths of each go in; then one has grown, one was renamed, one rotated and packed, one
copied away and truncated, and all are taken in again: every line is held once, and each stream
comes back as it was written.
"""

import argparse
import gzip
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.note import Note
from tests.run.homes import Done, Shell

FILES = 10
WORD = re.compile(rb"[A-Za-z]{6,20}")
REASON = "an acceptance compares every byte"


@dataclass
class Log:
    """A log of a sample: what of it was written first, and what comes later."""

    name: str
    first: bytes
    later: bytes
    path: Path

    @property
    def stream(self) -> str:
        """Name its stream."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


def samples(folder: Path, beside: Path) -> list[Log]:
    """Choose the largest files that are text, and write the first part of each."""
    found: list[Log] = []
    for path in sorted(folder.glob("*.log"), key=lambda path: -path.stat().st_size):
        raw = path.read_bytes()
        lines = raw.splitlines(keepends=True)
        if len(found) == FILES or b"\0" in raw or len(lines) < 10:
            continue
        cut = len(b"".join(lines[: len(lines) * 6 // 10]))
        log = Log(path.stem, raw[:cut], raw[cut:], beside / path.name)
        log.path.write_bytes(log.first)
        found.append(log)
    return found


def grown(log: Log) -> list[Path]:
    """Write on."""
    log.path.write_bytes(log.first + log.later)
    return [log.path]


def renamed(log: Log) -> list[Path]:
    """Move what was written, and write on in a new file."""
    moved = log.path.with_name(f"{log.path.name}-20261130")
    log.path.rename(moved)
    log.path.write_bytes(log.later)
    return [moved, log.path]


def packed(log: Log) -> list[Path]:
    """Write on, pack all of it, begin a new and empty file."""
    moved = log.path.with_name(f"{log.path.name}.1.gz")
    moved.write_bytes(gzip.compress(log.first + log.later))
    log.path.write_bytes(b"")
    return [moved, log.path]


def truncated(log: Log) -> list[Path]:
    """Copy it away and cut it short, then write on in the same file."""
    moved = log.path.with_name(f"{log.path.name}.1")
    moved.write_bytes(log.first)
    log.path.write_bytes(log.later)
    return [log.path]


CHANGES: Mapping[str, Callable[[Log], list[Path]]] = {
    "grown": grown,
    "renamed": renamed,
    "rotated and packed": packed,
    "truncated": truncated,
}


class Hour:
    """One home, its logs, and what did not hold."""

    def __init__(self, place: Path, note: Note) -> None:
        self.shell = Shell(place)
        self.note = note
        self.place = place
        self.failures = 0

    def held(self, what: str, *, holds: bool) -> None:
        """Note what holds and what does not."""
        self.failures += not holds
        self.note.say(f"{'holds ' if holds else 'fails '} {what}")

    def ingest(self, log: Log, paths: Sequence[Path]) -> int:
        """Take files in; return how many lines were new."""
        words = ("--client", "acme", "--stream", log.stream, "--origin", "infrastructure")
        keep = ("--secrets", "seal", "--reason", REASON)
        done = self.run("-o", "json", "log", "ingest", *words, *keep, *map(str, paths))
        return sum(one["lines"] for one in json.loads(done.out)["inputs"]) if done.out else -1

    def run(self, *words: str) -> Done:
        """Run a command, whatever becomes of it."""
        return self.shell(*words, expect=None)

    def exported(self, log: Log) -> bytes:
        """Give a stream back."""
        target = self.place / f"{log.stream}.back"
        target.unlink(missing_ok=True)
        words = ("--client", "acme", "--purpose", "client-request", "--to", str(target))
        self.run("log", "export", *words, "--stream", log.stream)
        return target.read_bytes() if target.exists() else b""

    def found(self, log: Log) -> tuple[int, int]:
        """Search for a word of a line in the middle; return lines found, and those that have it."""
        lines = log.first.splitlines()
        word = next(
            (m[0] for line in lines[len(lines) // 2 :] if (m := WORD.search(line))), b"nothing"
        )
        words = ("--client", "acme", "--stream", log.stream, "--text", word.decode(), "--count")
        done = self.run("-o", "json", "log", "search", *words)
        return json.loads(done.out)["lines"] if done.out else -1, sum(word in one for one in lines)


def run(words: Sequence[str], note: Note) -> int:
    """Take the hour; return how much of it did not hold."""
    reader = argparse.ArgumentParser(prog="field")
    reader.add_argument("--samples", type=Path, required=True)
    folder = reader.parse_args(words).samples
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "logs").mkdir()
        hour, logs = Hour(place, note), samples(folder, place / "logs")
        hour.held(f"{len(logs)} files", holds=len(logs) == FILES)
        hour.shell("init", "--provider", "hosting.example")
        hour.shell("client", "add", "acme")
        # What is given back here is more than one opens on a day unasked.
        (me,) = json.loads(hour.shell("-o", "json", "actor", "list").out)
        hour.shell("budget", "raise", me["actor"], "--values", "1000000000")
        for log in logs:
            hour.ingest(log, [log.path])
            back, (found, there) = hour.exported(log), hour.found(log)
            hour.held(f"{log.name}: {len(log.first)} bytes come back", holds=back == log.first)
            # Some stand in what was taken out of the text, as in a name or an address.
            hour.held(f"{log.name}: {found} of {there} lines found", holds=0 < found <= there)
        for log, (what, change) in zip(logs, CHANGES.items(), strict=False):
            new = hour.ingest(log, change(log))
            wanted = len(log.later.splitlines())
            hour.held(f"{log.name}, {what}: {new} lines of {wanted} are new", holds=new == wanted)
            back = hour.exported(log)
            hour.held(f"{log.name}, {what}: all come back", holds=back == log.first + log.later)
        for log in logs[len(CHANGES) :]:
            hour.held(f"{log.name}: nothing is held twice", holds=hour.ingest(log, [log.path]) == 0)
        report = json.loads(hour.run("-o", "json", "check", "--deep").out)
        hour.held("the home is whole", holds=report["verdict"] == "clean")
    return hour.failures
