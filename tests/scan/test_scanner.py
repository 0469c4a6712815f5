"""What is found depends on the stream's bytes alone, and lies where it is said to lie."""

import io
import random
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.scan.conftest import the_scanner, told
from tests.scan.hostile import SHAPES, fill

from bailee.limits import LINE_BYTES
from bailee.scan import Finds, Flag, Kind, Scanner
from bailee.scan.encodings import encoding_of
from bailee.scan.vm import context as slot

LINE = (
    b"192.0.2.7 - aline [17/May/2025:10:05:03 +0000] "
    b'"GET /?a=b%40c.fr HTTP/1.1" 200 5 "-" "curl/8"\n'
)
PIECES = (
    LINE,
    b"Jan 02 03:04:05 h sshd[1]: Accepted password for bruno99 from 2001:db8::7 port 22 ssh2\n",
    b'{"user":"chloe_d","ip":"10.0.0.1","n":{"email":"c\\u0040x.org"}}\n',
    b'level=info user=dora-7 phone=+237671234567 msg="bruno99 came back"\r\n',
    b"\x1b[31mERROR\x1b[0m from \x1b[1m198.51.100.4\x1b[0m refused\n",
    b"mac 00:1b:63:08:6f:d2 card 4111 1111 1111 1111 iban FR7630006000011234567890189\n",
    b"\xff\xfe\x00 broken \xe9\xe8 e@x.org \xc3\n",
    b"nothing here, version 1.2.3.4\n",
    b"\n",
)


def corpus(lines: int, seed: int = 1) -> bytes:
    draw = random.Random(seed)  # noqa: S311  # the same again
    return b"".join(draw.choice(PIECES) for _ in range(lines))


def spans(parts: list[Finds]) -> list[tuple[int, ...]]:
    return [
        (int(start) + part.offset, int(end) + part.offset, int(kind), int(rule), int(flags))
        for part in parts
        for start, end, kind, rule, flags in zip(
            part.start, part.end, part.kind, part.rule, part.flags, strict=True
        )
    ]


def check(finds: Finds, data: bytes) -> None:
    """Assert that spans are in bounds, in order, disjoint, and within their lines."""
    assert (finds.start >= 0).all()
    assert (finds.end <= len(finds.text)).all()
    assert (finds.start < finds.end).all()
    assert (finds.start[1:] >= finds.end[:-1]).all()
    assert (finds.line_starts[finds.line] <= finds.start).all()
    for start, end in zip(finds.start.tolist(), finds.end.tolist(), strict=True):
        assert len(data[start:end].split(b"\n")) == 1
    assert (finds.kind >= 1).all()
    assert (finds.rule < len(finds.rules)).all()
    assert len(finds.line_starts) == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


def test_finds_are_where_they_are_said_to_be(scanner: Scanner) -> None:
    finds = scanner.scan(b"".join(PIECES))
    assert told(finds) == [
        *("ipv4 192.0.2.7", "username aline", "email b%40c.fr", "user_agent curl/8"),
        *("username bruno99", "ipv6 2001:db8::7"),
        *("username chloe_d", "ipv4 10.0.0.1", "email c\\u0040x.org"),
        *("username dora-7", "phone +237671234567", "username bruno99", "ipv4 198.51.100.4"),
        *("mac 00:1b:63:08:6f:d2", "card 4111 1111 1111 1111"),
        "iban FR7630006000011234567890189",
        "email e@x.org",
    ]
    check(finds, b"".join(PIECES))


@pytest.mark.parametrize("data", [b"", b"\n", b"1", b"a@b.cd", LINE[:-1], LINE * 3 + b"x"])
def test_ends_of_text_are_no_matter(scanner: Scanner, data: bytes) -> None:
    check(scanner.scan(data), data)


def test_last_line_needs_no_newline(scanner: Scanner) -> None:
    with_it, without = scanner.scan(LINE), scanner.scan(LINE[:-1])
    assert with_it.start.tolist() == without.start.tolist()
    assert with_it.end.tolist() == without.end.tolist()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=st.lists(st.integers(0, 40_000), max_size=12))
def test_splitting_the_input_anywhere_changes_nothing(cuts: list[int]) -> None:
    data = corpus(400)
    whole = spans([the_scanner().scan(data)])
    stream = the_scanner().stream()
    edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    found: list[tuple[int, ...]] = []
    for left, right in pairwise(edges):
        for part in stream.feed(data[left:right]):
            found += spans([part])
    for part in stream.close():
        found += spans([part])
    assert found == whole


