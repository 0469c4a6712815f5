"""Writes spec/vectors/ledger: run `python -m tests.proof.make_vectors` from the root.

Each vector is a folder with what is verified and `expected.toml`.  All follows from seeds, so a
test makes them again and compares: a change of format shows as a change of vectors.
"""

import base64
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tests.proof.change_vectors import change_vectors
from tests.proof.form_vectors import form_vectors
from tests.proof.honest_log import HonestLog
from tests.proof.question_vectors import question_vectors
from tests.proof.vectors import (
    FAILED,
    LEDGER,
    UNJUDGED,
    VERIFIED,
    Files,
    Vector,
    changed,
    exported,
    flip,
    log_of,
    put,
    resigned,
    under,
    write_vectors,
)

from bailee.proof.tree.chain import sign_key_change
from bailee.proof.tree.checkpoint import sign_checkpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.tree.note import Note


def swap_entries(files: Files) -> None:
    """Swap two entries and their hashes, so that bundle and tile agree."""
    for path, width in (("tile/entries/000.p/5", 34), ("tile/0/000.p/5", 32)):
        blob = files[path]
        cut = [blob[at : at + width] for at in range(0, len(blob), width)]
        cut[1], cut[2] = cut[2], cut[1]
        files[path] = b"".join(cut)


def swap_lines(files: Files) -> None:
    """Swap two lines of the openings."""
    lines = files["openings.jsonl"].splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    files["openings.jsonl"] = b"".join(lines)


def nonce_of(length: int) -> Callable[[Files], None]:
    """Pad or cut the nonce of entry 1; 33 with a zero is the same key to HMAC."""

    def damage(files: Files) -> None:
        nonce = log_of().openings[1].nonce
        other = (nonce + b"\0")[:length]
        put("openings.jsonl", base64.b64encode(nonce), base64.b64encode(other))(files)

    return damage


def exports() -> Iterator[tuple[str, Vector]]:
    """Exports judged with the right key, each damaged in one way."""
    log = log_of()
    yield "valid", exported(log, "five entries, all open")
    yield "valid-empty", exported(log_of(0), "a log with no entry yet")
    yield "valid-one", exported(log_of(1), "one entry: its hash is the root")
    yield "valid-257", exported(log_of(257), "a full tile, a partial one, and one level more")
    yield (
        "valid-closed",
        replace(
            exported(log, "the bodies of entries 1 and 2 were destroyed"),
            files=under("export", log.export(closed={1, 2})),
        ),
    )
    forgotten = log_of()
    forgotten.openings[1] = replace(forgotten.openings[1], subject=None, subject_nonce=None)
    yield "valid-subject-forgotten", exported(forgotten, "a person was forgotten, the act was not")
    checks: dict[str, tuple[str, Callable[[Files], object], str]] = {
        "tampered-tile": ("a bit of a hash", flip("tile/0/000.p/5", 40), "tile_differs"),
        "tampered-entry": ("a bit of an entry", flip("tile/entries/000.p/5", 40), "tile_differs"),
        "tampered-length": ("an entry's length", flip("tile/entries/000.p/5", 1), "tile_length"),
        "cut-bundle": (
            "a bundle without its last entry",
            lambda files: put("tile/entries/000.p/5", files["tile/entries/000.p/5"][-34:], b"")(
                files
            ),
            "tile_length",
        ),
        "missing-tile": ("no hash tile", lambda files: files.pop("tile/0/000.p/5"), "tile_missing"),
        "missing-bundle": (
            "no entries",
            lambda files: files.pop("tile/entries/000.p/5"),
            "tile_missing",
        ),
        "swapped-entries": ("two entries change places", swap_entries, "root_differs"),
        "tampered-body": (
            "a purpose is rewritten",
            put("openings.jsonl", b'"service"', b'"rights"'),
            "opening_differs",
        ),
        "tampered-time": (
            "a time is rewritten",
            put("openings.jsonl", b"1772600001000", b"1772600001001"),
            "opening_differs",
        ),
        "tampered-subject": (
            "a name is rewritten",
            put("openings.jsonl", b'"f1"', b'"f2"'),
            "subject_differs",
        ),
        "swapped-openings": ("two lines change places", swap_lines, "opening_order"),
        "nonce-33": ("a nonce with a zero more, the same to HMAC", nonce_of(33), "nonce"),
        "nonce-31": ("a nonce one byte short", nonce_of(31), "nonce"),
        "field-twice": (
            "a field is there twice",
            put("openings.jsonl", b'"count":"1"', b'"count":"1","count":"1"'),
            "opening",
        ),
        "checkpoint-cut": (
            "the last newline of the checkpoint is gone",
            lambda files: files.update(checkpoint=files["checkpoint"][:-1]),
            "note",
        ),
        "checkpoint-size": (
            "the checkpoint says one entry less",
            put("checkpoint", b"\n5\n", b"\n4\n"),
            "signature_bad",
        ),
        "checkpoint-zero": (
            "a size with a leading zero",
            put("checkpoint", b"\n5\n", b"\n05\n"),
            "decimal",
        ),
    }
    for name, (why, damage, failed) in checks.items():
        yield name, exported(log, why, damage=damage, failed=failed)


