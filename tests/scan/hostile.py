"""Shapes that try to make a scanner slow: each is repeated to fill what is asked for."""

import random

SHAPES: dict[str, bytes] = {
    "at signs alone": b"@",
    "an account of one letter at another": b"a@",
    "an address that never ends": b"a@b.",
    "colons alone": b":",
    "pairs of hexadecimal digits": b"ab:",
    "colons two by two": b"::1",
    "a digit and a dot": b"1.",
    "an address without end": b"1.1.1.1.",
    "dashes between digits": b"1-1-1-1.",
    "dashes alone": b"-",
    "groups of four digits": b"1234 ",
    "groups of two digits": b"12 ",
    "digits without end": b"4",
    "plus signs": b"+1",
    "plus signs between groups": b"+33 6 ",
    "zeros before a code": b" 0033",
    "two capitals and digits": b" FR76",
    "a token's head again and again": b"eyJa",
    "a token's head and dots": b"eyJhbGci.",
    "bearer without credentials": b"Bearer ",
    "basic with a little": b"Basic QUFB ",
    "keys without values": b"user=",
    "keys with quotes that never close": b'"user":"',
    "quotes alone": b'"',
    "backslashes and quotes": b'\\"',
    "a key on a key": b"password:password=",
    "a scheme and no host": b"http://",
    "a scheme and an account": b"x://a:b",
    "percent signs": b"%40",
    "percent signs of percent signs": b"%2540",
    "escapes of letters": b"\\u0040",
    "colours": b"\x1b[31m",
    "lines of an escape alone": b"\x1b\n",
    "homes": b"/home/",
    "a browser that never ends": b"Mozilla/5.0 (",
    "phrases": b"for user ",
    "a failed phrase": b"Failed password for invalid user a from ",
    "lines of one byte": b"1\n",
    "empty lines": b"\n",
    "dates that are no dates": b"2025-01-01 ",
    "a date on each line": b"2025-01-01 00:00:00 [\n",
    "access logs cut short": b'1.1.1.1 - - [01/Jan/2025:00:00:00 +0000] "\n',
    "syslog cut short": b"Jan 01 00:00:00 h sshd[1]: Failed \n",
    "bytes above ASCII": b"\xff\xfe\xe9",
    "zeros": b"\x00",
}


def fill(shape: bytes, size: int) -> bytes:
    """Repeat a shape."""
    return (shape * (size // len(shape) + 1))[:size]


def noise(size: int) -> bytes:
    """Draw bytes at random, always the same."""
    return random.Random(7).randbytes(size)  # noqa: S311  # no secret, but the same again
