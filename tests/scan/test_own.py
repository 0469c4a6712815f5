"""What is on the operator's own list is found all the same, and carries a flag."""

import json
from pathlib import Path

import pytest

from bailee.run import cli
from bailee.scan import Flag, Own, Scanner

LIST = """
# our own
192.0.2.7
198.51.100.0/24   # the racks
2001:DB8::/48
Deploy-bot
mx.example.org
"""
LINES = {
    "an address": (b"from 192.0.2.7 port 22", [True]),
    "another": (b"from 192.0.2.8 port 22", [False]),
    "one of a network": (b"from 198.51.100.9 to 203.0.113.9", [True, False]),
    "one mapped into IPv6": (b"from ::ffff:198.51.100.9 port 22", [True]),
    "one of IPv6, with a zone": (b"from 2001:db8::9%eth0 up", [True]),
    "an account in another case": (b"user=DEPLOY-BOT ok", [True]),
    "a host": (b"rhost=mx.example.org user=awa_b", [True, False]),
}


@pytest.fixture(scope="module")
def owner() -> Scanner:
    return Scanner(own=Own.of(LIST.splitlines()))


@pytest.mark.parametrize(("line", "wanted"), LINES.values(), ids=LINES)
def test_own_is_flagged(owner: Scanner, line: bytes, wanted: list[bool]) -> None:
    finds = owner.scan(line + b"\n")
    assert [bool(flags & Flag.INFRASTRUCTURE) for flags in finds.flags.tolist()] == wanted


def test_a_flag_takes_nothing_from_a_find(owner: Scanner, scanner: Scanner) -> None:
    text = b"".join(line + b"\n" for line, _ in LINES.values())
    one, other = owner.scan(text), scanner.scan(text)
    assert one.start.tolist() == other.start.tolist()
    plain = [flags & ~Flag.INFRASTRUCTURE for flags in one.flags.tolist()]
    assert plain == other.flags.tolist()


def test_the_command_takes_a_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, own = tmp_path / "a.log", tmp_path / "own"
    page.write_bytes(b"from 192.0.2.7\n")
    own.write_text(LIST)
    assert cli.run(["log", "scan", "-o", "jsonl", "--own", str(own), str(page)]) == 0
    (row,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert row["flags"] == ["documentation", "infrastructure"]


@pytest.mark.parametrize("text", ["300.0.0.0/8", "\n".join(f"h{n}" for n in range(65_537))])
def test_a_list_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    own = tmp_path / "own"
    own.write_text(text)
    assert cli.run(["log", "scan", "--own", str(own), "-"]) == 2
    assert capsys.readouterr().err
