"""Lines of finds are, byte for byte, what Python makes of each find as a record."""

import json
import random
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from tests.patience import HANGS_S

from bailee.act.show import printable
from bailee.run.cli import frame
from bailee.run.cli.special import scanned
from bailee.scan import Finds, Flag, Kind, listing
from bailee.scan.kinds import Rule

RULES = tuple(Rule(name=name) for name in ("ipv4", "key:user", "json:actor.é"))
PIECES = (
    *(b"", b"a", b'"', b"\\", b"\n", b"\r", b"\t", b"\b", b"\f", b"\0", b"\x1b", b"\x7f", b" "),
    *(
        b"\x80",
        b"\xbf",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xc2",
        b"\xc2\x80",
        b"\xdf\xbf",
        b"\xe0\x9f\x80",
    ),
    *(b"\xe0\xa0\x80", b"\xed\x9f\xbf", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xf0\x8f\xbf\xbf"),
    *(b"\xf0\x90\x80\x80", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5", b"\xff", b"\xe2\x82"),
    *("é".encode(), "\u202e".encode(), "\u2028".encode(), "🦫".encode()),
)


def block(seed: int) -> Finds:
    """Draw finds of every kind, flag, rule and value."""
    draw = random.Random(seed)  # noqa: S311  # drawn again by its seed
    values = [b"".join(draw.choices(PIECES, k=draw.randrange(6))) for _ in range(200)]
    text, starts, ends = bytearray(), [], []
    for value in values:
        text += draw.choice((b"", b" ", b"x = "))
        starts.append(len(text))
        text += value
        ends.append(len(text))
    lines = sorted({0, *draw.choices(starts, k=20)})
    count = len(values)
    return Finds(
        text=np.frombuffer(bytes(text) + b"\n", np.uint8),
        start=np.array(starts, np.int64),
        end=np.array(ends, np.int64),
        kind=np.array(draw.choices(list(Kind), k=count), np.uint8),
        flags=np.array([draw.randrange(2 * max(Flag)) for _ in range(count)], np.uint16),
        rule=np.array([draw.randrange(len(RULES)) for _ in range(count)], np.uint16),
        line=np.searchsorted(np.array(lines), np.array(starts), "right") - 1,
        line_starts=np.array(lines, np.int64),
        rules=RULES,
        first_line=draw.choice((0, 9, 10**12)),
    )


def as_json(name: str, finds: Finds) -> str:
    rows = scanned.records(name, finds)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_table(name: str, finds: Finds) -> str:
    return "".join(
        f"{printable(name)}:{row['line']}:{row['start']}-{row['end']}"
        f"  {row['kind']}  {printable(str(row['value']))}  {row['rule']}\n"
        for row in scanned.records(name, finds)
    )


def shown(output: str, name: str, *blocks: Finds) -> None:
    frame.session.output = output
    listed = scanned.ScanListing()
    for finds in blocks:
        listed.add(name, finds)
    listed.end()


@pytest.fixture(autouse=True)
def _table_again() -> Iterator[None]:
    yield
    frame.session.output = frame.FORMATS[0]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("room", [listing.OUT_BYTES, 500])
def test_lines_are_records(
    seed: int, room: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "OUT_BYTES", room)
    one, other = block(seed), block(1000 + seed)
    name = ("a.log", 'q"\\.log', "é \x1b.log")[seed % 3]
    shown("jsonl", name, one, other)
    assert capsys.readouterr().out == as_json(name, one) + as_json(name, other)
    shown("table", name, one, other)
    assert capsys.readouterr().out == as_table(name, one) + as_table(name, other)
    shown("json", name, one, other)
    rows = [*scanned.records(name, one), *scanned.records(name, other)]
    assert json.loads(capsys.readouterr().out) == rows


def test_nothing_found_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    shown("json", "a.log")
    assert json.loads(capsys.readouterr().out) == []


GUARDED = """
import contextlib, io, sys
from tests.scan.guard import guarded
from tests.scan.test_listing import as_json, block, shown

for seed in range(40):
    with guarded(at_end=bool(seed % 2)):
        finds = block(seed)
        out = io.TextIOWrapper(io.BytesIO(), "utf-8")
        with contextlib.redirect_stdout(out):
            shown("jsonl", "a.log", finds)
        out.flush()
        assert out.buffer.getvalue().decode() == as_json("a.log", finds)
"""


def test_nothing_is_read_or_written_beyond_its_array() -> None:
    subprocess.run([sys.executable, "-c", GUARDED], check=True, timeout=HANGS_S)
