"""What an ingest or a scan could not read as it was meant is counted and said.

Reported where: arbiterForge/codeArbiter#594 and microsoft/PowerShellForGitHub#237 (PowerShell
appends UTF-16 to a file of UTF-8, and the other way round), moby/moby#36777 (half of a line).
"""

import pytest
from tests.absence import holds
from tests.field.conftest import Hand

PLAIN = "2026-11-30T08:00:01Z login of noe.kra@example.ci from 192.0.2.144\n" * 5
MIXED = {
    "UTF-16 behind UTF-8": PLAIN.encode() + PLAIN.encode("utf-16-le"),
    "UTF-8 behind UTF-16": PLAIN.encode("utf-16") + PLAIN.encode(),
    "UTF-32 behind UTF-8": PLAIN.encode() * 9 + PLAIN.encode("utf-32-be"),
    "UTF-16 of the other order": PLAIN.encode() + PLAIN.encode("utf-16-be"),
}
WHOLE = {
    "UTF-8": PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 of another alphabet": ("会話の記録です。接続が切れました。\n" * 40).encode("utf-16"),
    "a hole of zeros": PLAIN.encode() + bytes(4_096) + PLAIN.encode(),
}


@pytest.mark.parametrize("case", MIXED)
def test_lines_in_another_encoding_are_counted(hand: Hand, case: str) -> None:
    path = hand.file("mixed.log", MIXED[case])
    for said in (
        hand("log", "scan", str(path)),
        hand.ingest(path, stream=f"mixed-{list(MIXED).index(case)}"),
    ):
        assert said.code == 0, said.err
        (line,) = [one for one in said.err.splitlines() if "in another encoding" in one]
        assert ": 5;" in line
    assert hand.export("--stream", f"mixed-{list(MIXED).index(case)}") == MIXED[case]


@pytest.mark.parametrize("case", WHOLE)
def test_a_file_in_one_encoding_is_no_reason_for_words(hand: Hand, case: str) -> None:
    path = hand.file("whole.log", WHOLE[case])
    said = hand("log", "scan", str(path))
    assert not holds(said.err, "in another encoding")
    said = hand.ingest(path, stream=f"whole-{list(WHOLE).index(case)}")
    assert not holds(said.err, "in another encoding")


@pytest.mark.parametrize("text", ["one\ntwo password=Zeb", "one", "one\r\ntwo\r"])
def test_a_last_line_without_an_end_is_said(hand: Hand, text: str) -> None:
    stream = f"cut-{len(text)}"
    said = hand.ingest(hand.file("cut.log", text.encode()), stream=stream)
    assert "no newline ends its last line" in said.err
    said = hand.ingest(hand.file("whole.log", text.encode() + b"\n"), stream=f"{stream}-whole")
    assert not holds(said.err, "no newline ends its last line")


@pytest.mark.parametrize("order", ["utf-32-le", "utf-32-be"])
def test_what_is_no_character_is_refused_and_not_repeated(hand: Hand, order: str) -> None:
    path = hand.file("broken.log", ("\ufeff" + PLAIN).encode(order) + PLAIN.encode())
    said = hand.ingest(path, stream=f"broken-{order}")
    assert said.code == 10
    assert not holds(said.err, "Traceback (most")
    assert not holds(said.err, "noe.kra@example.ci")
