"""`bailee log ingest` and `log export`: real commands, real children, real signals."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zstandard
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell

from bailee import limits
from bailee.run import cli
from bailee.run.cli import frame

LINES = b"""1.2.3.4 - alice [10/Oct/2025:13:55:36 +0000] "GET /?q=bob@example.org HTTP/1.1" 200 5
10.1.2.3 - - [10/Oct/2025:13:55:37 +0000] "GET / HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"
no time here, user=carol@example.net password=hunter2zebra
"""
KEPT = LINES.replace(b"hunter2zebra", b"[secret]")
MANY = b"".join(b"user=u%d\n" % (n % 9) for n in range(6 * limits.BATCH_LINES + 7))
"""Six batches and a bit: lines are counted, not bytes."""


@dataclass
class Said:
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("home")
    shell = Shell(place)
    folders = ("--custodian", str(place / "c1"), "--custodian", str(place / "c2"))
    shell("init", "--provider", "hosting.example", *folders, "--backup", str(place / "b"))
    shell("client", "add", "acme")
    (me,) = json.loads(shell("-o", "json", "actor", "list").out)
    shell("budget", "raise", me["actor"], "--values", "1000000")
    return place


@dataclass
class Desk:
    """Runs commands in this process, on one home."""

    place: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> Said:
        self.capture.readouterr()
        frame.session.output = "table"  # a command within this process, as if it were the first
        code = cli.run(["--home", str(self.place / "home"), *words])
        seen = self.capture.readouterr()
        return Said(code=code, out=seen.out, err=seen.err)

    def ingest(self, *words: str | Path, stream: str) -> Said:
        given = ("--client", "acme", "--stream", stream, "--origin", "infrastructure")
        return self("log", "ingest", *given, "-o", "json", *map(str, words))

    def export(self, *words: str) -> bytes:
        target = self.place / f"out-{len(list(self.place.iterdir()))}"
        given = ("--client", "acme", "--purpose", "client-request", "--to", str(target))
        said = self("log", "export", *given, *words)
        assert said.code == 0, said.err
        return target.read_bytes()


@pytest.fixture
def desk(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("BAILEE_PASSPHRASE_COMMAND", f"echo '{PASSPHRASE}'")
    yield Desk(place, capsys)
    frame.session.output = "table"


def test_a_new_stream_is_made_and_said_so(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    said = desk("log", "ingest", "--client", "acme", "--stream", "new", str(page))
    assert said.code == 2
    assert "--origin" in said.err
    said = desk.ingest(page, stream="new")
    assert said.code == 0
    assert "new stream new, of origin infrastructure" in said.err
    assert "taken as UTC" in said.err
    shown = json.loads(said.out)
    assert (shown["lines"], shown["bytes"], shown["batches"]) == (3, len(LINES), 1)
    assert (shown["zone"], shown["origin"], shown["names_kept"]) == ("UTC", "infrastructure", True)
    assert sum(shown["secrets"].values()) == 1
    again = desk.ingest(page, stream="new")
    assert not holds(again.err, "new stream")
    shown = json.loads(again.out)
    assert (shown["batches"], shown["lines"], shown["held_before"]) == (0, 0, len(LINES))
    assert desk.export("--stream", "new") == KEPT


def test_the_zone_is_said_only_where_it_was_chosen_by_nobody(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    said = desk.ingest(page, "--tz", "Africa/Abidjan", stream="zoned")
    assert not holds(said.err, "taken as UTC")
    assert json.loads(said.out)["zone"] == "Africa/Abidjan"


def test_a_declared_month_is_said_when_it_comes_to_another(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    said = desk.ingest(page, "--epoch", "2001-01", stream="history")
    shown = json.loads(said.out)
    assert not shown["names_kept"]
    assert f"2001-01 is outside of the months that are kept: it is kept with {shown['epoch']}" in (
        said.err
    )
    assert "they were dropped" in said.err
    again = desk.ingest(page, "--epoch", "2001-01", stream="history")
    assert not holds(again.err, "they were dropped")  # nothing was taken in


WRONG: dict[str, tuple[int, tuple[str, ...]]] = {
    "an unknown client": (5, ("--client", "nobody", "--stream", "x")),
    "a stream's name that is none": (2, ("--client", "acme", "--stream", "X y")),
    "secrets kept otherwise": (2, ("--client", "acme", "--stream", "x", "--secrets", "keep")),
    "secrets kept for no reason": (2, ("--client", "acme", "--stream", "x", "--secrets", "seal")),
    "a month that is none": (2, ("--client", "acme", "--stream", "x", "--epoch", "2025-13")),
    "a zone that is none": (2, ("--client", "acme", "--stream", "x", "--tz", "Mars/Olympus")),
    "a purpose that is not theirs": (
        4,
        ("--client", "acme", "--stream", "x", "--purpose", "rights"),
    ),
}


@pytest.mark.parametrize("said", WRONG)
def test_what_is_asked_wrongly_is_refused(desk: Desk, tmp_path: Path, said: str) -> None:
    code, words = WRONG[said]
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    answer = desk("log", "ingest", *words, "--origin", "infrastructure", str(page))
    assert answer.code == code, answer.err
    assert answer.out == ""


def test_standard_input_is_read_once(desk: Desk) -> None:
    words = ("log", "ingest", "--client", "acme", "--stream", "x", "-")
    assert desk(*words, "-").code == 2
    assert desk(*words, "--reason", "-").code == 2


def test_secrets_are_kept_for_a_reason(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    words = ("--secrets", "seal", "--reason", "a dispute over an intrusion")
    assert desk.ingest(page, *words, stream="sealed").code == 0
    assert desk.export("--stream", "sealed") == LINES


def test_a_folder_is_taken_in_but_for_what_breaks(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(LINES)
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"b\n" + LINES * 2))
    (tmp_path / "c.gz").write_bytes(gzip.compress(MANY)[:-2000])
    os.mkfifo(tmp_path / "d.log")
    (tmp_path / "e.log").symlink_to("/etc/hostname")
    (tmp_path / "f.zst").write_bytes(zstandard.compress(b"f\n" + LINES * 3))
    said = desk.ingest(tmp_path, tmp_path / "absent", stream="folder")
    assert said.code == 3
    for name, why in {
        "c.gz": "compressed data ends too early",
        "d.log": "no regular file",
        "e.log": "a link that leads out",
        "absent": "no such file",
    }.items():
        assert re.search(rf"{tmp_path / name}: .*{why}", said.err), said.err
    assert "4 of the inputs" in said.err
    inputs = {Path(one["name"]).name: one for one in json.loads(said.out)["inputs"]}
    assert {name: one["lines"] for name, one in inputs.items() if one["whole"]} == {
        "a.log": 3,
        "b.gz": 7,
        "f.zst": 10,
    }
    # Whole batches before the tear are kept, and come back.
    torn = desk.export("--stream", "folder", "--source", str(tmp_path / "c.gz"))
    assert len(inputs["c.gz"]["batches"]) >= 1
    assert inputs["c.gz"]["end"] == len(torn)
    assert MANY.startswith(torn)
    kept = desk.export("--stream", "folder", "--source", str(tmp_path / "f.zst"))
    assert kept == b"f\n" + KEPT * 3
    batch = inputs["b.gz"]["batches"][0]
    assert desk.export("--batch", batch) == b"b\n" + KEPT * 2
    # The same command again does nothing twice, and says the same of what is broken.
    again = desk.ingest(tmp_path, stream="folder")
    assert (again.code, json.loads(again.out)["lines"]) == (3, 0)


def test_a_file_that_changed_is_another_source_and_both_come_back(
    desk: Desk, tmp_path: Path
) -> None:
    page = tmp_path / "a.log"
    page.write_bytes(LINES)
    desk.ingest(page, stream="rotated")
    page.write_bytes(LINES + b"one more\n")
    desk.ingest(page, stream="rotated")
    page.write_bytes(b"after rotation\n")
    desk.ingest(page, stream="rotated")
    whole = KEPT + b"one more\n" + b"after rotation\n"
    assert desk.export("--stream", "rotated") == whole
    assert desk.export("--stream", "rotated", "--source", str(page)) == whole


NOT_EXPORTED: dict[str, tuple[int, tuple[str, ...]]] = {
    "a batch that is not there": (5, ("--batch", "bt-aaaaaaaaaaaaaaaaaaaaaaaaaa")),
    "a batch that is no id": (5, ("--batch", "1")),
    "a stream that is not there": (5, ("--stream", "nothing")),
    "a source that is not there": (5, ("--stream", "new", "--source", "/nowhere")),
    "neither": (2, ()),
    "both": (2, ("--batch", "1", "--stream", "x")),
}


@pytest.mark.parametrize("said", NOT_EXPORTED)
def test_what_is_not_there_is_not_exported(desk: Desk, said: str) -> None:
    code, words = NOT_EXPORTED[said]
    given = ("log", "export", "--client", "acme", "--purpose", "client-request")
    assert desk(*given, *words).code == code
    if code == 5:  # who may not export learns no more of what is there
        assert desk(*given[:-2], *words).code == 4


# --- interrupted ---------------------------------------------------------------------------


WHILE_IT_WRITES = """
import os, signal
from bailee import failpoint
from bailee.run.cli import main

