"""Receipts of lines: every vector, every byte, random damage, bounds, nothing of a neighbour."""

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.absence import holds, mark
from tests.proof.honest_batch import ALICE, HOST, STORY, USERNAME, HonestBatch, Line, story_log
from tests.proof.honest_log import HonestLog
from tests.proof.make_line_vectors import BATCH, FOLDER, LOG, NAME, all_vectors, whole, write
from tests.proof.vectors import answered, decided_by, expected_of

from bailee.limits import BATCH_LINES, LINE_BYTES
from bailee.logs.ingest.committing import TRANSFORM
from bailee.proof.malformed import Malformed
from bailee.proof.receipt import batch as batches
from bailee.proof.receipt import line_receipt as form
from bailee.proof.receipt.line import KINDS
from bailee.proof.receipt.line_receipt import OpenedValue, read_line_receipt
from bailee.proof.receipt.receipt import RECEIPT_BYTES_MAX
from bailee.proof.run import report, run
from bailee.proof.shown import quoted
from bailee.proof.tree.merkle import PATH_MAX
from bailee.proof.verdict import Outcome
from bailee.proof.verify_line import verify_line_receipt
from bailee.scan.kinds import Kind
from bailee.text import Speaker, catalogue

VECTORS = sorted(path.name for path in FOLDER.iterdir())
KEY = LOG.vkey()


def judged(blob: bytes) -> Outcome:
    return verify_line_receipt(blob, key=KEY).outcome


# --- vectors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VECTORS)
def test_each_vector_is_judged_as_it_says(name: str) -> None:
    expected = expected_of(FOLDER / name)
    code, decided, verdict = answered(FOLDER / name)
    assert (code, decided) == (expected["exit"], expected.get("decided_by", "")), expected["why"]
    assert verdict is not None
    nothing = not verdict.steps or decided == "verify.nothing_to_judge"
    assert (verdict.line is None) == (nothing or code == Outcome.FAILED.value)


@pytest.mark.parametrize("name", VECTORS)
def test_no_vector_is_verified_without_a_key(name: str) -> None:
    assert run(FOLDER / name / NAME).outcome is not Outcome.VERIFIED


def test_the_vectors_are_those_that_their_maker_makes(tmp_path: Path) -> None:
    write(tmp_path)
    made, kept = (
        {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (tmp_path, FOLDER)
    )
    assert made == kept
    assert len(all_vectors()) == len(VECTORS)


def test_every_reason_to_refuse_has_a_vector() -> None:
    ours = ("line", "value_", "batch")
    reasons = {key for key in catalogue("en") if key.startswith("verify.")}
    said = {"line_shown", "line_said", "line_times", "line_cannot_show"}
    wanted = {
        key
        for key in reasons
        if key.removeprefix("verify.").startswith(ours)
        and key.removeprefix("verify.") not in said | BY_LIMIT
    }
    assert wanted <= {vector.decided_by for vector in all_vectors().values()}


BY_LIMIT = {"line_values", "line"}
"""Tried below: too many values, and a line that its own log signed malformed."""


# --- damage ----------------------------------------------------------------------------------


def passing(blob: bytes, bits: range) -> list[tuple[int, int]]:
    """Flip these bits of every byte, one at a time; give those that were not found."""
    return [
        (at, bit)
        for at in range(len(blob))
        for bit in bits
        if judged(blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1 :]) is not Outcome.FAILED
    ]


@pytest.mark.parametrize("opened", [(), (0, 2)], ids=["closed", "opened"])
def test_a_flipped_bit_in_any_byte_of_a_receipt_is_found(opened: tuple[int, ...]) -> None:
    blob = BATCH.receipt(2, *opened).encode()
    assert judged(blob) is Outcome.VERIFIED
    assert passing(blob, range(1)) == []


@pytest.mark.sweep
@pytest.mark.parametrize("opened", [(), (0, 2)], ids=["closed", "opened"])
def test_each_flipped_bit_of_a_receipt_is_found(opened: tuple[int, ...]) -> None:
    assert passing(BATCH.receipt(2, *opened).encode(), range(8)) == []


