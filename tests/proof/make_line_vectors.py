"""Writes spec/vectors/line-receipt: run `python -m tests.proof.make_line_vectors` from the root.

As the vectors of the ledger: a folder each, all from seeds, made again by a test.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tests.proof.honest_batch import (
    ALICE,
    EVENT_NS,
    RECEIPT_NS,
    STORY,
    HonestBatch,
    story_log,
)
from tests.proof.honest_log import HonestLog
from tests.proof.line_form_vectors import line_form_vectors
from tests.proof.vectors import FAILED, LEDGER, UNJUDGED, VERIFIED, Vector, write_vectors

from bailee.proof.receipt.entry import decode_body, encode_body
from bailee.proof.receipt.line import line_leaf, read_leaf
from bailee.proof.receipt.line_receipt import LineReceipt
from bailee.proof.tree.checkpoint import Checkpoint, sign_checkpoint
from bailee.proof.tree.merkle import EMPTY_ROOT
from bailee.proof.tree.note import Note

FOLDER = LEDGER.with_name("line-receipt")
NAME = "line.receipt"

LOG, BATCH = story_log()
LINE, OPENED = 2, (0, 2)
"""The line that most damage starts from: three values, two of them opened."""


def whole() -> LineReceipt:
    """Give the receipt that most damage starts from."""
    return BATCH.receipt(LINE, *OPENED)


def vector(blob: bytes, why: str, failed: str = "", log: HonestLog = LOG) -> Vector:
    """Expect an answer about a receipt, with the right key."""
    return Vector(
        why=why,
        path=NAME,
        files={NAME: blob},
        exit=FAILED if failed else VERIFIED,
        decided_by=failed and f"verify.{failed}",
        key=str(log.vkey()),
    )


def valid() -> Iterator[tuple[str, Vector]]:
    """Receipts that hold."""
    for name, number, opened, why in (
        ("closed", 2, (), "a line that names three values, none of them opened"),
        ("opened", 2, (0, 2), "two values opened, one of them twice there, one closed"),
        ("all-opened", 2, (0, 1, 2), "every value opened"),
        ("raw-bytes", 3, (), "a byte that is no UTF-8, and a marker byte"),
        ("secret", 4, (0,), "a secret, which stays closed for good, beside a value"),
        ("empty-line", 5, (), "a line of no byte"),
        ("second-block", 6, (0,), "the first line of the second block"),
        ("last-line", 8, (2,), "the last line, nothing but a value"),
    ):
        yield name, vector(BATCH.receipt(number, *opened).encode(), why)
    log = HonestLog()
    alone = HonestBatch(log, [[(b"only ", ALICE)]])
    blob = alone.receipt(1, 0).encode()
    yield "only-line", vector(blob, "one line, one value, one entry: no path is needed", log=log)
    late, batch = story_log()
    late.change_key()
    late.fill(2)
    changed = vector(batch.receipt(2).encode(), "signed by the second key", log=late)
    yield "key-change", replace(changed, files=changed.files | {"keys": late.keys()}, keys="keys")
    kept = vector(whole().encode(), "the same head was kept")
    since = {"since": LOG.checkpoint(days=1).encode()}
    yield "since", replace(kept, files=kept.files | since, since="since")


def unjudged() -> Iterator[tuple[str, Vector]]:
    """Receipts that are consistent, and no more."""
    fine = vector(whole().encode(), "no key to check the signer by")
    yield (
        "no-key",
        replace(fine, key="", exit=UNJUDGED, decided_by="verify.signer_unchecked"),
    )
    blob = whole().encode().replace(b"bailee/v1/", b"bailee/v2/")
    yield (
        "other-header",
        replace(
            vector(blob, "the header of something else"),
            exit=UNJUDGED,
            decided_by="verify.nothing_to_judge",
        ),
    )


def _leaf(change: Callable[[dict[str, object]], object]) -> LineReceipt:
    """Give the receipt with another leaf."""
    line = read_leaf(whole().leaf)
    said: dict[str, object] = {
        "salt": whole().leaf[:16],
        "event_ns": line.event_ns,
        "receipt_ns": line.receipt_ns,
        "ordinals": line.ordinals,
        "text": line.text,
    }
    change(said)
    return replace(whole(), leaf=line_leaf(**said))  # type: ignore[arg-type]  # its own fields


def lines() -> Iterator[tuple[str, str, LineReceipt, str]]:
    """Another line, or another place."""
    receipt, text = whole(), read_leaf(whole().leaf).text
    other = BATCH.receipt(1)
    changes: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("text", "a word is rewritten", {"text": text.replace(b"mail", b"MAIL")}),
        ("kind", "an address becomes a phone", {"text": text.replace(b"\x1aA", b"\x1aB")}),
        ("ordinals", "two values change places", {"ordinals": (2, 1, 1, 0)}),
        ("event-time", "it happened a second later", {"event_ns": EVENT_NS + 10**9}),
        ("receipt-time", "it was received a second earlier", {"receipt_ns": RECEIPT_NS - 10**9}),
        ("salt", "another salt", {"salt": bytes(16)}),
    )
    for name, why, change in changes:
        yield f"line-{name}", why, _leaf(lambda said, to=change: said.update(to)), "line_differs"  # type: ignore[misc]  # bound for each change
    yield "line-neighbour", "the next line's number", replace(receipt, number=3), "line_differs"
    moved = replace(other, leaf=receipt.leaf)
    yield "line-neighbour-path", "the neighbour's path", replace(moved, number=2), "line_differs"
    yield "line-block", "a number of the next block", replace(receipt, number=7), "line_differs"
    yield (
        "line-beyond",
        "a number that the batch has not",
        replace(receipt, number=9),
        "line_number",
    )
    yield "line-path-cut", "no last hash", replace(receipt, path=receipt.path[:-1]), "line_differs"
    turned = (receipt.path[1], receipt.path[0], receipt.path[2])
    yield "line-path-turned", "two hashes turned", replace(receipt, path=turned), "line_differs"
    longer = (*receipt.path, EMPTY_ROOT)
    yield "line-path-longer", "a hash more", replace(receipt, path=longer), "line_differs"
    node = replace(receipt, leaf=b"\1" + receipt.leaf[1:])
    yield "line-node", "an inner node for a leaf", node, "line_differs"


def values() -> Iterator[tuple[str, str, LineReceipt, str]]:
    """Other values, or values from elsewhere."""
    receipt = whole()
    first, second = receipt.values

    def but(**change: object) -> LineReceipt:
        return replace(receipt, values=(replace(first, **change), second))  # type: ignore[arg-type]  # its own fields

    for name, why, forged in (
        ("raw", "another name", but(raw=b"alicf")),
        ("raw-longer", "a name that begins so", but(raw=b"alice2")),
        ("r", "another nonce", but(r=bytes(32))),
        ("salt", "another salt", but(salt=bytes(16))),
        ("path-cut", "no last hash", but(path=first.path[:-1])),
        ("path-other", "the path of the other value", but(path=second.path)),
        ("number", "one value as another of the line", but(ordinal=1)),
        ("swapped", "each value as the other", _swapped(receipt)),
        ("client", "the value of another client", replace(receipt, client=bytes(16))),
        ("block", "the same value as another block has it", _of_other_block(receipt)),
    ):
        yield f"value-{name}", why, forged, "value_differs"
    orphan = BATCH.receipt(4, 2)
    yield (
        "value-elsewhere",
        "a value of the block that the line names not",
        orphan,
        "value_elsewhere",
    )
    third = replace(receipt, values=(first, replace(second, ordinal=3)))
    yield "value-beyond", "a value that the block has not", third, "value_elsewhere"


def _swapped(receipt: LineReceipt) -> LineReceipt:
    first, second = receipt.values
    return replace(
        receipt,
        values=(replace(second, ordinal=first.ordinal), replace(first, ordinal=second.ordinal)),
    )


def _of_other_block(receipt: LineReceipt) -> LineReceipt:
    return replace(receipt, values=(BATCH.opened(1, 0), receipt.values[1]))


def entries() -> Iterator[tuple[str, str, LineReceipt, str]]:
    """Another entry, another head."""
    receipt = whole()
    for name, why, key, value in (
        ("root", "another root of lines", "b0.lines-root", "0" * 64),
        ("values-root", "another root of values", "b0.values-root", "0" * 64),
        ("batch", "another batch", "batch", "bt-" + "a" * 26),
        ("epoch", "another month", "epoch", "202511"),
    ):
        body = {**decode_body(receipt.entry.opening.body), key: value}
        opening = replace(receipt.entry.opening, body=encode_body(body))
        forged = replace(receipt, entry=replace(receipt.entry, opening=opening))
        yield f"entry-{name}", why, forged, "path_differs"
    early = replace(receipt.entry.opening, time_ms=receipt.entry.opening.time_ms - 1)
    entry = replace(receipt.entry, opening=early)
    yield "entry-time", "recorded earlier", replace(receipt, entry=entry), "path_differs"
    entry = replace(receipt.entry, index=receipt.entry.index - 1)
    yield "entry-index", "the entry before", replace(receipt, entry=entry), "path_differs"
    act = replace(receipt, entry=LOG.receipt(1))
    yield "entry-kind", "an entry of another kind, itself true", act, "batch_kind"
    for name, receipt, failed in heads():
        yield f"head-{name}", "another head", receipt, failed
    for name, key, value, failed in (
        ("transform", "transform", "placeholders-2", "batch_transform"),
        ("lines", "lines", "9", "batch"),
        ("blocks", "blocks", "3", "batch"),
        ("no-blocks", "blocks", "0", "batch"),
        ("number", "b0.lines", "05", "decimal"),
        ("id", "batch", "bt-" + "b" * 26, "batch"),
        ("upper", "b0.lines-root", "A" * 64, "batch"),
    ):
        batch = _odd(key, value)
        yield f"body-{name}", "a body that no log of ours writes", batch.receipt(2), failed


def _odd(key: str, value: str) -> HonestBatch:
    """Sign a batch whose body says something odd: true to its log, and no batch of ours."""

    class Odd(HonestBatch):
        def body(self) -> dict[str, str]:
            return {**super().body(), key: value}

    return Odd(HonestLog(), STORY)


def heads() -> Iterator[tuple[str, LineReceipt, str]]:
    """Another checkpoint, or another signature."""
    receipt = whole()
    head = receipt.entry.checkpoint.head
    note = receipt.entry.checkpoint.note

    def with_note(note: Note) -> LineReceipt:
        signed = replace(receipt.entry.checkpoint, note=note)
        return replace(receipt, entry=replace(receipt.entry, checkpoint=signed))

    plain, timed = note.signatures
    tampered = replace(plain, blob=plain.blob[:-1] + bytes([plain.blob[-1] ^ 1]))
    yield "signature", with_note(replace(note, signatures=(tampered, timed))), "signature_bad"
    yield "untimed", with_note(replace(note, signatures=(plain,))), "signer_lines"
    smaller = Checkpoint(origin=head.origin, size=head.size - 1, root=head.root)
    yield "size", with_note(replace(note, text=smaller.text)), "signature_bad"
    forger = HonestLog("forger")
    private = forger.private(0)
    public = private.public_key().public_bytes_raw()
    forged = sign_checkpoint(head, public, private.sign, 1_772_600_000)
    yield "forger", with_note(forged.note), "signer_other"
    yield "forged-log", story_log("forger")[1].receipt(LINE, *OPENED), "signer_other"


def spelt() -> Iterator[tuple[str, str, bytes, str]]:
    """The same spelt otherwise, cut, or longer."""
    blob = whole().encode()
    rows = blob.split(b"\n")
    value = next(at for at, row in enumerate(rows) if row.startswith(b"value 0"))
    other = next(at for at, row in enumerate(rows) if row.startswith(b"value 2"))
    blank = rows.index(b"")

    def joined(*parts: list[bytes]) -> bytes:
        return b"\n".join(row for part in parts for row in part)

    first, second = rows[value:other], rows[other:blank]
    spaced = rows[value].replace(b" ", b"  ", 1)
    for name, why, damaged, failed in (
        ("cut", "the last byte is gone", blob[:-1], "note"),
        ("cut-entry", "all after the line is gone", joined(rows[:blank], [b"", b""]), "receipt"),
        (
            "no-blank",
            "nothing parts the two",
            joined(rows[:blank], rows[blank + 1 :]),
            "line_receipt",
        ),
        ("longer", "a line more at the end", blob + b"x\n", "note"),
        ("twice", "the same receipt twice", blob + blob, "checkpoint"),
        ("line-twice", "the line is there twice", joined(rows[:3], rows[2:]), "line_receipt"),
        ("value-twice", "a value twice", joined(rows[:other], first, rows[other:]), "line_receipt"),
        (
            "values-turned",
            "values not in order",
            joined(rows[:value], second, first, rows[blank:]),
            "line_receipt",
        ),
        ("no-client", "values of nobody", joined(rows[: value - 1], rows[value:]), "line_receipt"),
        (
            "client-alone",
            "a client without values",
            joined(rows[:value], rows[blank:]),
            "line_receipt",
        ),
        ("returns", "CR before each newline", blob.replace(b"\n", b"\r\n"), "line_receipt"),
        (
            "number-zero",
            "lines are counted from 1",
            blob.replace(b"number 2", b"number 0"),
            "line_receipt",
        ),
        ("number-spelt", "a leading zero", blob.replace(b"number 2", b"number 02"), "decimal"),
        (
            "spaced",
            "a space more",
            joined(rows[:value], [spaced], rows[value + 1 :]),
            "line_receipt",
        ),
        (
            "padding",
            "base64 in another spelling",
            blob.replace(b"SA==\n", b"SB==\n"),
            "line_receipt",
        ),
        (
            "capital",
            "an id in capitals",
            blob.replace(b"client cl-", b"client CL-"),
            "line_receipt",
        ),
    ):
        yield f"form-{name}", why, damaged, failed


def all_vectors() -> dict[str, Vector]:
    """Give every vector by its name."""
    found = dict([*valid(), *unjudged()])
    for name, why, receipt, failed in (*lines(), *values(), *entries()):
        found[name] = vector(receipt.encode(), why, failed)
    for name, why, blob, failed in spelt():
        found[name] = vector(blob, why, failed)
    more = dict(line_form_vectors())
    assert not more.keys() & found.keys(), "two vectors have one name"
    return found | more


def write(folder: Path) -> None:
    """Write all vectors."""
    write_vectors(folder, all_vectors())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