real, renamed = failpoint._pass, 0

def passed(point):
    global renamed
    renamed += point == "objects.rename:before"
    if point == "objects.rename:before" and renamed == 3:  # the first file of the second batch
        os.kill(os.getpid(), signal.SIGINT)
    real(point)

failpoint._pass = passed
main()
"""

WHILE_IT_WAITS = """
import os, signal, threading
from bailee.adapters.sources.source import StreamSource
from bailee.run.cli import main

class Ending:
    # Interrupts the read that waits for what never comes, be it before or after it began to wait.
    def __init__(self, stream):
        self.stream, self.left = stream, HALF

    def read(self, size):
        if self.left < size:
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        self.left -= size
        return self.stream.read(size)

real = StreamSource.__init__
StreamSource.__init__ = lambda self, stream: real(self, Ending(stream))
main()
"""


def begun(place: Path, path: str, stream: str, program: str) -> subprocess.Popen[bytes]:
    """Start a command that interrupts itself, at a moment that no load of the machine moves."""
    words = ("log", "ingest", "--client", "acme", "--stream", stream)
    return subprocess.Popen(
        [sys.executable, "-c", program, *words, "--origin", "infrastructure", path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=Shell(place).variables(),
    )


def offset_said(err: bytes) -> int:
    found = re.search(rb"first (\d+) bytes", err)
    assert found, err
    return int(found[1])


def test_an_interrupted_file_is_gone_on_with(desk: Desk, place: Path, tmp_path: Path) -> None:
    page = tmp_path / "stopped.log"
    page.write_bytes(MANY)
    child = begun(place, str(page), "stopped", WHILE_IT_WRITES)
    out, err = child.communicate(timeout=HANGS_S)
    assert (child.returncode, out) == (130, b"")
    offset = offset_said(err)
    assert 0 < offset < len(MANY)
    assert MANY[:offset].count(b"\n") % limits.BLOCK_LINES == 0
    assert desk.export("--stream", "stopped") == MANY[:offset]
    shown = json.loads(desk.ingest(page, stream="stopped").out)
    assert shown["inputs"][0]["start"] == offset
    assert shown["lines"] == MANY[offset:].count(b"\n")
    assert desk.export("--stream", "stopped") == MANY


def test_interrupted_standard_input_is_recognised(
    desk: Desk, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = len(MANY) // 2
    child = begun(place, "-", "piped", WHILE_IT_WAITS.replace("HALF", str(half)))
    assert child.stdin
    assert child.stdout
    assert child.stderr
    child.stdin.write(MANY[:half])
    child.stdin.flush()
    out, err = child.stdout.read(), child.stderr.read()  # it ends while its input stays open
    child.communicate(timeout=HANGS_S)
    assert (child.returncode, out) == (130, b"")
    offset = offset_said(err)
    assert 0 < offset <= half
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MANY)))
    shown = json.loads(desk.ingest("-", stream="piped").out)
    assert shown["repeated"] >= 1
    assert shown["lines"] == MANY[offset:].count(b"\n")
    assert desk.export("--stream", "piped") == MANY
