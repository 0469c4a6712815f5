"""The verifier: every vector of spec/vectors/ledger, and every bit of a small export."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.proof.honest_log import HonestLog, write_files
from tests.proof.make_vectors import all_vectors, write
from tests.proof.vectors import LEDGER as FOLDER
from tests.proof.vectors import answered, changed, decided_by, expected_of

from bailee.proof.export import Export
from bailee.proof.malformed import Malformed
from bailee.proof.run import Misused, run
from bailee.proof.tree.chain import read_key_changes, signer_of
from bailee.proof.tree.checkpoint import SignedCheckpoint, read_checkpoint
from bailee.proof.tree.note import VerifierKey
from bailee.proof.tree.tiles import Tile
from bailee.proof.verdict import Outcome
from bailee.proof.verify import verify_export, verify_receipt

VECTORS = sorted(path.name for path in FOLDER.iterdir())


def in_memory(files: Mapping[str, bytes]) -> Export:
    """Give an export that lies nowhere."""

    def read_tile(tile: Tile) -> bytes:
        if tile.path not in files:
            raise FileNotFoundError
        return files[tile.path]

    def openings() -> Iterator[bytes]:
        return iter(files["openings.jsonl"].splitlines(keepends=True))

    return Export(
        checkpoint=files["checkpoint"],
        keys=files.get("keys", b""),
        read_tile=read_tile,
        openings=openings,
    )


def judged(
    files: Mapping[str, bytes], key: VerifierKey | None, since: SignedCheckpoint | None = None
) -> Outcome:
    return verify_export(in_memory(files), key=key, since=since).outcome


@pytest.mark.parametrize("name", VECTORS)
def test_each_vector_is_judged_as_it_says(name: str) -> None:
    expected = expected_of(FOLDER / name)
    code, decided, _ = answered(FOLDER / name)
    assert (code, decided) == (expected["exit"], expected.get("decided_by", "")), expected["why"]


@pytest.mark.parametrize("name", VECTORS)
def test_no_vector_is_verified_without_a_key(name: str) -> None:
    path = FOLDER / name / str(expected_of(FOLDER / name)["path"])
    if path.exists():
        assert run(path).outcome is not Outcome.VERIFIED


def test_the_vectors_are_those_that_their_maker_makes(tmp_path: Path) -> None:
    write(tmp_path)
    made, kept = (
        {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}
        for top in (tmp_path, FOLDER)
    )
    assert made == kept
    assert len(all_vectors()) == len(VECTORS)


def flips(files: Mapping[str, bytes], bits: range) -> Iterator[dict[str, bytes]]:
    """Flip, one at a time, these bits of every byte of every file."""
    for path, blob in files.items():
        for at in range(len(blob)):
            for bit in bits:
                flipped = blob[:at] + bytes([blob[at] ^ 1 << bit]) + blob[at + 1 :]
                yield {**files, path: flipped}


def small_export() -> tuple[dict[str, bytes], VerifierKey]:
    log = HonestLog().fill(2)
    log.change_key()
    log.fill(1)
    return log.export(), log.vkey()


def test_a_flipped_bit_in_any_byte_of_an_export_is_found() -> None:
    files, key = small_export()
    assert judged(files, key) is Outcome.VERIFIED
    assert {judged(damaged, key) for damaged in flips(files, range(1))} == {Outcome.FAILED}


@pytest.mark.sweep
def test_each_flipped_bit_of_an_export_is_found() -> None:
    files, key = small_export()
    assert {judged(damaged, key) for damaged in flips(files, range(8))} == {Outcome.FAILED}


def test_a_flipped_bit_in_any_byte_of_a_receipt_is_found() -> None:
    log = HonestLog().fill(4)
    blob = {"receipt": log.receipt(2).encode()}
    outcomes = {
        verify_receipt(damaged["receipt"], key=log.vkey()).outcome
        for damaged in flips(blob, range(8))
    }
    assert outcomes == {Outcome.FAILED}


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 600), st.data())
def test_a_log_that_grew_honestly_verifies_since_any_earlier_checkpoint(
    size: int, data: st.DataObject
) -> None:
    log = HonestLog().fill(size)
    then = data.draw(st.integers(0, size))
    closed = data.draw(st.sets(st.integers(0, size - 1)))
    kept = log.checkpoint(then)
    assert judged(log.export(closed=closed), log.vkey(), kept) is Outcome.VERIFIED
    rewritten = HonestLog().fill(then)
    rewritten.add("outcome", {"result": "rewritten"})
    rewritten.fill(size - then)
    kept = rewritten.checkpoint(then + 1)
    assert judged(log.export(), log.vkey(), kept) is Outcome.FAILED


def test_a_split_view_shows_without_a_key_too() -> None:
    log, other = HonestLog().fill(9), HonestLog().fill(3)
    other.add("outcome", {"result": "rewritten"})
    assert judged(log.export(), None, log.checkpoint(4)) is Outcome.UNJUDGED
    assert judged(log.export(), None, other.checkpoint(4)) is Outcome.FAILED


def test_an_export_of_boundless_size_ends_at_the_first_missing_bundle() -> None:
    log = HonestLog().fill(1)
    text = log.checkpoint().encode().replace(b"\n1\n", f"\n{(1 << 63) - 1}\n".encode())
    verdict = verify_export(in_memory({**log.export(), "checkpoint": text}), key=None)
    assert verdict.steps[-1].id == "verify.tile_missing"
    assert verdict.outcome is Outcome.FAILED


def test_a_claimed_time_beyond_all_calendars_is_said_as_it_is() -> None:
    log = HonestLog().fill(1)
    checkpoint = log.checkpoint(days=(1 << 63) // 86_400 - 30_000)
    files = {**log.export(), "checkpoint": checkpoint.encode()}
    verdict = verify_export(in_memory(files), key=log.vkey())
    assert verdict.outcome is Outcome.VERIFIED
    assert str(verdict.steps[2].facts["time"]).endswith(" s")


def test_the_chain_leads_to_the_key_in_office_at_each_size() -> None:
    log = changed()
    log.change_key()
    log.fill(2)
    assert [change.index for change in log.changes] == [3, 7]
    changes = read_key_changes(log.keys(), log.origin)
    terms = [signer_of(size, log.vkey(), changes) for size in (0, 3, 4, 7, 8, 10)]
    assert terms == [log.vkey(term) for term in (0, 0, 1, 1, 2, 2)]
    assert signer_of(3, log.vkey(1), changes) is None
    assert signer_of(4, log.vkey(1), changes) == log.vkey(1)
    assert signer_of(10, log.vkey(5), changes) == log.vkey(5)


def test_an_export_that_shows_a_change_beyond_its_end_is_refused() -> None:
    log = changed()
    files = {**log.export(2), "keys": log.keys()}
    for term in (0, 1):
        verdict = verify_export(in_memory(files), key=log.vkey(term))
        assert (verdict.outcome, verdict.steps[-1].id) == (Outcome.FAILED, "verify.chain_beyond")


def test_a_key_that_takes_office_twice_is_refused() -> None:
    log = changed()
    blob = log.keys()
    back = HonestLog()
    back.private = lambda term: log.private(1 - term)  # type: ignore[method-assign]  # runs the chain backwards
    back.fill(5)
    back.change_key()
    with pytest.raises(Malformed, match="chain_reused"):
        read_key_changes(blob + back.keys(), log.origin)


def test_an_entry_of_a_key_change_without_its_statement_is_refused() -> None:
    log = HonestLog().fill(2)
    log.add("log:key-change", {"statement": "0" * 64})
    verdict = verify_export(in_memory(log.export()), key=log.vkey())
    assert decided_by(verdict) == "verify.key_change_differs"
    log = HonestLog().fill(2)
    log.add("log:key-change", {})
    assert judged(log.export(), log.vkey()) is Outcome.FAILED


SLIPS = {
    "no such path": ("path_absent", {"path": "nowhere"}),
    "a key that is none": ("vkey_given", {"key": "nonsense"}),
    "an earlier checkpoint that is none": ("since_given", {"since": "openings.jsonl"}),
    "an earlier checkpoint that is not there": ("since_given", {"since": "nowhere"}),
}


@pytest.mark.parametrize(("reason", "asked"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_of_the_caller_is_no_verdict(
    reason: str, asked: dict[str, str], tmp_path: Path
) -> None:
    write_files(tmp_path, HonestLog().fill(3).export())
    since = asked.get("since")
    with pytest.raises(Misused, match=reason):
        run(
            tmp_path / asked.get("path", ""),
            key=asked.get("key"),
            since=tmp_path / since if since else None,
        )


def test_what_is_neither_export_nor_receipt_is_not_judged(tmp_path: Path) -> None:
    key = str(HonestLog().vkey())
    (tmp_path / "letter").write_text("dear client\n")
    for path in (tmp_path, tmp_path / "letter", Path("/dev/null")):
        assert run(path, key=key).outcome is Outcome.UNJUDGED


def test_an_export_is_read_with_bounds(tmp_path: Path) -> None:
    log = HonestLog().fill(3)
    write_files(tmp_path, log.export())
    key = str(log.vkey())
    assert run(tmp_path, key=key).outcome is Outcome.VERIFIED
    with (tmp_path / "tile/entries/000.p/3").open("r+b") as file:
        file.truncate(1 << 40)
    assert decided_by(run(tmp_path, key=key)) == "verify.tile_length"
    (tmp_path / "tile/entries/000.p/3").unlink()
    (tmp_path / "tile/entries/000.p/3").mkdir()
    assert decided_by(run(tmp_path, key=key)) == "verify.tile_missing"
    write_files(tmp_path / "b", log.export())
    (tmp_path / "b/openings.jsonl").write_bytes(b" " * (1 << 21))
    assert decided_by(run(tmp_path / "b", key=key)) == "verify.opening_size"


def test_a_log_whose_bodies_are_all_gone_still_verifies(tmp_path: Path) -> None:
    log = HonestLog().fill(3)
    write_files(tmp_path, log.export())
    (tmp_path / "openings.jsonl").unlink()
    assert run(tmp_path, key=str(log.vkey())).outcome is Outcome.VERIFIED


def test_a_checkpoint_with_a_witness_is_read_past() -> None:
    log, witness = HonestLog().fill(3), HonestLog("witness", "witness.example/w")
    files = log.export()
    files["checkpoint"] += f"{witness.fill(1).checkpoint().note.signatures[1]}\n".encode()
    assert len(read_checkpoint(files["checkpoint"]).note.signatures) == 3
    assert judged(files, log.vkey()) is Outcome.VERIFIED