@pytest.mark.parametrize("block", [64, 100, 1_000, 4_096, 65_536])
def test_block_boundaries_change_nothing_but_what_was_taught_by_then(block: int) -> None:
    data = corpus(300)
    small = Scanner(block_bytes=block).scan(data)
    whole = the_scanner().scan(data)
    taught = {index for index, rule in enumerate(whole.rules) if rule.name == "propagated"}
    by_small, by_whole = (
        [row for row in spans([finds]) if row[3] not in taught] for finds in (small, whole)
    )
    assert by_small == by_whole
    check(small, data)


def test_a_stream_says_lines_and_places_of_the_whole() -> None:
    data = corpus(2_000)
    stream = Scanner(block_bytes=10_000).stream()
    parts = [*stream.feed(data), *stream.close()]
    assert sum(len(part.text) for part in parts) == len(data)
    assert [part.first_line for part in parts[1:]] == [
        data.count(b"\n", 0, part.offset) for part in parts[1:]
    ]


def test_two_streams_do_not_mix(scanner: Scanner) -> None:
    one, other = scanner.stream(), scanner.stream()
    first = b"Jan 02 03:04:05 h sshd[1]: Accepted password for zacharie7 from 192.0.2.1 port 2\n"
    second = b"zacharie7 is a word of this stream, and no account\n"
    assert not [*one.feed(first), *other.feed(second)]
    assert told(next(iter(one.close()))) == ["username zacharie7", "ipv4 192.0.2.1"]
    assert told(next(iter(other.close()))) == []


@pytest.mark.parametrize("size", [LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 3_000_000])
def test_lines_of_a_megabyte_and_more(size: int) -> None:
    line = fill(b"word ", size - 40) + b" a@example.org user=hugo_x " + b"\n" + LINE
    scanner = Scanner(block_bytes=65_536)
    assert "user_agent curl/8" in told(scanner.scan(line))


@pytest.mark.parametrize("line", [b"\x1b\n", b"%40\n", b"\\u0040\n"])
def test_a_block_of_lines_with_escapes_alone_has_room(line: bytes) -> None:
    scanner = Scanner(block_bytes=2 * LINE_BYTES)
    scanner.scan(line * (2 * LINE_BYTES // len(line)))
    columns = scanner.lend().columns
    assert 0 < columns.get(slot.ESCAPED_COUNT) <= len(columns.escaped)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_transcoded(scanner: Scanner, codec: str) -> None:
    text = "user=aline from 192.0.2.7, école\r\n" * 40
    finds = scanner.scan(text.encode(codec))
    assert told(finds) == ["username aline", "ipv4 192.0.2.7"] * 40
    assert finds.text.tobytes().decode() == text


def test_utf_16_in_chunks_is_the_same(scanner: Scanner) -> None:
    raw = ("user=aline from 192.0.2.7, école\r\n" * 40).encode("utf-16")
    stream = scanner.stream("utf-16-le")
    parts = [find for at in range(0, len(raw), 7) for find in stream.feed(raw[at : at + 7])]
    parts += stream.close()
    assert spans(parts) == spans([scanner.scan(raw)])


def test_encoded_values_say_so(scanner: Scanner) -> None:
    finds = scanner.scan(b"GET /?m=a%2540x.org&n=b%40x.org c@x.org\n")
    assert told(finds) == ["email a%2540x.org", "email b%40x.org", "email c@x.org"]
    assert [bool(flags & Flag.ENCODED) for flags in finds.flags.tolist()] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("10.1.2.3", Flag.PRIVATE),
        ("172.31.0.1", Flag.PRIVATE),
        ("127.0.0.1", Flag.LOOPBACK),
        ("224.0.0.1", Flag.RESERVED),
        ("192.0.2.1", Flag.DOCUMENTATION),
        ("8.8.8.8", 0),
        ("::1", Flag.LOOPBACK),
        ("fe80::1", Flag.PRIVATE),
        ("fd00::1", Flag.PRIVATE),
        ("ff02::1", Flag.RESERVED),
        ("2001:db8::1", Flag.DOCUMENTATION),
        ("2a00:1450::1", 0),
        ("user=root", Flag.SYSTEM),
        ("a@example.com", Flag.DOCUMENTATION),
        ("4111111111111111", Flag.DOCUMENTATION),
        ("02:00:00:00:00:01", Flag.PRIVATE),
        ("00000000-0000-0000-0000-000000000000", Flag.RESERVED),
    ],
)
def test_flags(scanner: Scanner, text: str, flag: int) -> None:
    finds = scanner.scan(f"x {text} y\n".encode())
    assert [int(flags) for flags in finds.flags] == [int(flag)]