def signers() -> Iterator[tuple[str, Vector]]:
    """Who signed, and what was asked."""
    log = log_of()
    right = exported(log, "")
    yield (
        "no-key",
        replace(
            right,
            why="consistent, and no key to check the signer by",
            key="",
            exit=UNJUDGED,
            decided_by="verify.signer_unchecked",
        ),
    )
    yield (
        "wrong-key",
        replace(
            right,
            why="the key of another log of the same name",
            key=str(resigned().vkey()),
            exit=FAILED,
            decided_by="verify.signer_other",
        ),
    )
    yield (
        "re-signed-forgery",
        replace(
            exported(resigned(), "all of the export replaced and signed by the forger's key"),
            key=str(log.vkey()),
            exit=FAILED,
            decided_by="verify.signer_other",
        ),
    )
    yield "other-time", _other_time(log)
    yield "no-time", _untimed(log)
    yield (
        "nothing-there",
        Vector(
            why="a folder without a checkpoint",
            files={"export/readme": b"nothing\n"},
            exit=UNJUDGED,
            decided_by="verify.nothing_to_judge",
            key=str(log.vkey()),
        ),
    )


def _untimed(log: HonestLog) -> Vector:
    note = log.checkpoint().note
    return exported(
        log,
        "the line with the claimed time is gone",
        damage=lambda files: files.update(
            checkpoint=Note(text=note.text, signatures=note.signatures[:1]).encode()
        ),
        failed="signer_lines",
    )


def _other_time(log: HonestLog) -> Vector:
    files = log.export()
    note = log.checkpoint().note
    plain, timed = note.signatures
    forged = replace(timed, blob=(timed.time_s + 86_400).to_bytes(8, "big") + timed.blob[8:])
    files["checkpoint"] = Note(text=note.text, signatures=(plain, forged)).encode()
    return Vector(
        why="the claimed time is one day later than what was signed",
        files=under("export", files),
        exit=FAILED,
        decided_by="verify.signature_bad",
        key=str(log.vkey()),
    )


def earlier() -> Iterator[tuple[str, Vector]]:
    """A checkpoint kept from before."""
    log = log_of(9)
    for size in (0, 4, 9):
        yield f"since-{size}", _since(log, log.checkpoint(size).encode(), "", "the log grew")
    shrunk = replace(
        exported(log, "", size=5), since="since", exit=FAILED, decided_by="verify.since_rolled_back"
    )
    files = shrunk.files | {"since": log.checkpoint(9).encode()}
    yield "since-rolled-back", replace(shrunk, files=files, why="the log had signed nine entries")
    other = log_of(6)
    other.add("outcome", {"result": "done"})
    split = other.checkpoint(7).encode()
    yield "since-split", _since(log, split, "since_split", "the log had signed another entry 6")
    same = log_of(8)
    same.add("outcome", {"result": "done"})
    split = same.checkpoint(9).encode()
    yield "since-split-same-size", _since(log, split, "since_split", "another root for one size")
    forged = resigned().checkpoint().encode()
    kept = _since(log, forged, "", "the kept checkpoint was not signed by this log")
    yield "since-forged", replace(kept, exit=UNJUDGED, decided_by="verify.since_unsigned")
    elsewhere = HonestLog(origin="provider.example/lg-other").fill(3)
    kept = _since(log, elsewhere.checkpoint().encode(), "", "the kept checkpoint is of another log")
    yield "since-other-log", replace(kept, exit=UNJUDGED, decided_by="verify.since_other_log")


def _since(log: HonestLog, since: bytes, failed: str, why: str) -> Vector:
    found = exported(log, why, failed=failed)
    return replace(found, files=found.files | {"since": since}, since="since")


