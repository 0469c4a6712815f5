"""Vectors of the ledger about changes of key: what statements, entries and old keys may claim."""

from collections.abc import Iterator
from dataclasses import replace

from tests.proof.honest_log import FIRST_MS, HonestLog
from tests.proof.vectors import (
    FAILED,
    UNJUDGED,
    VERIFIED,
    Files,
    Vector,
    changed,
    exported,
    log_of,
    put,
)

from bailee.proof.tree.chain import KIND, KeyChange, sign_key_change
from bailee.proof.tree.checkpoint import SignedCheckpoint, sign_checkpoint
from bailee.proof.tree.note import TIMESTAMPED, Note, VerifierKey

LATER_S = FIRST_MS // 1_000 + 99


def statement(log: HonestLog, index: int, *, term: int = 0) -> KeyChange:
    """Give a statement that both keys of a term's end sign, at any index."""
    old, new = log.vkey(term), log.vkey(term + 1)
    return KeyChange(origin=log.origin, index=index, old=old, new=new)


def stated(log: HonestLog, index: int) -> bytes:
    """Sign it; the log need not have recorded it."""
    note = sign_key_change(statement(log, index), log.private(0).sign, log.private(1).sign)
    return note.encode()


def head_by(log: HonestLog, term: int, size: int | None = None) -> SignedCheckpoint:
    """Sign a head with the key of any term, in office or not."""
    private = log.private(term)
    public = private.public_key().public_bytes_raw()
    return sign_checkpoint(log.checkpoint(size).head, public, private.sign, LATER_S)


def entries() -> Iterator[tuple[str, Vector]]:
    """Entries and statements that do not belong together."""
    empty = log_of(2)
    empty.add(KIND, {"statement": ""})
    differs = "key_change_differs"
    yield (
        "key-change-empty-statement",
        exported(empty, "a change of key that states nothing, and no file `keys`", failed=differs),
    )
    lone = log_of(2)
    lone.add(KIND, {"statement": "0" * 64})
    yield (
        "key-change-without-file",
        exported(lone, "a change of key whose statement is not shown", failed=differs),
    )
    log = log_of(4)

    def with_keys(keys: bytes, head: SignedCheckpoint) -> Files:
        return {**log.export(), "keys": keys, "checkpoint": head.encode()}

    right = exported(log, "")
    for name, why, index, term, failed in (
        ("other-kind", "a statement at an open entry of another kind", 2, 1, differs),
        ("beyond", "a statement at an index that the log has not reached", 4, 0, "chain_beyond"),
        ("far-beyond", "a statement at the largest index", (1 << 63) - 1, 0, "chain_beyond"),
    ):
        files = with_keys(stated(log, index), head_by(log, term))
        yield (
            f"key-change-{name}",
            replace(
                right,
                why=why,
                files={f"export/{path}": content for path, content in files.items()},
                exit=FAILED,
                decided_by=f"verify.{failed}",
            ),
        )


def retired() -> Iterator[tuple[str, Vector]]:
    """What a retired key can still do, and before whom."""
    thief = HonestLog().fill(6)  # it holds the first key alone, and says what it likes
    shown = exported(thief, "a retired key alone, before who has nothing from after its term")
    yield "retired-key-alone", shown
    honest = changed()
    kept = replace(
        shown,
        why="a retired key alone, before who kept a checkpoint from after its term",
        files={**shown.files, "since": honest.checkpoint(5).encode()},
        since="since",
        exit=UNJUDGED,
        decided_by="verify.since_unsigned",
    )
    yield "retired-key-since", kept
    newer = replace(
        shown,
        why="a retired key alone, before who has the new key",
        key=str(honest.vkey(1)),
        exit=FAILED,
        decided_by="verify.signer_other",
    )
    yield "retired-key-new-key", newer


def chains() -> Iterator[tuple[str, Vector]]:
    """Statements that are no chain, each by its form."""
    log = changed()
    keys = log.keys()
    text, first, second = keys.split(b"\n\n")[0], *keys.split(b"\n")[-3:-1]
    other = replace(log.changes[0], origin="provider.example/lg-other")
    elsewhere = sign_key_change(other, log.private(0).sign, log.private(1).sign).encode()
    same = replace(log.changes[0], new=log.vkey(0))
    unchanged = sign_key_change(same, log.private(0).sign, log.private(0).sign).encode()
    back = HonestLog()
    back.private = lambda term: log.private(1 - term)  # type: ignore[method-assign]  # runs the chain backwards
    back.fill(5)
    back.change_key()
    for name, why, blob, failed in (
        ("turned", "the new key's line before the old key's", (text, b"", second, first), ""),
        ("one-line", "the old key signs alone", (text, b"", first), "chain"),
        ("three-lines", "a line more", (text, b"", first, second, second), "chain"),
    ):
        damaged = b"\n".join((*blob, b""))
        yield f"statement-{name}", keyed(log, why, damaged, failed or "chain_unsigned")
    zeros = b"0" * (65_537 - len(keys))
    for name, why, damaged, failed in (
        ("cut", "the last newline is gone", keys[:-1], "chain"),
        ("blank", "an empty line between statements", keys + b"\n", "chain"),
        ("header", "another header", keys.replace(b"/v1/", b"/v2/", 1), "chain"),
        ("index", "an index with a leading zero", keys.replace(b"\n3\n", b"\n03\n", 1), "decimal"),
        ("origin", "a statement of another log", elsewhere, "chain"),
        ("same-key", "from a key to itself", unchanged, "chain"),
        ("key-type-4", "a verifier key of type 4", typed(log), "vkey"),
        ("reused", "the first key comes back", keys + back.keys(), "chain_reused"),
        ("returns", "CR before each newline", keys.replace(b"\n", b"\r\n"), "note"),
        ("dash", "a hyphen for the dash", keys.replace("—".encode(), b"-"), "note"),
        (
            "long",
            "65,537 bytes",
            keys.replace(b"\n3\n", b"\n3%b\n" % zeros, 1),
            "",
        ),
    ):
        yield f"statement-{name}", keyed(log, why, damaged, failed or "note_size")
    yield (
        "keys-empty",
        exported(
            log_of(),
            "a file `keys` without a statement",
            damage=lambda files: files.update(keys=b""),
        ),
    )


