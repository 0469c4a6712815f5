"""Vectors of receipts of lines that their own log signed: odd leaves, odd bodies, odd company."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tests.proof.change_vectors import stated
from tests.proof.honest_batch import ALICE, STORY, HonestBatch, story_log
from tests.proof.honest_log import HonestLog
from tests.proof.vectors import FAILED, UNJUDGED, VERIFIED, Vector

from bailee.proof.receipt.line import line_leaf
from bailee.proof.receipt.line_receipt import VALUES_MAX
from bailee.proof.tree.merkle import EMPTY_ROOT

NAME = "line.receipt"
LAST_KIND = 55
HEAD = bytes(32)
"""Salt and times of a leaf."""


def received(
    blob: bytes, why: str, failed: str = "", log: HonestLog | None = None, **asked: object
) -> Vector:
    """Expect an answer about a receipt, with the key of its log."""
    vector = Vector(
        why=why,
        path=NAME,
        files={NAME: blob},
        exit=FAILED if failed else VERIFIED,
        decided_by=failed and f"verify.{failed}",
        key=str((log or HonestLog()).vkey()),
    )
    return replace(vector, **asked)  # type: ignore[arg-type]  # its own fields


def signed_leaf(leaf: bytes) -> bytes:
    """Let a log sign a batch of one line with this leaf, and prove it."""
    log = HonestLog()
    batch = HonestBatch(log, [[(b"x",)]])
    batch.blocks[0].leaves[0] = leaf
    log.openings.pop()
    batch.index = log.add("log:batch", batch.body())
    return batch.receipt(1).encode()


LEAVES = {
    "short": ("shorter than its head", bytes(35)),
    "ordinals-short": ("shorter than its ordinals", HEAD + b"\0\0\0\1" + bytes(3)),
    "ordinals-many": ("four billion ordinals", HEAD + b"\xff\xff\xff\xff" + bytes(8)),
    "ordinal-alone": ("an ordinal without a mark", HEAD + b"\0\0\0\1" + bytes(4)),
    "mark-alone": ("a mark without an ordinal", HEAD + bytes(4) + b"\x1aA"),
    "secret-ordinal": ("an ordinal for a secret", HEAD + b"\0\0\0\1" + bytes(4) + b"\x1aR"),
    "two-kinds": ("one value of two kinds", HEAD + b"\0\0\0\2" + bytes(8) + b"\x1aA\x1aB"),
    "escape-low": ("an escape that was not needed", HEAD + bytes(4) + b"\x1ax41"),
    "escape-capital": ("an escape in capitals", HEAD + bytes(4) + b"\x1axE9"),
    "escape-cut": ("half an escape", HEAD + bytes(4) + b"\x1axe"),
    "mark-cut": ("half a mark", HEAD + bytes(4) + b"\x1a"),
    "kind-zero": ("a kind of number 0", HEAD + b"\0\0\0\1" + bytes(4) + b"\x1a@"),
    "kind-56": (
        "a kind of number 56, which is an escape",
        HEAD + b"\0\0\0\1" + bytes(4) + b"\x1ax",
    ),
    "kind-57": ("a kind of number 57", HEAD + b"\0\0\0\1" + bytes(4) + b"\x1ay"),
}


def leaves() -> Iterator[tuple[str, Vector]]:
    """Leaves that their log signed."""
    for name, (why, leaf) in LEAVES.items():
        yield f"leaf-{name}", received(signed_leaf(leaf), why, "line")
    text = b"\x1a\x1aA\x1a\x1ax41 \x1axff\x1ax80\x1a\x1a"
    leaf = line_leaf(salt=bytes(16), event_ns=-1, receipt_ns=-(1 << 63), ordinals=(), text=text)
    yield (
        "leaf-escapes",
        received(signed_leaf(leaf), "escapes side by side, times before 1970"),
    )
    yield (
        "leaf-not-utf-8",
        received(signed_leaf(HEAD + bytes(4) + b"\xff"), "a byte that ought to be escaped"),
    )
    log = HonestLog()
    later = HonestBatch(log, [[((LAST_KIND, b"?"), b" and ", ALICE)]])
    why = "a kind that came later, opened"
    yield "kind-later", received(later.receipt(1, 0).encode(), why, log=log)
    for name, count, failed in (
        ("values-256", VALUES_MAX, ""),
        ("values-257", VALUES_MAX + 1, "line_values"),
    ):
        log = HonestLog()
        line = [(8, b"198.51.%d.%d" % divmod(number, 256)) for number in range(count)]
        blob = HonestBatch(log, [[line]]).receipt(1, *range(count)).encode()
        yield name, received(blob, f"{count} opened values", failed, log=log)


def bodied(change: Mapping[str, str | None]) -> bytes:
    """Sign a batch whose body says something else; None leaves a field out."""

    class Odd(HonestBatch):
        def body(self) -> dict[str, str]:
            fields = {**super().body(), **change}
            return {name: value for name, value in fields.items() if value is not None}

    return Odd(HonestLog(), STORY).receipt(2).encode()


HUGE = {"b0.lines": str((1 << 63) - 1), "b1.lines": str((1 << 63) - 1)}


def bodies() -> Iterator[tuple[str, Vector]]:
    """Entries of batches: what a verifier demands of them, and what not."""
    cases: dict[str, tuple[str, Mapping[str, str | None], str]] = {
        "epoch": ("a month beyond the last", {"epoch": "999913"}, "batch"),
        "epoch-spelt": ("a month with a dash", {"epoch": "2025-10"}, "decimal"),
        "encoding": ("an encoding in capitals", {"encoding": "UTF-8"}, "batch"),
        "encoding-empty": ("no encoding", {"encoding": ""}, "batch"),
        "encoding-long": ("an encoding of 17 letters", {"encoding": "x" * 17}, "batch"),
        "encoding-later": ("an encoding of later", {"encoding": "utf-32-le"}, ""),
        "absent": ("no encoding", {"encoding": None}, "batch"),
        "no-transform": ("no transform", {"transform": None}, "batch"),
        "more": ("fields of later", {"b0.more": "", "z": "1"}, ""),
        "less": ("no source's offset", {"offset": None, "of": None, "stream": None}, ""),
        "empty-block": ("a block of no line", {"b1.lines": "0", "lines": "5"}, "batch"),
        "no-values": ("values, and the root of none", {"b1.values": "0"}, "batch"),
        "empty-values": ("no values, and a root", {"b1.values-root": EMPTY_ROOT.hex()}, "batch"),
        "huge": ("lines beyond 2^63 together", {"b1.lines": str((1 << 63) - 1)}, "batch"),
        "wrapped": (
            "sums beyond 2^64",
            {f"b{at}.lines": str((1 << 63) - 1) for at in (0, 1)},
            "batch",
        ),
        "many-blocks": ("more blocks than can be", {"blocks": str((1 << 63) - 1)}, "batch"),
        "root-short": ("a root of 31 bytes", {"b1.lines-root": "0" * 62}, "batch"),
        "id-front": ("an id of a client", {"batch": "cl-" + "a" * 26}, "batch"),
    }
    for name, (why, change, failed) in cases.items():
        yield f"body-{name}", received(bodied(change), why, failed)


def company() -> Iterator[tuple[str, Vector]]:
    """An open subject, other statements, other checkpoints."""
    log, batch = story_log()
    opened = batch.receipt(2)
    subject = replace(opened.entry, opening=log.openings[batch.index])
    yield (
        "subject-open",
        received(
            replace(opened, entry=subject).encode(), "the entry's subject is open", "batch_subject"
        ),
    )
    late, there = story_log()
    late.change_key()
    late.fill(2)
    line = there.receipt(2).encode()
    claimed = {NAME: opened.encode(), "keys": stated(log, batch.index)}
    new = str(late.vkey(1))
    yield (
        "claimed",
        received(
            opened.encode(),
            "a statement at the index of the batch",
            "key_change_differs",
            files={NAME: line, "keys": claimed["keys"]},
            keys="keys",
            key=new,
        ),
    )
    yield "new-key", received(line, "by the second key itself", key=new)
    yield "keys-lost", received(line, "no statement leads to the signer", "signer_other")
    other = HonestLog().fill(len(log.openings) - 1)
    other.add("outcome", {"result": "rewritten"})
    for name, why, since, code, decided in (
        ("split", "another root for one size", other.checkpoint(), FAILED, "since_split"),
        ("later", "a later one", HonestLog().fill(9).checkpoint(), UNJUDGED, "since_later"),
        ("unproven", "an earlier one", log.checkpoint(2), UNJUDGED, "since_unproven"),
        (
            "unsigned",
            "one by another key",
            HonestLog("forger").fill(7).checkpoint(),
            UNJUDGED,
            "since_unsigned",
        ),
    ):
        yield (
            f"since-{name}",
            received(
                opened.encode(),
                why,
                files={NAME: opened.encode(), "since": since.encode()},
                since="since",
                exit=code,
                decided_by=f"verify.{decided}",
            ),
        )


def line_form_vectors() -> Iterator[tuple[str, Vector]]:
    """Give them all."""
    for vectors in (leaves, bodies, company):
        yield from vectors()
