"""Vectors of the ledger about questions: malformed ones, receipts and their form, no key."""

import base64
from collections.abc import Iterator
from dataclasses import replace

from tests.proof.form_vectors import WITNESS
from tests.proof.honest_log import HonestLog
from tests.proof.vectors import (
    FAILED,
    MISUSED,
    UNJUDGED,
    VERIFIED,
    Vector,
    changed,
    exported,
    flip,
    log_of,
    put,
    under,
)

from bailee.encoding import enc
from bailee.proof.receipt.receipt import RECEIPT_BYTES_MAX, Receipt
from bailee.proof.tree.checkpoint import Checkpoint, SignedCheckpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.tree.note import TIMESTAMPED, Note


def questions() -> Iterator[tuple[str, Vector]]:
    """Questions that are malformed, whatever lies there."""
    log = log_of()
    right = exported(log, "")
    key = str(log.vkey())
    timed = str(log.vkey().of_type(TIMESTAMPED))
    receipt = {"receipt.tlog-proof": log.receipt(1).encode()}
    since = {"since": b"no checkpoint\n"}
    for name, why, asked, decided in (
        ("path-absent", "there is nothing at the path", {"path": "nowhere"}, "path_absent"),
        ("key-blank", "a verifier key with a blank after it", {"key": f"{key} "}, "vkey_given"),
        ("key-newline", "one with a newline after it", {"key": f"{key}\n"}, "vkey_given"),
        (
            "key-type-4",
            "one of type 4",
            {"key": timed},
            "vkey_given",
        ),
        ("key-id", "one whose id is of another", {"key": key.replace("+74", "+75")}, "vkey_given"),
        ("key-capital", "its id in capitals", {"key": key.replace("+74d4e9f1", "+74D4E9F1")}, ""),
        ("since-absent", "there is no such checkpoint", {"since": "nowhere"}, "since_given"),
        (
            "since-malformed",
            "what was kept is no checkpoint",
            {"since": "since", "files": right.files | since},
            "since_given",
        ),
        ("since-folder", "what was kept is a folder", {"since": "export"}, "since_given"),
        (
            "keys-absent",
            "there is no such file of changes",
            {"keys": "nowhere", "path": "receipt.tlog-proof", "files": receipt},
            "keys_given",
        ),
        (
            "keys-export",
            "changes beside an export",
            {"keys": "keys", "files": right.files | {"keys": b""}},
            "keys_export",
        ),
    ):
        vector = replace(right, why=why, exit=MISUSED, **asked)
        yield f"asked-{name}", replace(vector, decided_by=f"verify.{decided or 'vkey_given'}")
    yield (
        "other-file",
        Vector(
            why="a file that is no receipt",
            path="letter",
            files={"letter": b"dear client\n"},
            key=key,
            exit=UNJUDGED,
            decided_by="verify.nothing_to_judge",
        ),
    )


def receipt_forms() -> Iterator[tuple[str, Vector]]:
    """Receipts whose opening, path or checkpoint has not its form."""
    log = log_of()
    whole = log.receipt(1)
    opening = whole.opening
    blob = whole.encode()
    parts: list[bytes | str | int] = [
        *(opening.nonce, opening.entry, opening.kind, 1, opening.time_ms, opening.body),
        *(opening.subject_commitment, opening.subject_nonce or b"", opening.subject or b""),
    ]

    def but(at: int, value: bytes | str | int) -> bytes:
        return _reopened(whole, enc("opening", *parts[:at], value, *parts[at + 1 :]))

    long_path = replace(whole, path=(EMPTY_ROOT,) * 65).encode()
    padded = whole.encode() + b"\0" * (RECEIPT_BYTES_MAX + 1 - len(blob))
    renamed = enc("subject-fields", "name", "f2")
    longer = _reopened(whole, opening.encode() + b"\0")
    turned = enc("body", "purpose", "service", "count", "1")
    for name, why, damaged, failed in (
        ("nonce-33", "a nonce with a zero more", but(0, opening.nonce + b"\0"), "nonce"),
        ("entry-15", "an entry of 15 bytes", but(1, opening.entry[:15]), "opening"),
        ("kind", "a kind with a digit", but(2, "object:get2"), "opening"),
        ("format", "another version", but(3, 2), "opening_format"),
        ("format-short", "a version of one byte", but(3, b"\1"), "opening"),
        ("time", "a time of 2^63", but(4, 1 << 63), "opening"),
        ("fields", "keys out of order", but(5, turned), "fields"),
        ("fields-odd", "a key without a value", but(5, enc("body", "count")), "fields"),
        ("commitment", "a commitment of 33 bytes", but(6, bytes(33)), "opening"),
        ("subject-alone", "a subject without a nonce", but(7, b""), "opening"),
        ("nonce-alone", "a nonce without a subject", but(8, b""), "opening"),
        (
            "subject",
            "another subject",
            but(8, renamed),
            "subject_differs",
        ),
        ("more", "a part more", _reopened(whole, enc("opening", *parts, b"")), "opening"),
        (
            "longer",
            "a byte after the opening",
            longer,
            "opening",
        ),
        ("extra", "base64 with other spare bits", _respelt(log.receipt(2).encode()), "receipt"),
        ("path-65", "65 hashes", long_path, "receipt"),
        ("hash-31", "a hash of 31 bytes", _cut_hash(whole), "receipt"),
        ("index-sign", "an index with a sign", blob.replace(b"index 1", b"index +1"), "decimal"),
        ("spaces", "two blanks", blob.replace(b"index 1", b"index  1"), "decimal"),
        ("header", "a longer header", blob.replace(b"@v1", b"@v1x", 1), "receipt"),
        ("returns", "CR before each newline", blob.replace(b"\n", b"\r\n"), "receipt"),
        ("cut", "the last newline is gone", blob[:-1], "note"),
        ("size-over", "393,217 bytes", padded, "receipt_size"),
        ("size", "393,216 bytes, most of them zeros", padded[:-1], "note_size"),
    ):
        yield f"receipt-form-{name}", _receipt(why, damaged, failed)
    closed = replace(opening, subject=None, subject_nonce=None)
    yield (
        "receipt-subject-closed",
        _receipt("its subject is closed", replace(whole, opening=closed).encode(), ""),
    )


