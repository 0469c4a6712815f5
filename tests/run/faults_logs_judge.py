"""What must hold of logs after a crash at any moment: each sentence here is an assertion.

Acknowledged batches are whole and byte for byte, others absent; nothing is there twice, neither
lines nor tokens nor entries nor postings; and the deep judgement of the house itself is clean.
"""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.answers import done
from tests.run import homes
from tests.run.faults_judge import clean, entries_hold, verifies
from tests.run.faults_logs import ERASED, LINES, SOURCES
from tests.run.faults_scenario import acknowledged

from bailee import errors
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import ExportLog
from bailee.run.wiring.app import App

SHOWN = {b"hunter2zebra": b"[secret]"}


@dataclass(frozen=True)
class Counts:
    """How much there is of each thing that must not be there twice."""

    batches: int
    lines: int
    parts: int
    postings: int
    tokens: int
    erased: int
    indexes: int
    sources: int


def counts(place: Path) -> Counts:
    """Count the rows of a home."""
    with closing(sqlite3.connect(place / "home" / "rows.db")) as rows:
        one = [
            rows.execute(f"select coalesce({what}, 0) from {table}").fetchone()[0]  # noqa: S608  # constants
            for what, table in (
                ("count(*)", "log_batch"),
                ("sum(lines)", "log_batch"),
                ("count(*)", "log_part"),
                ("sum(postings)", "log_run"),
                ("count(*)", "vault"),
                ("sum(sealed is null)", "vault"),
                ("count(*)", "vault_index"),
                ("count(*)", "log_source"),
            )
        ]
    return Counts(*one)


def audit(place: Path, whole: Counts | None = None) -> None:
    """Judge a home after a crash; `whole` when the scenario has since come to its end."""
    acks = acknowledged(place)
    with homes.opened(place) as house:
        held = {stream: _given(house, stream) for stream in SOURCES}
        for stream, given in held.items():
            _is_prefix(stream, given, erased="erase" in acks)
            taken = int(acks.get(f"taken {stream}", {}).get("end", 0))
            acked = SOURCES[stream][1][:taken].count(b"\n")
            assert given.count(b"\n") >= acked, f"acknowledged lines of {stream} are gone"
            if whole:
                assert given.count(b"\n") == SOURCES[stream][1].count(b"\n")
        _told_once(house)
        clean(house)
        assert not house.publish(), "a log cannot be folded"
        shutil.rmtree(place / "export", ignore_errors=True)
        verifies(house, "acme", place, None)
        entries_hold(house)
    if whole:
        assert counts(place) == whole, "something is there twice, or lacks"


def _given(house: App, stream: str) -> bytes:
    try:
        asked = ExportLog(client="acme", stream=stream, purpose="client-request")
        answer = done(house.caller.call(asked))
    except errors.NotFound:
        return b""
    return b"".join(map(bytes, answer.chunks))


def _is_prefix(stream: str, given: bytes, *, erased: bool) -> None:
    """What is given back is the source's beginning, in whole batches."""
    text = SOURCES[stream][1]
    for hidden, shown in SHOWN.items():
        text = text.replace(hidden, shown)
    gone = text
    for spelling in (ERASED, ERASED.replace(b"a3", b"A3").replace(b"example", b"Example")):
        gone = gone.replace(spelling, b"[erased]")
    count = given.count(b"\n")
    assert count % LINES == 0, f"part of a batch of {stream} is held"
    wanted = [gone] if erased else [text, gone]
    kept = [b"".join(one.splitlines(keepends=True)[:count]) for one in wanted]
    assert given in kept, f"{stream} is not what came in"


def _told_once(house: App) -> None:
    """Each batch is one entry, and each entry of a batch is one row."""
    shown = done(house.caller.call(ShowEntries(client="acme", purpose="verification"))).entries
    told = [entry.body["batch"] for entry in shown if entry.opening.kind == "log:batch"]
    assert len(told) == len(set(told)) == counts(house.parts.home.parent).batches