NOTHING = {
    "a version": b"nginx version 1.18.0.1 and Chrome/32.0.1700.77",
    "an object identifier": b"OID 1.3.6.1.4.1.2976",
    "a time": b"at 12:34:56 on 2025-01-02 03:04:05.123",
    "an epoch": b"t=1735689600 ms=1735689600123",
    "a hash": b"sha d41d8cd98f00b204e9800998ecf8427e",
    "a java class": b"com.example.Foo@1a2b3c4d",
    "a block id": b"blk_1608999687919862906 blk_-1608999687919862906",
    "a scope": b"std::vector abc::def",
    "a fingerprint": b"MD5:b3:35:47:07:57:01:28:b0:e6:1f:b3:82:1e:66:94:4e",
    "a picture": b"image@2x.png",
    "a unit": b"user@1000.service",
    "a kernel address": b"ffffffffe2da423d 0x7f53176e38b0",
    "ten digits": b"counter 9537337454 of 7161420580",
    "a card with a wrong digit": b"4111111111111112",
    "an iban with a wrong digit": b"FR7630006000011234567890188",
    "a masked card": b"453201******1766",
    "a blanked password": b"password=*** password=[FILTERED] password=<hidden>",
    "no user": b'user=- user="" user=null user=unknown',
    "prose": b"for user authentication, the user agent must not log in",
    "a working folder": b"PWD=/srv/data",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_hard_negatives(scanner: Scanner, text: bytes) -> None:
    assert told(scanner.scan(text + b"\n")) == []


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_hostile_shapes_keep_the_law(scanner: Scanner, shape: bytes) -> None:
    data = fill(shape, 20_000)
    check(scanner.scan(data), data)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=2_000))
def test_any_bytes_keep_the_law(data: bytes) -> None:
    text = b"x" + data
    finds = the_scanner().scan(text)
    if not encoding_of(text):  # else it was transcoded
        check(finds, text)


def _mixed() -> st.SearchStrategy[bytes]:
    pieces = [*SHAPES.values(), *PIECES, b" ", b"\n", b'"', b"@x.org", b"192.0.2.1"]
    return st.lists(st.sampled_from(pieces) | st.binary(max_size=6), max_size=60).map(b"".join)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=_mixed(), block=st.sampled_from([64, 333, 4_096]))
def test_any_mixture_is_the_same_in_any_blocks(data: bytes, block: int) -> None:
    text = b"x" + data
    whole = the_scanner().scan(text)
    small = _small(block).scan(text)
    taught = {index for index, rule in enumerate(whole.rules) if rule.name == "propagated"}
    by_small, by_whole = (
        [row for row in spans([finds]) if row[3] not in taught] for finds in (small, whole)
    )
    assert by_small == by_whole


_SMALL: dict[int, Scanner] = {}


def _small(block: int) -> Scanner:
    return _SMALL.setdefault(block, Scanner(block_bytes=block))


@pytest.mark.sweep
@pytest.mark.long
@settings(max_examples=60_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=_mixed() | st.binary(max_size=3_000))
def test_ten_minutes_of_anything(data: bytes) -> None:
    text = b"x" + data
    finds = the_scanner().scan(text)
    if not encoding_of(text):
        check(finds, text)


def test_columns_are_columns(scanner: Scanner) -> None:
    finds = scanner.scan(corpus(50))
    columns = (finds.kind, finds.flags, finds.rule, finds.start)
    assert [column.dtype.name for column in columns] == ["uint8", "uint16", "uint16", "int64"]
    assert len({len(finds), *(len(row) for row in (finds.start, finds.end, finds.line))}) == 1
    assert {Kind(int(kind)) for kind in finds.kind} <= set(Kind)


def test_what_a_stream_yields_is_whole_while_it_is_looked_at() -> None:
    data = corpus(3_000)
    stream = Scanner(block_bytes=20_000).stream()
    seen = 0
    for finds in stream.feed(data):
        assert finds.text.tobytes() == data[finds.offset : finds.offset + len(finds.text)]
        seen += 1
    for finds in stream.close():
        assert finds.text.tobytes() == data[finds.offset : finds.offset + len(finds.text)]
    assert seen > 3


def test_reading_a_source_is_feeding_it() -> None:
    data = corpus(3_000)
    scanner = Scanner(block_bytes=20_000)
    one, other = scanner.stream(), scanner.stream()
    read = [row for part in one.read(io.BytesIO(data)) for row in spans([part])]
    read += [row for part in one.close() for row in spans([part])]
    fed = [row for part in other.feed(data) for row in spans([part])]
    fed += [row for part in other.close() for row in spans([part])]
    assert read == fed


def test_a_stream_says_which_recipes_recognised_its_lines(scanner: Scanner) -> None:
    stream = scanner.stream()
    assert [*stream.feed(LINE * 3 + PIECES[1] + b"nothing\n")] == []
    assert stream.formats() == {"access": 3, "syslog": 1}
    assert len([*stream.close()]) == 1
    assert stream.formats() == {"access": 3, "syslog": 1}
    assert scanner.stream().formats() == {}