def _receipt(why: str, blob: bytes, failed: str) -> Vector:
    return Vector(
        why=why,
        path="receipt.tlog-proof",
        files={"receipt.tlog-proof": blob},
        exit=FAILED if failed else VERIFIED,
        decided_by=failed and f"verify.{failed}",
        key=str(log_of().vkey()),
    )


def _reopened(receipt: Receipt, opening: bytes) -> bytes:
    old = base64.b64encode(receipt.opening.encode())
    return receipt.encode().replace(old, base64.b64encode(opening))


def _respelt(blob: bytes) -> bytes:
    """Set spare bits of the line `extra`."""
    head, extra, rest = blob.split(b"\n", 2)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    assert extra.endswith(b"=")
    bare = extra.rstrip(b"=")
    spare = alphabet[alphabet.index(bare[-1:]) + 1]
    return b"\n".join((head, bare[:-1] + bytes([spare]) + b"=" * (len(extra) - len(bare)), rest))


def _cut_hash(receipt: Receipt) -> bytes:
    step = receipt.path[0]
    return receipt.encode().replace(base64.b64encode(step), base64.b64encode(step[:31]))


def receipts_since() -> Iterator[tuple[str, Vector]]:
    """A receipt beside a checkpoint that was kept."""
    log = log_of()
    kept = _receipt("", log.receipt(1).encode(), "")
    other = log_of(4)
    other.add("outcome", {"result": "rewritten"})
    forger = HonestLog("forger").fill(5)
    elsewhere = HonestLog(origin="provider.example/lg-other").fill(5)
    for name, why, since, code, decided in (
        ("split", "another root for one size", other.checkpoint(), FAILED, "since_split"),
        ("later", "a later one", log_of(9).checkpoint(), UNJUDGED, "since_later"),
        ("unsigned", "one by another key", forger.checkpoint(), UNJUDGED, "since_unsigned"),
        ("other-log", "one of another log", elsewhere.checkpoint(), UNJUDGED, "since_other_log"),
    ):
        yield (
            f"receipt-since-{name}",
            replace(
                kept,
                why=why,
                files=kept.files | {"since": since.encode()},
                since="since",
                exit=code,
                decided_by=f"verify.{decided}",
            ),
        )


def keyless() -> Iterator[tuple[str, Vector]]:
    """Questions without a verifier key: never verified, but what fails still fails."""
    log, unchecked = changed(), "verify.signer_unchecked"
    grown = replace(exported(log, "a log that grew"), key="", exit=UNJUDGED, decided_by=unchecked)
    since = {"since": log.checkpoint(2).encode()}
    yield "no-key-since", replace(grown, files=grown.files | since, since="since")
    split = HonestLog("forger").fill(2).checkpoint().encode()
    yield (
        "no-key-since-split",
        replace(
            grown,
            why="a forged checkpoint is compared, for nobody can say that it is forged",
            files=grown.files | {"since": split},
            since="since",
            exit=FAILED,
        ),
    )
    for name, damage in (
        ("tampered", flip("tile/0/000.p/7", 40)),
        ("unsigned-statement", put("keys", b"\n3\n", b"\n2\n")),
    ):
        damaged = log.export()
        damage(damaged)
        failing = replace(grown, why="damaged, and no key", files=under("export", damaged))
        decided = unchecked if name == "tampered" else "verify.chain_unsigned"
        yield f"no-key-{name}", replace(failing, exit=FAILED, decided_by=decided)
    unsigned = log_of()
    text = unsigned.checkpoint().note.text
    anybody = SignedCheckpoint(
        head=Checkpoint(origin=unsigned.origin, size=5, root=unsigned.root(5)),
        note=Note(text=text, signatures=(WITNESS,)),
    )
    vector = exported(
        unsigned,
        "no line by the log, and no key to miss it by",
        damage=lambda found: found.update(checkpoint=anybody.encode()),
    )
    yield "no-key-no-signer", replace(vector, key="", exit=UNJUDGED, decided_by=unchecked)
    receipt = _receipt("a receipt, and no key", log_of().receipt(1).encode(), "")
    yield "no-key-receipt", replace(receipt, key="", exit=UNJUDGED, decided_by=unchecked)


def question_vectors() -> Iterator[tuple[str, Vector]]:
    """Give them all."""
    for vectors in (questions, receipt_forms, receipts_since, keyless):
        yield from vectors()
