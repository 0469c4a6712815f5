"""A name that a rule showed is found elsewhere in its stream; a common word is not."""

import pytest
from tests.scan.conftest import told

from bailee.scan import Scanner

SHOWN = b"Jan 02 03:04:05 h sshd[1]: Accepted password for %s from 192.0.2.1 port 2 ssh2\n"


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (b"bruno99", b"bruno99 left", 1),
        (b"bruno99", b"(bruno99)", 1),
        (b"bruno99", b"abruno99 bruno999 bruno99x x-bruno99", 0),
        (b"bruno99", b"bruno99. bruno99, bruno99: bruno99", 4),
        (b"aline", b"aline came back", 1),
        (b"ali", b"ali came back", 0),
        (b"admin", b"admin panel", 0),
        (b"server", b"the server is up", 0),
        (b"root", b"the root of it", 0),
        (b"1234567", b"1234567 bytes", 0),
        (b"annee", b"annee " * 40, 0),
    ],
)
def test_names_elsewhere(scanner: Scanner, name: bytes, text: bytes, found: int) -> None:
    finds = scanner.scan(SHOWN % name + text + b"\n")
    rules = [finds.rules[rule].name for rule in finds.rule.tolist()]
    assert rules.count("propagated") == found


def test_a_name_is_found_before_it_was_shown(scanner: Scanner) -> None:
    finds = scanner.scan(b"hello odile_k\n" + SHOWN % b"odile_k")
    assert told(finds)[0] == "username odile_k"


def test_many_names_are_bounded(scanner: Scanner) -> None:
    lines = b"".join(SHOWN % b"name-%05d" % number for number in range(6_000))
    finds = scanner.scan(lines + b"name-00001 name-05999\n")
    assert [finds.rules[rule].name for rule in finds.rule.tolist()].count("propagated") == 1