def key_changes() -> Iterator[tuple[str, Vector]]:
    """Logs that changed their key."""
    log = changed()
    first = exported(log, "from the first key, by one statement, to the second")
    yield "key-change", first
    yield "key-change-new-key", replace(first, why="by the second key itself", key=str(log.vkey(1)))
    twice = changed()
    twice.change_key()
    twice.fill(2)
    yield "key-change-twice", exported(twice, "from the first key, by two statements, to the third")
    yield (
        "key-change-entry-closed",
        replace(
            first,
            why="the body of the entry was destroyed; the statement rests on its signatures",
            files=under("export", log.export(closed={3})),
        ),
    )
    yield (
        "key-change-lost",
        exported(
            log,
            "the statement is gone, so that nothing leads to the signer",
            damage=lambda files: files.pop("keys"),
            failed="signer_other",
        ),
    )
    yield "key-change-by-new-alone", _stated(log, "chain_unsigned", old_signs=False)
    yield "key-change-by-old-alone", _stated(log, "chain_unsigned", new_signs=False)
    yield "key-change-other-index", _stated(log, "key_change_differs", index=2)
    yield "key-change-retired-key", _retired(log)
    twice_keys = twice.keys().splitlines(keepends=True)
    yield (
        "key-change-gap",
        exported(
            twice,
            "the first of two statements is gone",
            damage=lambda files: files.update(keys=b"".join(twice_keys[8:])),
            failed="signer_other",
        ),
    )
    yield (
        "key-change-swapped",
        exported(
            twice,
            "the two statements change places",
            damage=lambda files: files.update(keys=b"".join(twice_keys[8:] + twice_keys[:8])),
            failed="chain_broken",
        ),
    )


def _stated(
    log: HonestLog, failed: str, *, old_signs: bool = True, new_signs: bool = True, index: int = 3
) -> Vector:
    """Export with another statement than the log made."""
    change = replace(log.changes[0], index=index)
    forger = HonestLog("forger")
    old = (log if old_signs else forger).private(0)
    new = log.private(1) if new_signs else forger.private(1)
    note = sign_key_change(change, old.sign, new.sign)
    return exported(
        log,
        "a statement that the log did not make",
        damage=lambda files: files.update(keys=note.encode()),
        failed=failed,
    )


def _retired(log: HonestLog) -> Vector:
    """Sign the newest head with the key that had left office."""
    head, old = log.checkpoint().head, log.private(0)
    signed = sign_checkpoint(head, old.public_key().public_bytes_raw(), old.sign, 1_772_600_099)
    return exported(
        log,
        "the retired key signed a checkpoint after its term",
        damage=lambda files: files.update(checkpoint=signed.encode()),
        failed="signer_other",
    )


def receipts() -> Iterator[tuple[str, Vector]]:
    """Single entries."""
    log = log_of()
    yield "receipt", _receipt(log, log.receipt(3).encode(), "", "one entry of five")
    alone = log_of(1)
    yield "receipt-of-one", _receipt(alone, alone.receipt(0).encode(), "", "no path is needed")
    whole = log.receipt(3)
    wrong = (
        ("receipt-other-index", replace(whole, index=1), "path_differs"),
        ("receipt-cut-path", replace(whole, path=whole.path[:-1]), "path_differs"),
        ("receipt-long-path", replace(whole, path=(*whole.path, EMPTY_ROOT)), "path_differs"),
        ("receipt-other-entry", replace(whole, opening=log.openings[1]), "path_differs"),
        ("receipt-beyond", replace(whole, index=5), "path_differs"),
    )
    for name, receipt, failed in wrong:
        yield name, _receipt(log, receipt.encode(), failed, "a receipt that the log never gave")
    blob = whole.encode().replace(b"index 3", b"index 03")
    yield "receipt-leading-zero", _receipt(log, blob, "decimal", "a number spelt otherwise")
    forged = _receipt(log, resigned().receipt(3).encode(), "signer_other", "the forger's receipt")
    yield "receipt-re-signed-forgery", forged
    late = changed()
    by_chain = _receipt(late, late.receipt(1).encode(), "", "signed by the second key")
    by_chain = replace(by_chain, files=by_chain.files | {"keys": late.keys()}, keys="keys")
    yield "receipt-key-change", by_chain
    kept = _receipt(log, whole.encode(), "", "the same head was kept")
    since = {"since": log.checkpoint(days=1).encode()}
    yield "receipt-since", replace(kept, files=kept.files | since, since="since")
    since = {"since": log.checkpoint(2).encode()}
    unproven = replace(kept, why="a receipt holds no proof of growth", files=kept.files | since)
    yield (
        "receipt-since-unproven",
        replace(unproven, since="since", exit=UNJUDGED, decided_by="verify.since_unproven"),
    )


def _receipt(log: HonestLog, blob: bytes, failed: str, why: str) -> Vector:
    return Vector(
        why=why,
        path="receipt.tlog-proof",
        files={"receipt.tlog-proof": blob},
        exit=FAILED if failed else VERIFIED,
        decided_by=failed and f"verify.{failed}",
        key=str(log.vkey()),
    )


def all_vectors() -> dict[str, Vector]:
    """Give every vector by its name."""
    cases = (exports, signers, earlier, key_changes, receipts)
    more = (change_vectors, form_vectors, question_vectors)
    made = [vector for vectors in (*cases, *more) for vector in vectors()]
    assert len(dict(made)) == len(made), "two vectors have one name"
    return dict(made)


def write(folder: Path) -> None:
    """Write all vectors."""
    write_vectors(folder, all_vectors())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else LEDGER)
