"""What the pages state about forms, beside the code: spelling, bodies, marks, the tree, lines."""

import json
import re
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.proof.honest_batch import STORY, HonestBatch
from tests.proof.honest_log import HonestLog
from tests.proof.line_form_vectors import HEAD, signed_leaf
from tests.proof.vectors import LEDGER

from bailee.proof.export import read_line, write_line
from bailee.proof.malformed import Malformed
from bailee.proof.receipt.batch import EPOCH_MAX, id_text, read_batch, read_id
from bailee.proof.receipt.entry import EntryOpening, encode_body
from bailee.proof.receipt.line import KIND_BASE, KINDS, SECRET_KIND, read_leaf
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.note import is_name, unbase64
from bailee.proof.tree.tiles import ENTRIES, tiles_of
from bailee.proof.verdict import Outcome
from bailee.proof.verify_line import verify_line_receipt

SPEC = LEDGER.parents[1]
BATCH = (SPEC / "batch.md").read_text("utf-8")
LEDGER_PAGE = (SPEC / "ledger.md").read_text("utf-8")
BASE32 = string.ascii_lowercase + "234567"


def refuses(read: Callable[..., object], *asked: object) -> bool:
    """Tell whether reading this raises Malformed."""
    try:
        read(*asked)
    except Malformed:
        return True
    return False


# --- spelling --------------------------------------------------------------------------------


def test_an_id_ends_with_a_letter_whose_spare_bits_are_zero() -> None:
    (last,) = re.findall(r"the last is one of `(\w+)`", LEDGER_PAGE)
    ids = {letter: "bt-" + "a" * 25 + letter for letter in BASE32}
    read = {letter for letter, text in ids.items() if not refuses(read_id, "bt-", text, "x")}
    assert read == set(last)
    for letter in read:
        assert id_text("bt-", read_id("bt-", ids[letter], "x")) == ids[letter]


NO_NUMBERS = [
    *("", "00", "01", "+1", "-0", "-1", " 1", "1 ", "1_0", "0x1", "1e3", "1.0"),
    *("\N{SUPERSCRIPT TWO}", "\N{ARABIC-INDIC DIGIT THREE}", str(1 << 63)),
]


def test_a_number_is_decimal_and_below_two_to_the_63() -> None:
    assert [read_size(text) for text in ("0", "10", str((1 << 63) - 1))] == [0, 10, (1 << 63) - 1]
    assert [text for text in NO_NUMBERS if not refuses(read_size, text)] == []


def test_base64_has_one_spelling() -> None:
    for text in ("Zg", "Zh==", "Zg=", "Zg===", "Z g==", "Zg==\n", "_-8=", "=", "Zm8é", "Zm9v="):
        assert refuses(unbase64, text, "x"), text
    assert (unbase64("", "x"), unbase64("Zg==", "x")) == (b"", b"f")


def test_a_name_is_printable_ascii_without_a_plus() -> None:
    named = {char for char in map(chr, range(0x300)) if is_name(char)}
    assert named == {chr(code) for code in range(0x21, 0x7F)} - {"+"}
    assert not is_name("")


# --- lines of openings -----------------------------------------------------------------------

TEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=30), max_size=4)


SHORT = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def escaped(text: str) -> bytes:
    """Write a text by the words of the page, without any JSON library."""
    out = [SHORT.get(char, f"\\u{ord(char):04x}" if char < " " else char) for char in text]
    return f'"{"".join(out)}"'.encode()


@given(TEXTS)
def test_a_line_is_written_as_the_page_says(body: dict[str, str]) -> None:
    opening = EntryOpening(
        entry=bytes(16), kind="a", time_ms=0, body=encode_body(body), nonce=bytes(32)
    )
    line = write_line(7, opening)
    members = [
        escaped(key) + b":" + escaped(body[key])
        for key in sorted(body, key=lambda key: [*map(ord, key)])
    ]
    assert b'"body":{' + b",".join(members) + b'},"nonce"' in line
    assert read_line(line) == (7, opening)
    spaced = json.dumps(json.loads(line)).encode() + b"\n"
    assert refuses(read_line, spaced)


# --- the tree --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 65_535, 65_536, 65_793, 70_000])
def test_a_tree_has_the_tiles_that_the_page_says(size: int) -> None:
    wanted = {
        (level, index, min(256, hashes - 256 * index))
        for level in range(4)
        for hashes in [size // 256**level]
        for index in range(-(-hashes // 256))
    }
    wanted |= {(ENTRIES, index, width) for level, index, width in wanted if level == 0}
    assert {(tile.level, tile.index, tile.width) for tile in tiles_of(size)} == wanted


# --- batches ---------------------------------------------------------------------------------


def body_of(**change: str | None) -> EntryOpening:
    """Open a batch's entry with fields changed, or left out."""
    log = HonestLog()
    batch = HonestBatch(log, STORY)
    fields = {name: text for name, text in {**batch.body(), **change}.items() if text is not None}
    return EntryOpening(
        entry=bytes(16), kind="log:batch", time_ms=0, body=encode_body(fields), nonce=bytes(32)
    )


def test_a_verifier_demands_the_fields_with_a_star_and_no_other() -> None:
    table = BATCH.partition("## Entry")[2]
    starred = set()
    for row in re.findall(r"^\| ([a-z0-9.,\- *]+) \|", table, re.MULTILINE):
        starred |= {name.removesuffix(" *") for name in row.split(", ") if name.endswith(" *")}
    fields = HonestBatch(HonestLog(), STORY).body()
    demanded = {name for name in fields if refuses(read_batch, body_of(**{name: None}))}
    assert {re.sub(r"^b1\.", "b0.", name) for name in demanded} == starred
    assert demanded < fields.keys()


def test_a_month_is_a_number_up_to_the_one_on_the_page() -> None:
    (last,) = re.findall(r"a number up to (\d+)", BATCH)
    assert int(last) == EPOCH_MAX
    assert read_batch(body_of(epoch=last)).epoch == EPOCH_MAX
    assert refuses(read_batch, body_of(epoch=str(EPOCH_MAX + 1)))


def test_the_kinds_on_the_page_are_those_of_the_code() -> None:
    table = BATCH.partition("| number | kind |")[2].partition("The number")[0]
    assert {int(number): name for number, name in re.findall(r"(\d+) \| (\w+)", table)} == KINDS


def test_the_letters_of_marks_are_those_of_the_page() -> None:
    (first, last) = (int(one, 16) for one in re.findall(r"is `(\d\d)` to `(\d\d)`", BATCH)[0])
    for letter in range(256):
        secret = letter == KIND_BASE + SECRET_KIND
        ordinals = b"\0\0\0\0" if secret else b"\0\0\0\1" + bytes(4)
        text = bytes((0x1A, letter))
        if letter == 0x1A:
            continue  # the marker itself, which is plain text
        line = read_leaf(HEAD + ordinals + text)
        assert refuses(line.kinds) != (first <= letter <= last), letter


def test_plain_text_need_not_be_utf_8_and_escapes_are_of_high_bytes() -> None:
    key = HonestLog().vkey()

    def judged(text: bytes) -> Outcome:
        return verify_line_receipt(signed_leaf(HEAD + bytes(4) + text), key=key).outcome

    for byte in range(256):
        escape = b"\x1ax%02x" % byte
        assert judged(escape) is (Outcome.VERIFIED if byte >= 0x80 else Outcome.FAILED)
    assert judged(b"\xff\xc3") is Outcome.VERIFIED
