"""The pages that specify: each example on them is what the code makes and what a vector holds."""

from tests.proof.honest_batch import ALICE, EPOCH
from tests.proof.honest_log import HonestLog
from tests.proof.make_line_vectors import BATCH, whole
from tests.proof.make_line_vectors import FOLDER as LINE_FOLDER
from tests.proof.vectors import LEDGER as FOLDER
from tests.proof.vectors import changed

from bailee.proof.receipt.line import value_commitment
from bailee.proof.tree.merkle import leaf_hash

SPEC = FOLDER.parents[1]
PAGE = (SPEC / "ledger.md").read_text("utf-8")
LINES = (SPEC / "receipt.md").read_text("utf-8")


def blocks(page: str = PAGE) -> list[str]:
    """Give the indented blocks, without their indentation."""
    found: list[str] = [""]
    for line in page.splitlines():
        if line.startswith("    "):
            found[-1] += line[4:] + "\n"
        elif not line and found[-1]:
            found[-1] += "\n"
        elif line and found[-1]:
            found.append("")
    return [block.strip("\n") + "\n" for block in found]


def test_the_files_on_the_page_are_those_of_the_vectors() -> None:
    lines = (FOLDER / "valid/export/openings.jsonl").read_text("utf-8").splitlines(keepends=True)
    statement = (FOLDER / "key-change/export/keys").read_text("utf-8")
    checkpoint = (FOLDER / "valid/export/checkpoint").read_text("utf-8")
    for shown in (lines[1], checkpoint, statement):
        assert shown in blocks()


def test_the_bytes_on_the_page_are_those_of_the_code() -> None:
    log = HonestLog().fill(5)
    opening = log.openings[1]
    leaf = opening.leaf(log.origin)
    known = {"".join(block.split()) for block in blocks()}
    shown = {
        (opening.subject or b"").hex(),
        opening.subject_commitment.hex(),
        opening.body.hex(),
        leaf.hex(),
        leaf_hash(leaf).hex(),
        str(log.vkey()),
        changed().changes[0].digest,
    }
    assert shown <= known


def test_the_receipt_on_the_page_is_that_of_the_vector() -> None:
    receipt = (LINE_FOLDER / "opened/line.receipt").read_text("utf-8")
    assert receipt.partition("\n\n")[0] + "\n" in blocks(LINES)


def test_the_figures_of_the_receipt_are_those_of_the_code() -> None:
    receipt = whole()
    (first, _) = receipt.values
    commitment = value_commitment(
        r=first.r, client=receipt.client, epoch=EPOCH, kind=ALICE[0], raw=ALICE[1]
    )
    known = {"".join(block.split()) for block in blocks(LINES)}
    bind = BATCH.blocks[0].binds[0]
    shown = {receipt.leaf, leaf_hash(receipt.leaf), commitment, leaf_hash(bind)}
    assert {one.hex() for one in shown} <= known


def test_each_fact_is_one_sentence_per_line() -> None:
    for page in (PAGE, LINES):
        prose = [line for line in page.splitlines() if line[:1].isalpha()]
        assert [line for line in prose if line.partition(". ")[1]] == []