ROWS = [*whole().encode().split(b"\n"), *BATCH.receipt(6, 0).encode().split(b"\n")]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(ROWS), max_size=40))
def test_rows_of_receipts_in_any_order_are_refused(rows: list[bytes]) -> None:
    blob = b"\n".join(rows)
    held = blob in (whole().encode(), BATCH.receipt(6, 0).encode())
    assert judged(blob) is (Outcome.VERIFIED if held else Outcome.FAILED)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_receipt_cut_and_patched_anywhere_is_refused(data: st.DataObject) -> None:
    blob = whole().encode()
    start = data.draw(st.integers(0, len(blob)))
    stop = data.draw(st.integers(start, min(len(blob), start + 200)))
    patch = data.draw(st.one_of(st.binary(max_size=40), st.sampled_from(ROWS)))
    patched = blob[:start] + patch + blob[stop:]
    assert judged(patched) is (Outcome.VERIFIED if patched == blob else Outcome.FAILED)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_and_nothing_else_is_raised(blob: bytes) -> None:
    head = b"bailee/v1/line-receipt\nnumber 1\nline "
    for tried in (blob, head + blob, head + base64.b64encode(blob) + b"\n\n" + blob):
        with pytest.raises(Malformed):
            read_line_receipt(tried)
        assert judged(tried) is Outcome.FAILED


@settings(deadline=None, max_examples=200)
@given(st.binary(min_size=1, max_size=300))
def test_any_leaf_that_a_log_signed_is_shown_or_refused(leaf: bytes) -> None:
    log = HonestLog()
    batch = HonestBatch(log, [[(b"x",)]])
    batch.blocks[0].leaves[0] = leaf
    log.openings.pop()
    batch.index = log.add("log:batch", batch.body())
    verdict = verify_line_receipt(batch.receipt(1).encode(), key=log.vkey())
    assert decided_by(verdict) in ("", "verify.line")
    assert (verdict.line is None) == (verdict.outcome is Outcome.FAILED)
    assert all(text.isprintable() for text in report(verdict, Speaker("en")))


MALFORMED = {
    "shorter than its head": b"\0" * 35,
    "shorter than its ordinals": b"\0" * 35 + b"\1" + b"\0" * 3,
    "an ordinal without a mark": b"\0" * 35 + b"\1" + b"\0" * 4,
    "a mark without an ordinal": b"\0" * 36 + b"\x1aA",
    "one value of two kinds": b"\0" * 35 + b"\2" + b"\0" * 8 + b"\x1aA\x1aB",
    "an escape that was not needed": b"\0" * 36 + b"\x1ax41",
    "half a mark": b"\0" * 36 + b"\x1a",
}


