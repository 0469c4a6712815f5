"""Damage: one batch that does not read is named, and the others are shown.

fluent/fluent-bit#5265, grafana/loki#1713: one corrupted chunk ends it all.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.field.conftest import Hand

from bailee import errors
from bailee.ids import BatchId, BlobId
from bailee.run.wiring.parts import OBJECTS, ROWS


def line(number: int) -> bytes:
    return b"2025-11-30T08:00:%02dZ of user=anna%d from 192.0.2.%d\n" % (number, number, number)


def sealed(hand: Hand, batch: str, part: str) -> Path:
    """Find the sealed file of a part of a batch."""
    with closing(sqlite3.connect(hand.place / "home" / ROWS)) as rows:
        found = rows.execute("select batch, part, blob from log_part").fetchall()
    (name,) = [
        str(BlobId(blob)) for own, of, blob in found if (str(BatchId(own)), of) == (batch, part)
    ]
    (path,) = (hand.place / "home" / OBJECTS).rglob(name)
    return path


def index_files(hand: Hand) -> list[Path]:
    """Find all runs of the index."""
    with closing(sqlite3.connect(hand.place / "home" / ROWS)) as rows:
        names = [str(BlobId(blob)) for (blob,) in rows.execute("select blob from log_run")]
    return [path for name in names for path in (hand.place / "home" / OBJECTS).rglob(name)]


Hurt = Callable[[Path], object]


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


HURTS: dict[str, Hurt] = {
    "a flipped bit": flipped,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "empty": lambda path: path.write_bytes(b""),
    "gone": Path.unlink,
}

ASKED: dict[str, tuple[str, ...]] = {
    "all": (),
    "all, as they came": ("--order", "received"),
    "a text": ("--text", "of user"),
    "a text, as they came": ("--text", "of user", "--order", "received"),
    "a window": ("--from", "2025-11-30", "--to", "2025-11-30"),
}


def three(hand: Hand, stream: str) -> list[str]:
    """Take three batches in, and return their names."""
    batches: list[str] = []
    for number in range(3):
        said = hand.ingest(hand.file(f"{number}.log", line(number)), stream=stream)
        batches += said.record["inputs"][0]["batches"]
    return batches


@pytest.mark.sampled(5)
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize(
    ("hurt", "part"),
    [("a flipped bit", "text"), ("a flipped bit", "names"), ("cut", "text"), ("gone", "names")],
)
def test_the_rest_is_shown_and_the_damage_named(
    hand: Hand, hurt: str, part: str, asked: str
) -> None:
    stream = f"d{list(HURTS).index(hurt)}-{part}-{list(ASKED).index(asked)}"
    batches = three(hand, stream)
    path = sealed(hand, batches[1], part)
    HURTS[hurt](path)
    said = hand.search("--stream", stream, *ASKED[asked])
    shown = [one[:20] for one in said.out.splitlines()]
    assert [one[17:19] for one in shown] == ["00", "02"]
    assert batches[1] in said.err
    assert path.name in said.err
    assert said.code == errors.Damaged.exit_code


@pytest.mark.parametrize("hurt", HURTS)
def test_a_count_says_what_it_could_not_count(hand: Hand, hurt: str) -> None:
    stream = f"count-{list(HURTS).index(hurt)}"
    batches = three(hand, stream)
    HURTS[hurt](sealed(hand, batches[1], "text"))
    window = ("--from", "2025-11-30T08:00:00Z", "--to", "2025-11-30T08:00:02Z")
    said = hand.search("--stream", stream, "--count", *window)
    assert said.out == "1\n"
    assert batches[1] in said.err
    assert said.code == errors.Damaged.exit_code


def test_a_person_is_found_in_what_reads(hand: Hand) -> None:
    batches: list[str] = []
    for number in range(3):
        content = b"2025-11-30T08:00:%02dZ mail to carl@example.org\n" % number
        said = hand.ingest(hand.file(f"{number}.log", content), stream="person")
        batches += said.record["inputs"][0]["batches"]
    path = sealed(hand, batches[0], "names")
    flipped(path)
    who = hand.file("who", b"carl@example.org")
    said = hand.search("--stream", "person", "--about", f"@{who}", "--purpose", "security")
    assert len(said.out.splitlines()) == 2
    assert batches[0] in said.err
    assert path.name in said.err
    assert said.code == errors.Damaged.exit_code


def test_whole_batches_say_nothing(hand: Hand) -> None:
    three(hand, "whole")
    said = hand.search("--stream", "whole")
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 3)


def test_a_damaged_part_of_the_index_is_named(hand: Hand) -> None:
    hand.ingest(
        hand.file("a.log", b"2025-11-30T08:00:00Z mail to dora@example.org\n"), stream="run"
    )
    for path in index_files(hand):
        flipped(path)
    who = hand.file("who", b"dora@example.org")
    said = hand.search("--stream", "run", "--about", f"@{who}", "--purpose", "security")
    assert "a part of the index is damaged" in said.err
    assert said.code == errors.Damaged.exit_code
