"""The page that specifies: each example on it is what the code makes and what a vector holds."""

from pathlib import Path

from tests.proof.honest_log import HonestLog
from tests.proof.make_vectors import FOLDER, changed

from bailee.proof.merkle import leaf_hash

PAGE = (FOLDER.parents[1] / "ledger.md").read_text("utf-8")


def blocks() -> list[str]:
    """Give the indented blocks, without their indentation."""
    found: list[str] = [""]
    for line in PAGE.splitlines():
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


def test_each_fact_is_one_sentence_per_line() -> None:
    path = Path(FOLDER.parents[1] / "ledger.md")
    prose = [line for line in path.read_text("utf-8").splitlines() if line[:1].isalpha()]
    assert not [line for line in prose if ". " in line]
