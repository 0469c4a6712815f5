"""A batch that does everything right, all from a seed, by the layouts of the verifier alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from tests.proof.honest_log import HonestLog

from bailee.proof.receipt.batch import id_text
from bailee.proof.receipt.line import KINDS, SECRET_KIND, bind_leaf, line_leaf, value_commitment
from bailee.proof.receipt.line_receipt import LineReceipt, OpenedValue
from bailee.proof.receipt.receipt import Receipt
from bailee.proof.tree.merkle import inclusion_proof, leaf_hash, nodes_of, root_of
from bailee.seal.salts import line_salts, value_salts

EPOCH = 202510
RECEIPT_NS = 1_760_104_540_000_000_000
EVENT_NS = 1_760_104_536_000_000_000
SECRET = (SECRET_KIND, b"")

Value = tuple[int, bytes]
Line = Sequence[bytes | Value]
"""Received text in stored form, and values: kind and raw."""

USERNAME, IPV4, EMAIL = 4, 8, 1
ALICE, HOST, BOB, ELSEWHERE = (
    (USERNAME, b"alice"),
    (IPV4, b"198.51.100.7"),
    (EMAIL, b"bob@example.org"),
    (IPV4, b"203.0.113.9"),
)
STORY: list[list[Line]] = [
    [
        (b"login of ", ALICE, b" from ", HOST),
        (b"mail for ", BOB, b" taken from ", HOST, b" for ", ALICE, b", again ", HOST),
        (b"caf\x1axe9 \x1a\x1a without a name",),
        (b"password=", SECRET, b" for ", ALICE),
        (),
    ],
    [
        (b"login of ", ALICE, b" from ", ELSEWHERE),
        (b"nobody here",),
        (BOB,),
    ],
]
"""Five lines and three."""


@dataclass
class Block:
    """One block: leaves, values by ordinal, and what opens them."""

    leaves: list[bytes] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    binds: list[bytes] = field(default_factory=list)


class HonestBatch:
    """A batch of a log, in blocks; appends its entry to the log."""

    def __init__(self, log: HonestLog, story: list[list[Line]], name: str = "batch") -> None:
        self.log = log
        self.id = log.draw(name)[:16]
        self.client = log.draw("client")[:16]
        self.blocks = [self._block(number, lines) for number, lines in enumerate(story)]
        self.index = log.add("log:batch", self.body(), {"source": "/var/log/auth.log"})

    def key(self, block: int) -> bytes:
        """Give the key of a block."""
        return self.log.draw("block", self.id, block)

    def r(self, value: Value) -> bytes:
        """Give the nonce of a value, one for the whole month."""
        return self.log.draw("r", value)

    def _block(self, number: int, lines: list[Line]) -> Block:
        made = Block()
        salts = line_salts(self.key(number), self.id, len(lines))
        for at, line in enumerate(lines):
            text, ordinals = self._stored(line, made.values)
            made.leaves.append(
                line_leaf(
                    salt=salts[16 * at : 16 * at + 16],
                    event_ns=EVENT_NS + at,
                    receipt_ns=RECEIPT_NS,
                    ordinals=ordinals,
                    text=text,
                )
            )
        salts = value_salts(self.key(number), self.id, len(made.values))
        for ordinal, (kind, raw) in enumerate(made.values):
            commitment = value_commitment(
                r=self.r((kind, raw)), client=self.client, epoch=EPOCH, kind=kind, raw=raw
            )
            made.binds.append(
                bind_leaf(
                    batch=self.id,
                    block=number,
                    ordinal=ordinal,
                    kind=kind,
                    commitment=commitment,
                    salt=salts[16 * ordinal : 16 * ordinal + 16],
                )
            )
        return made

    def _stored(self, line: Line, values: list[Value]) -> tuple[bytes, list[int]]:
        text, ordinals = b"", []
        for piece in line:
            if isinstance(piece, bytes):
                text += piece
                continue
            text += bytes((0x1A, 0x40 + piece[0]))
            if piece[0] != SECRET_KIND:
                if piece not in values:
                    values.append(piece)
                ordinals.append(values.index(piece))
        return text, ordinals

    def body(self) -> dict[str, str]:
        """Say what the entry says."""
        said = {
            "of": "en-" + "a" * 26,
            "batch": id_text("bt-", self.id),
            "stream": "st-" + "a" * 26,
            "epoch": str(EPOCH),
            "transform": "placeholders-1",
            "encoding": "utf-8",
            "offset": "0",
            "bytes": "1000",
            "lines": str(sum(len(block.leaves) for block in self.blocks)),
            "blocks": str(len(self.blocks)),
            "text.sha256": sha256(b"text").hexdigest(),
        }
        for number, block in enumerate(self.blocks):
            said[f"b{number}.lines"] = str(len(block.leaves))
            said[f"b{number}.lines-root"] = root_of(list(map(leaf_hash, block.leaves))).hex()
            said[f"b{number}.values"] = str(len(block.values))
            said[f"b{number}.values-root"] = root_of(list(map(leaf_hash, block.binds))).hex()
        return said

    def entry(self, size: int | None = None) -> Receipt:
        """Give the receipt of the entry, its subject closed."""
        receipt = self.log.receipt(self.index, size)
        closed = replace(receipt.opening, subject=None, subject_nonce=None)
        return replace(receipt, opening=closed)

    def receipt(self, number: int, *opened: int) -> LineReceipt:
        """Prove a line, with these of its values opened, by ordinal."""
        at, index = 0, number - 1
        while index >= len(self.blocks[at].leaves):
            index -= len(self.blocks[at].leaves)
            at += 1
        block = self.blocks[at]
        return LineReceipt(
            number=number,
            leaf=block.leaves[index],
            path=_path(block.leaves, index),
            client=self.client if opened else b"",
            values=tuple(self.opened(at, ordinal) for ordinal in sorted(opened)),
            entry=self.entry(),
        )

    def opened(self, at: int, ordinal: int) -> OpenedValue:
        """Open a value of a block."""
        block = self.blocks[at]
        salts = value_salts(self.key(at), self.id, len(block.values))
        value = block.values[ordinal]
        return OpenedValue(
            ordinal=ordinal,
            salt=salts[16 * ordinal : 16 * ordinal + 16],
            r=self.r(value),
            raw=value[1],
            path=_path(block.binds, ordinal),
        )


def _path(leaves: list[bytes], index: int) -> tuple[bytes, ...]:
    return inclusion_proof(index, len(leaves), nodes_of(list(map(leaf_hash, leaves))))


def story_log(seed: str = "honest") -> tuple[HonestLog, HonestBatch]:
    """Make a log of some entries, of which one is the story's batch."""
    log = HonestLog(seed).fill(3)
    batch = HonestBatch(log, STORY)
    log.fill(3)
    return log, batch


assert KINDS[USERNAME] == "username"
