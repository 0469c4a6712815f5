"""What a daemon wrote as an escape or as numbers is read as the text that it stands for.

Reported where: rsyslog/rsyslog#3484 and InterNetNews/inn#373, where `#011` and `#012` stand for a
tab and a newline, as rsyslog writes control characters by default; systemd/systemd#3416 and
tstack/lnav#1087, where the journal gives a message that is not printable as an array of bytes.
"""

import json
from collections.abc import Callable

import pytest
from tests.absence import holds
from tests.field.conftest import Hand

from bailee.act.show import printable
from bailee.scan.canonical import canonical, decoded
from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Scanner

REPORTED = (
    b"Nov 30 08:00:00 h app: two lines:#012noe.kra@example.ci#011192.0.2.144"
    b"#012password=Zebra99x!#012user=noe.kra\n"
)
CASES: dict[str, tuple[bytes, list[tuple[Kind, bytes]]]] = {
    "reported": (
        REPORTED,
        [
            (Kind.EMAIL, b"noe.kra@example.ci"),
            (Kind.IPV4, b"192.0.2.144"),
            (Kind.SECRET, b"Zebra99x!"),
            (Kind.USERNAME, b"noe.kra"),
        ],
    ),
    "only behind a value": (
        b"app: password=Zebra99x!#015#012user=noe.kra\n",
        [(Kind.SECRET, b"Zebra99x!"), (Kind.USERNAME, b"noe.kra")],
    ),
    "JSON over lines": (
        b'app: {#012#011"password":#012#011#011"Zebra 99x!",#012#011"ip": "192.0.2.144"#012}\n',
        [(Kind.SECRET, b"Zebra 99x!"), (Kind.IPV4, b"192.0.2.144")],
    ),
    "a colour and a delete": (
        b"app: from #033[31m192.0.2.144#033[0m for#177noe.kra@example.ci#000\n",
        [(Kind.IPV4, b"192.0.2.144"), (Kind.EMAIL, b"noe.kra@example.ci")],
    ),
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@pytest.mark.parametrize("case", CASES)
def test_an_octal_escape_parts_what_it_stands_between(scanner: Scanner, case: str) -> None:
    text, expected = CASES[case]
    finds = scanner.scan(text + b"after 198.51.100.7\n")
    seen = [(Kind(kind), finds.value(n)) for n, kind in enumerate(finds.kind.tolist())]
    assert seen == [*expected, (Kind.IPV4, b"198.51.100.7")]


def test_a_number_sign_is_no_escape(scanner: Scanner) -> None:
    finds = scanner.scan(b"app: user=anna#178 password=Zebra#0998x\n")
    assert [finds.value(n) for n in range(len(finds))] == [b"anna#178", b"Zebra#0998x"]
    assert not any(flags & Flag.ENCODED for flags in finds.flags.tolist())


def test_what_an_octal_escape_parts_is_found_and_given_back(hand: Hand) -> None:
    path = hand.file("octal.log", REPORTED)
    assert hand.ingest(path, stream="octal", zone="UTC").code == 0
    said = hand.search("--stream", "octal")
    assert holds(said.out, "two lines:")
    assert not holds(said.out, "noe.kra@")
    assert not holds(said.out, "Zebra99x!")
    # A secret is not kept, and all else comes back byte for byte.
    before, _, after = REPORTED.partition(b"Zebra99x!")
    given = hand.export("--stream", "octal")
    assert given.startswith(before)
    assert given.endswith(after)


# --- arrays of the journal -----------------------------------------------------------------------

MESSAGE = (
    "\x1b[32mlogin\x1b[0m of noe.kra@example.ci from \x1b[31m192.0.2.144\x1b[0m\n"
    'password="Zebra 99x"'
)
FIELDS = {"__REALTIME_TIMESTAMP": "1796025600000000", "_PID": "7", "_HOSTNAME": "h"}


def journal(message: str, **separators: tuple[str, str]) -> bytes:
    record = {**FIELDS, "MESSAGE": list(message.encode()), "PRIORITY": "6"}
    return json.dumps(record, **separators).encode() + b"\n"  # type: ignore[arg-type]


JOURNALS: dict[str, Callable[[], bytes]] = {
    "reported": lambda: journal(MESSAGE, separators=(",", ":")),
    "with blanks": lambda: journal(MESSAGE, separators=(", ", " : ")),
    "of another field": lambda: journal(MESSAGE, separators=(", ", ": ")).replace(
        b"MESSAGE", b"COREDUMP_ENVIRON"
    ),
}


@pytest.mark.parametrize("case", JOURNALS)
def test_an_array_of_bytes_is_read(scanner: Scanner, case: str) -> None:
    finds = scanner.scan(JOURNALS[case]() + b"after 198.51.100.7\n")
    seen = [
        (Kind(kind), canonical(Kind(kind), decoded(finds.value(n))))
        for n, kind in enumerate(finds.kind.tolist())
        if kind not in (Kind.CLIENT_HOST, Kind.USER_ID)
    ]
    assert seen == [
        (Kind.EMAIL, b"noe.kra@example.ci"),
        (Kind.IPV4, b"192.0.2.144"),
        (Kind.SECRET, b"Zebra 99x"),
        (Kind.IPV4, b"198.51.100.7"),
    ]


def test_an_array_of_other_numbers_stays(scanner: Scanner) -> None:
    for text in (b'{"codes":[200,404,500,301,302,999]}\n', b'{"at":[1,2,3,4,5,6,"x"]}\n'):
        assert not len(scanner.scan(text))


def test_what_an_array_says_is_found_by_the_person_and_given_back(hand: Hand) -> None:
    text = JOURNALS["reported"]().replace(b"\n", b"") + b"\n"
    assert hand.ingest(hand.file("journal.json", text), stream="journal").code == 0
    said = hand.search("--stream", "journal")
    numbers = ",".join(str(byte) for byte in b"noe.kra@example.ci")
    assert not holds(said.out, numbers)
    asked = hand.file("who", b"noe.kra@example.ci")
    found = hand.search("--stream", "journal", "--about", f"@{asked}", "--purpose", "service")
    assert found.out.count("\n") == 1, found.err
    before, _, _ = text.partition(b"90,101,98,114,97")
    assert hand.export("--stream", "journal").startswith(before)


def test_spaces_of_french_are_let_be() -> None:
    """As `doctor` shows its sentences, in cells of a table."""
    assert printable("fait\N{NARROW NO-BREAK SPACE}: 3\N{NO-BREAK SPACE}000") == (
        "fait\N{NARROW NO-BREAK SPACE}: 3\N{NO-BREAK SPACE}000"
    )
    assert printable("a\N{RIGHT-TO-LEFT OVERRIDE}b\N{EN QUAD}c") == "a\\u202eb\\u2000c"