def typed(log: HonestLog) -> bytes:
    """Sign a statement whose old key is spelt as one of timed signatures."""
    change = replace(log.changes[0], old=log.vkey(0).of_type(TIMESTAMPED))
    return sign_key_change(change, log.private(0).sign, log.private(1).sign).encode()


def keyed(log: HonestLog, why: str, keys: bytes, failed: str) -> Vector:
    """Export with another file `keys`."""
    return exported(log, why, damage=lambda files: files.update(keys=keys), failed=failed)


def receipts() -> Iterator[tuple[str, Vector]]:
    """Receipts of and around the entry of a change."""
    log = changed()
    own = log.receipt(3)
    by_old = replace(own, checkpoint=head_by(log, 0))
    unstated = "verify.key_change_unstated"
    keys = log.keys()
    for name, why, blob, key, given, code, decided in (
        ("own", "the entry of the change, with its statement", own, 0, keys, VERIFIED, ""),
        ("own-new-key", "the same by the new key", own, 1, keys, VERIFIED, ""),
        ("own-unstated", "the same, and no statement", own, 1, b"", UNJUDGED, unstated),
        ("own-by-old", "signed by the key whose term it ends", by_old, 0, b"", UNJUDGED, unstated),
        (
            "own-by-old-stated",
            "signed by the key whose term it ends, with the statement",
            by_old,
            0,
            keys,
            FAILED,
            "verify.signer_other",
        ),
        (
            "own-other-statement",
            "another statement at its index",
            own,
            1,
            restated(log),
            FAILED,
            "verify.key_change_differs",
        ),
        (
            "claimed",
            "a statement at the index of an entry of another kind",
            log.receipt(4),
            0,
            stated(log, 4),
            FAILED,
            "verify.key_change_differs",
        ),
        (
            "before",
            "from before the change, with the later statement",
            log.receipt(1, 3),
            0,
            keys,
            VERIFIED,
            "",
        ),
        (
            "before-new-key",
            "from before the change, and only the new key",
            log.receipt(1, 3),
            1,
            keys,
            UNJUDGED,
            "verify.signer_before_key",
        ),
        (
            "before-unstated",
            "from before the change, only the new key, no statement",
            log.receipt(1, 3),
            1,
            b"",
            FAILED,
            "verify.signer_other",
        ),
        (
            "keys-malformed",
            "statements that it does not need, malformed",
            log.receipt(1, 3),
            0,
            keys[:-1],
            FAILED,
            "verify.chain",
        ),
    ):
        files = {"receipt.tlog-proof": blob.encode()} | ({"keys": given} if given else {})
        yield (
            f"receipt-change-{name}",
            Vector(
                why=why,
                path="receipt.tlog-proof",
                files=files,
                key=str(log.vkey(key)),
                keys="keys" if given else "",
                exit=code,
                decided_by=decided,
            ),
        )


def restated(log: HonestLog) -> bytes:
    """Sign a statement to a third key at the index of the change."""
    to = HonestLog("third").private(0)
    new = VerifierKey(name=log.origin, public=to.public_key().public_bytes_raw())
    note: Note = sign_key_change(replace(log.changes[0], new=new), log.private(0).sign, to.sign)
    return note.encode()


def earlier() -> Iterator[tuple[str, Vector]]:
    """Checkpoints kept from before a change."""
    log = changed()
    kept = exported(log, "kept from before the change, signed by the first key")
    since = log.checkpoint(2).encode()
    kept = replace(kept, files={**kept.files, "since": since}, since="since")
    yield "since-before-change", kept
    yield (
        "since-before-key",
        replace(
            kept,
            why="kept from before the key given took office",
            key=str(log.vkey(1)),
            exit=UNJUDGED,
            decided_by="verify.since_unsigned",
        ),
    )
    late = {**kept.files, "since": head_by(log, 0, 5).encode()}
    yield (
        "since-by-retired-key",
        replace(
            kept,
            why="kept, and signed by the first key after its term",
            files=late,
            exit=UNJUDGED,
            decided_by="verify.since_unsigned",
        ),
    )
    yield (
        "key-change-unrelated-damage",
        exported(
            log,
            "an opening is rewritten in a log that changed its key",
            damage=put("openings.jsonl", b'"service"', b'"rights"'),
            failed="opening_differs",
        ),
    )


def change_vectors() -> Iterator[tuple[str, Vector]]:
    """Give them all."""
    for vectors in (entries, retired, chains, receipts, earlier):
        yield from vectors()
