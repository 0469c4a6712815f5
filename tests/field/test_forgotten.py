"""Rotation after an erasure: whom it was for does not come back with the log's other name.

vectordotdev/vector#7990, open-telemetry/opentelemetry-collector-contrib#40523: a file that was
renamed or packed is taken for a new one; here once the bytes it was known by were deleted.
"""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.absence import holds
from tests.field.conftest import Hand

ROTATIONS: Mapping[str, Callable[[Path], Path]] = {
    "renamed": lambda log: log.rename(log.with_name("y.log.1")),
    "packed": lambda log: _copied(log, "y.log.1.gz", gzip.compress),
    "copied and truncated": lambda log: _copied(log, "y.log.1", bytes),
}


def _copied(log: Path, name: str, pack: Callable[[bytes], bytes]) -> Path:
    copy = log.with_name(name)
    copy.write_bytes(pack(log.read_bytes()))
    log.write_bytes(b"")
    return copy


@pytest.mark.parametrize("way", ROTATIONS)
def test_who_was_erased_does_not_come_back_with_the_rotated_file(hand: Hand, way: str) -> None:
    stream = "r" + way.replace(" ", "")
    person = f"{stream}@example.ci"
    lines = "".join(f"2026-11-23T06:13:{n:02}Z login of {person} n{n}\n" for n in range(2)).encode()
    asked, log = hand.file("p.txt", person.encode()), hand.file("s1/y.log", lines)
    assert hand.ingest(log, stream=stream).record["lines"] == 2
    about = ("--client", "acme", "--about", f"@{asked}", "--purpose", "client-request")
    assert hand("log", "erase", *about).code == 0
    assert hand("key", "turn").code == 0
    said = hand.ingest(ROTATIONS[way](log), stream=stream)
    assert (said.record["lines"], said.record["held_before"]) == (0, len(lines)), said.err
    assert "under another name" in said.err
    assert hand("log", "search", *about, "--count").out == "0\n"


def test_what_may_be_held_again_after_an_erasure_is_said(hand: Hand) -> None:
    person = b"undated@example.ci"
    asked, log = hand.file("p.txt", person), hand.file("u.log", b"job of " + person + b" done\n")
    assert not holds(hand.ingest(log, stream="undated-erased").err, "before an erasure")
    about = ("--client", "acme", "--about", f"@{asked}", "--purpose", "client-request")
    assert hand("log", "erase", *about).code == 0
    assert hand("key", "turn").code == 0
    said = hand.ingest(log, stream="undated-erased")
    assert said.record["lines"] == 1
    assert "before an erasure" in said.err
