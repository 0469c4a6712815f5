"""A mark of UTF-8 hides no line from the recipe that knows it.

Reported where: editors and collectors of Windows begin a file with the mark, and `cat` puts such
files behind one another.
"""

import pytest

from bailee.scan.scanner import Scanner

MARK = b"\xef\xbb\xbf"
ACCESS = b'198.51.100.7 - anna [30/Nov/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"\n'
SYSLOG = b"Nov 30 08:00:00 h sshd[7]: Accepted password for anna from 198.51.100.7 port 22 ssh2\n"
CASES = {
    "at the start": MARK + ACCESS + ACCESS,
    "in the middle": ACCESS + MARK + ACCESS,
    "of another log": MARK + SYSLOG + MARK + SYSLOG,
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


@pytest.mark.parametrize("case", CASES)
def test_a_line_behind_a_mark_is_recognised(scanner: Scanner, case: str) -> None:
    def seen(text: bytes) -> tuple[dict[str, int], list[bytes]]:
        stream = scanner.stream()
        blocks = [*stream.feed(text), *stream.close()]
        values = [block.value(n) for block in blocks for n in range(len(block))]
        return stream.formats(), values

    formats, values = seen(CASES[case])
    assert (formats, values) == seen(CASES[case].replace(MARK, b""))
    assert set(formats.values()) == {2}