@pytest.mark.parametrize("leaf", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_line_that_its_log_signed_malformed_is_refused(leaf: bytes) -> None:
    log = HonestLog()
    batch = HonestBatch(log, [[(b"x",)]])
    batch.blocks[0].leaves[0] = leaf
    log.openings.pop()
    batch.index = log.add("log:batch", batch.body())
    verdict = verify_line_receipt(batch.receipt(1).encode(), key=log.vkey())
    assert decided_by(verdict) == "verify.line"


# --- bounds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [0, 1])
def test_a_receipt_opens_so_many_values(extra: int) -> None:
    count = form.VALUES_MAX + extra
    line = [(8, b"198.51.%d.%d" % divmod(number, 256)) for number in range(count)]
    log = HonestLog()
    blob = HonestBatch(log, [[line]]).receipt(1, *range(count)).encode()
    verdict = verify_line_receipt(blob, key=log.vkey())
    assert decided_by(verdict) == ("verify.line_values" if extra else "")


@pytest.mark.parametrize(
    ("part", "limit"), [("leaf", form.LEAF_BYTES_MAX), ("raw", form.RAW_BYTES_MAX)]
)
def test_line_and_value_have_a_size(part: str, limit: int) -> None:
    def sized(size: int) -> bytes:
        if part == "leaf":
            return replace(whole(), leaf=bytes(size)).encode()
        value = replace(whole().values[0], raw=bytes(size))
        return replace(whole(), values=(value,)).encode()

    assert read_line_receipt(sized(limit)).number == 2
    with pytest.raises(Malformed, match="line_receipt"):
        read_line_receipt(sized(limit + 1))


def test_a_receipt_of_endless_lines_is_refused_at_once() -> None:
    row = b"A" * 44 + b"\n"
    for more in (row, b"value 1 AA== AA==\n", b" \n"):
        blob = whole().encode().replace(b"client", more * 100_000 + b"client", 1)
        assert judged(blob) is Outcome.FAILED


def test_a_file_has_a_size(tmp_path: Path) -> None:
    place = tmp_path / NAME
    place.write_bytes(whole().encode())
    with place.open("r+b") as file:
        file.truncate(1 << 40)
    assert decided_by(run(place, key=str(KEY))) == "verify.receipt_size"


def test_the_largest_line_fits() -> None:
    assert form.RAW_BYTES_MAX >= LINE_BYTES
    # the worst: an escape of four for each byte, or a value for each second byte
    worst = 36 + max(4 * LINE_BYTES, LINE_BYTES // 2 * (4 + 2 + 1))
    assert worst <= form.LEAF_BYTES_MAX
    paths = form.VALUES_MAX * (PATH_MAX + 3) * 45
    parts = (form.LEAF_BYTES_MAX + form.RAW_BYTES_MAX) // 3 * 4 + paths
    assert parts + RECEIPT_BYTES_MAX <= form.LINE_RECEIPT_BYTES_MAX
    assert BATCH_LINES < 1 << 32


# --- what is shown ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 9))
def test_every_line_verifies_closed_opened_and_in_part(number: int) -> None:
    story = [line for block in STORY for line in block][number - 1]
    block = BATCH.blocks[number > len(STORY[0])]
    named = [block.values.index(part) for part in story if part in block.values]
    for opened in ((), tuple(set(named)), tuple(set(named[:1]))):
        receipt = BATCH.receipt(number, *opened)
        assert read_line_receipt(receipt.encode()) == receipt
        verdict = verify_line_receipt(receipt.encode(), key=KEY)
        assert verdict.outcome is Outcome.VERIFIED
        assert verdict.line is not None
        shown = [
            (part.ordinal, part.raw) for part in verdict.line.parts if part.ordinal is not None
        ]
        assert shown == [(at, block.values[at][1] if at in set(opened) else None) for at in named]


def test_closed_values_have_nothing_in_the_receipt() -> None:
    name = (USERNAME, mark().encode())
    story: list[list[Line]] = [
        [tuple(name if part == ALICE else part for part in line) for line in block]
        for block in STORY
    ]
    batch = HonestBatch(HonestLog("closed").fill(3), story)
    blob = b"".join(decoded(batch.receipt(2, 2).encode()))
    for closed in (0, 1):
        opened = batch.opened(0, closed)
        assert not any(holds(blob, one) for one in (opened.r, opened.salt, opened.raw))
        assert not holds(blob, batch.blocks[0].binds[closed][-64:-24])


def test_nothing_of_another_line_is_in_a_receipt() -> None:
    _, batch = story_log()
    for number in range(1, 9):
        blob = b"".join(decoded(batch.receipt(number).encode()))
        for at, leaf in enumerate([leaf for block in batch.blocks for leaf in block.leaves], 1):
            assert holds(blob, leaf[:16]) == (at == number)
            assert holds(blob, leaf) == (at == number)


def test_who_knows_a_value_does_not_find_it_beside_another() -> None:
    """Both blocks name alice, whom the reader was shown once; the second proof is not of her."""
    _, batch = story_log()
    known, beside = batch.opened(0, 0), batch.receipt(6, 1)
    assert batch.blocks[1].values[0] == batch.blocks[0].values[0]
    guess = replace(beside, values=(replace(known, path=beside.values[0].path),))
    assert judged(guess.encode()) is Outcome.FAILED
    unsalted = OpenedValue(ordinal=0, salt=bytes(16), r=known.r, raw=known.raw, path=known.path)
    assert judged(replace(beside, values=(unsalted,)).encode()) is Outcome.FAILED


def decoded(blob: bytes) -> list[bytes]:
    """Give the receipt, and every word of it that is base64, decoded."""
    out = [blob]
    for word in blob.split():
        try:
            out.append(base64.b64decode(word, validate=True))
        except ValueError:
            continue
    return out


def test_what_is_shown_is_said_in_both_languages() -> None:
    verdict = verify_line_receipt(whole().encode(), key=KEY)
    english, french = (list(report(verdict, Speaker(language))) for language in ("en", "fr"))
    assert english[11] == "VERDICT: verified"
    assert "line 2" in english[12]
    assert english[13:17] == [
        '    "mail for "',
        '    email, opened: "bob@example.org"',
        '    " taken from "',
        "    ipv4, closed: value 1 of its block",
    ]
    assert "2025-10-10T13:55:40Z" in english[-2]
    assert "independent time stamp" in english[-1]
    assert "ouvert" in french[14]
    assert "horodatage indépendant" in french[-1]
    assert not holds("".join(english + french), HOST[1].decode())


def test_without_a_key_it_is_said_and_not_shown() -> None:
    lines = list(report(verify_line_receipt(whole().encode(), key=None), Speaker("en")))
    assert "not verified" in lines[11]
    assert lines[12].startswith("said, not verified")


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_quoted_bytes_drive_no_terminal_and_are_never_those_of_others(
    one: bytes, other: bytes
) -> None:
    assert quoted(one).isprintable()
    assert (quoted(one) == quoted(other)) == (one == other)


# --- one vocabulary --------------------------------------------------------------------------


def test_the_verifier_knows_kinds_and_rules_as_the_product_does() -> None:
    assert {kind.value: kind.name.lower() for kind in Kind} == KINDS
    assert batches.TRANSFORM == TRANSFORM
