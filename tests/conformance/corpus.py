"""What is mutated: exports and receipts of a real home, of honest logs, and of logs that sign odd
things, each as a question with its files."""

import hmac
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tests.conformance import grammar
from tests.conformance.make_real import REAL
from tests.proof.honest_batch import ALICE, BOB, HOST, SECRET, STORY, HonestBatch, Line
from tests.proof.honest_log import FIRST_MS, HonestLog

from bailee.encoding import enc
from bailee.proof.export import write_line
from bailee.proof.receipt.entry import EntryOpening, encode_body, encode_subject
from bailee.proof.receipt.receipt import Receipt
from bailee.proof.tree.chain import KIND, KeyChange, sign_key_change
from bailee.proof.tree.checkpoint import Checkpoint, SignedCheckpoint, sign_checkpoint
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.merkle import inclusion_proof, leaf_hash, nodes_of, root_of
from bailee.proof.tree.note import Note, NoteSignature
from bailee.proof.tree.tiles import ENTRIES, bundle, tiles_of

Chance = random.Random
Files = dict[str, bytes]
EXPORT, RECEIPT = "export", "receipt"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question, the files that it is about, and what was done to them."""

    files: Files
    path: str
    key: str | None
    keys: str | None = None
    since: str | None = None
    trail: tuple[str, ...] = ()

    def but(self, what: str, **change: object) -> "Case":
        """Give the case with a change, and its name at the end of the trail."""
        return replace(self, trail=(*self.trail, what), **change)  # type: ignore[arg-type]  # its own fields


# --- honest logs -----------------------------------------------------------------------------


@cache
def honest() -> Mapping[str, HonestLog]:
    """Give logs that do everything right; one is taller than a tile, two changed their key."""
    small, changed, twice = HonestLog().fill(5), HonestLog().fill(3), HonestLog().fill(2)
    changed.change_key()
    changed.fill(3)
    for _ in range(2):
        twice.change_key()
        twice.fill(2)
    return {"small": small, "changed": changed, "twice": twice, "tall": HonestLog().fill(258)}


@cache
def batches() -> tuple[tuple[HonestLog, HonestBatch], ...]:
    """Give logs with a batch; one changed its key after it."""
    made = []
    one: list[list[Line]] = [[(b"only ", ALICE)]]
    three: list[list[Line]] = [[(HOST, SECRET, BOB, HOST)]] * 3
    for story in (STORY, one, three):
        log = HonestLog().fill(3)
        batch = HonestBatch(log, story)
        log.fill(2)
        if len(story) > 2:
            log.change_key()
            log.fill(1)
        made.append((log, batch))
    return tuple(made)


def honest_export(chance: Chance) -> Case:
    """Export an honest log at some size."""
    name = chance.choices(("small", "changed", "twice", "tall"), (5, 5, 4, 1))[0]
    log = honest()[name]
    size = len(log.openings) if chance.random() < 0.8 else chance.randint(0, len(log.openings))
    closed = {index for index in range(size) if chance.random() < 0.15}
    files = {f"{EXPORT}/{path}": blob for path, blob in log.export(size, closed=closed).items()}
    if not any(change.index < size for change in log.changes):
        files.pop(f"{EXPORT}/keys", None)
    case = Case(files=files, path=EXPORT, key=str(log.vkey()), trail=(f"{name} {size}",))
    return with_since(chance, case, log)


def honest_receipt(chance: Chance) -> Case:
    """Prove an entry of an honest log."""
    name = chance.choice(("small", "changed", "twice", "tall"))
    log = honest()[name]
    size = chance.randint(1, len(log.openings))
    index = chance.randrange(size)
    files = {RECEIPT: log.receipt(index, size).encode()}
    case = Case(files=files, path=RECEIPT, key=str(log.vkey()), trail=(f"{name} {index}",))
    return with_since(chance, with_keys(chance, case, log.keys()), log)


def honest_line(chance: Chance) -> Case:
    """Prove a line of an honest batch."""
    log, batch = chance.choice(batches())
    count = sum(len(block.leaves) for block in batch.blocks)
    number = chance.randint(1, count)
    at, index = 0, number - 1
    while index >= len(batch.blocks[at].leaves):
        index -= len(batch.blocks[at].leaves)
        at += 1
    known = range(len(batch.blocks[at].values))
    opened = [ordinal for ordinal in known if chance.random() < 0.5]
    files = {RECEIPT: batch.receipt(number, *opened).encode()}
    case = Case(files=files, path=RECEIPT, key=str(log.vkey()), trail=(f"line {number}",))
    return with_since(chance, with_keys(chance, case, log.keys()), log)


def with_keys(chance: Chance, case: Case, keys: bytes) -> Case:
    """Give the changes of key beside a receipt, mostly where there are any."""
    if keys if chance.random() < 0.85 else chance.random() < 0.1:
        return replace(case, files=case.files | {"keys": keys}, keys="keys")
    return case


def with_since(chance: Chance, case: Case, log: HonestLog) -> Case:
    """Give a checkpoint that was kept, now and then: this log's, another's, a forgery."""
    if chance.random() < 0.6:
        return case
    size = chance.randint(0, len(log.openings))
    kept = log.checkpoint(size, days=chance.randrange(3))
    if chance.random() < 0.2:
        other = chance.choice((HonestLog("forger"), HonestLog(origin="other.example/l")))
        kept = other.fill(size).checkpoint()
    elif chance.random() < 0.2:
        split = Checkpoint(origin=log.origin, size=max(1, size), root=chance.randbytes(32))
        kept = signed_head(log, split, chance.randrange(2))
    files = case.files | {"since": kept.encode()}
    return replace(case, files=files, since="since")


def signed_head(log: HonestLog, head: Checkpoint, term: int, time_s: int = 1) -> SignedCheckpoint:
    """Sign a head with the key of a term, in office or not."""
    private = log.private(term)
    return sign_checkpoint(head, private.public_key().public_bytes_raw(), private.sign, time_s)


# --- a real home -----------------------------------------------------------------------------


@cache
def real() -> Mapping[str, bytes]:
    """Read what a home handed out."""
    paths = (path for path in REAL.rglob("*") if path.is_file())
    return {str(path.relative_to(REAL)): path.read_bytes() for path in paths}


def real_case(chance: Chance) -> Case:
    """Ask about a real export or receipt."""
    files = real()
    key = files[chance.choice(("key", "key", "new-key"))].decode()
    receipts = [name for name in files if name.endswith(".receipt")]
    since = {"since": files["since"]} if chance.random() < 0.3 else {}
    asked = "since" if since else None
    if chance.random() < 0.4:
        export = {path: blob for path, blob in files.items() if path.startswith(EXPORT)}
        return Case(files=export | since, path=EXPORT, key=key, since=asked, trail=("real",))
    name = chance.choice(receipts)
    found = {RECEIPT: files[name]} | since
    case = Case(files=found, path=RECEIPT, key=key, since=asked, trail=(f"real {name}",))
    return with_keys(chance, case, files["keys"])


# --- logs that sign odd things ---------------------------------------------------------------

KINDS = ("object:get", "outcome", "log:open", KIND, "log:batch", "later:kind", "a", "x" * 32)
ODD_KINDS = ("", "-a", "a:", ":a", "a:b:c", "A", "a1", "x" * 33, "é", "object get")
TEXTS = ("", "1", "service", "é", "\u2028", '\0\x1f\n"\\', "\U0001f511", "\uffff", "\ud7ff", " ")
TIMES = (0, 1, FIRST_MS, (1 << 63) - 1)


class OddLog:
    """A log that signs whatever chance gives it; most of it is right."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.log = HonestLog()
        self.openings: list[EntryOpening] = []
        self.statements: list[bytes] = []
        self.terms: list[int] = []
        for _ in range(chance.randint(1, 6)):
            self._entry()

    def rarely(self, odds: float = 0.06) -> bool:
        return self.chance.random() < odds

    def _map(self) -> dict[str, str]:
        chance = self.chance
        return {chance.choice(TEXTS): chance.choice(TEXTS) for _ in range(chance.randrange(4))}

    def _entry(self) -> None:
        chance = self.chance
        kind = chance.choice(ODD_KINDS) if self.rarely(0.03) else chance.choice(KINDS)
        body = self._map()
        if kind == KIND:
            body = self._change()
        entry = chance.randbytes(16)
        nonce = chance.randbytes(31 if self.rarely(0.02) else 32)
        opening = EntryOpening(
            entry=entry,
            kind=kind,
            time_ms=1 << 63 if self.rarely(0.02) else chance.choice(TIMES),
            body=encode_body(body),
            nonce=nonce,
        )
        if chance.random() < 0.4:
            subject, secret = encode_subject(self._map()), chance.randbytes(32)
            said = enc("subject", self.log.origin, entry, subject)
            commitment = hmac.digest(secret, said, "sha256")
            if self.rarely():
                commitment = chance.randbytes(32)
            opening = replace(
                opening, subject=subject, subject_nonce=secret, subject_commitment=commitment
            )
        self.openings.append(opening)

    def _change(self) -> dict[str, str]:
        """State a change of key here, mostly truly, and give what its entry says."""
        chance, log, index = self.chance, self.log, len(self.openings)
        term = len(self.terms)
        if self.rarely(0.15):
            return {"statement": chance.choice(("", "0" * 64))} if self.rarely(0.7) else {}
        stated = max(0, index + chance.choice((-1, 1, 100))) if self.rarely() else index
        change = KeyChange(
            origin=log.origin, index=stated, old=log.vkey(term), new=log.vkey(term + 1)
        )
        signers = [log.private(term), log.private(term + 1)]
        if self.rarely():
            chance.shuffle(signers)
        note = sign_key_change(change, signers[0].sign, signers[1].sign)
        if self.rarely():
            note = replace(note, signatures=note.signatures[::-1])
        if not self.rarely():
            self.statements.append(note.encode())
        self.terms.append(index)
        digest = change.digest.upper() if self.rarely(0.04) else change.digest
        return {"statement": digest} | self._map()

    def leaf(self, opening: EntryOpening) -> bytes:
        """Compute a leaf as a log would that checks nothing."""
        said = enc(
            "entry",
            *(self.log.origin, opening.entry, opening.kind, 1, opening.time_ms),
            *(opening.body, opening.subject_commitment),
        )
        return hmac.digest(opening.nonce, said, "sha256")

    @property
    def leaves(self) -> list[bytes]:
        return [self.leaf(opening) for opening in self.openings]

    def head(self, size: int) -> SignedCheckpoint:
        """Sign a size, mostly with the key in office, and mostly in the right form."""
        term = sum(index < size for index in self.terms)
        if self.rarely():
            term = self.chance.randrange(3)
        root = root_of([leaf_hash(leaf) for leaf in self.leaves[:size]])
        head = Checkpoint(origin=self.log.origin, size=size, root=root)
        time_s = self.chance.choice((0, 1, (1 << 63) - 1, 1 << 63 if self.rarely(0.2) else 2))
        signed = signed_head(self.log, head, term, time_s)
        return replace(signed, note=self._signatures(signed.note))

    def _signatures(self, note: Note) -> Note:
        witness = NoteSignature(name="witness.example", key_id=b"\0\1\2\3", blob=b"w" * 72)
        lines = list(note.signatures)
        if self.rarely(0.15):
            lines += [witness] * self.chance.choice((1, 2, 14, 15))
        if self.rarely(0.04):
            self.chance.shuffle(lines)
        if self.rarely(0.04):
            lines.append(self.chance.choice(lines))
        if self.rarely(0.03):
            lines.pop(self.chance.randrange(len(lines)))
        return replace(note, signatures=tuple(lines or [witness]))

    def keys(self) -> bytes:
        """Write the file `keys`, mostly in order."""
        statements = list(self.statements)
        if self.rarely(0.05):
            self.chance.shuffle(statements)
        return b"".join(statements)


def odd_export(chance: Chance) -> Case:
    """Export such a log."""
    odd = OddLog(chance)
    size, leaves = len(odd.openings), odd.leaves
    tree = Tree()
    tree.append(leaves)
    grown = tree.take()
    files = {"checkpoint": odd.head(size).encode()}
    for tile in tiles_of(size):
        content = bundle(leaves[: tile.width]) if tile.level == ENTRIES else grown[tile]
        files[tile.path] = content
    rows = [write_line(index, opening) for index, opening in enumerate(odd.openings)]
    files["openings.jsonl"] = b"".join(row for row in rows if chance.random() < 0.85)
    if odd.statements or chance.random() < 0.1:
        files["keys"] = odd.keys()
    files = {f"{EXPORT}/{path}": blob for path, blob in files.items()}
    key = str(odd.log.vkey(chance.choices((0, 1, 2), (8, 2, 1))[0]))
    case = Case(files=files, path=EXPORT, key=key, trail=("odd export",))
    if chance.random() < 0.3:
        since = odd.head(chance.randint(0, size)).encode()
        case = replace(case, files=case.files | {"since": since}, since="since")
    return case


def odd_receipt(chance: Chance) -> Case:
    """Prove an entry of such a log."""
    odd = OddLog(chance)
    size = chance.randint(1, len(odd.openings))
    index = chance.randrange(size)
    nodes = nodes_of([leaf_hash(leaf) for leaf in odd.leaves])
    path = inclusion_proof(index, size, nodes)
    receipt = Receipt(
        opening=odd.openings[index], index=index, path=path, checkpoint=odd.head(size)
    )
    key = str(odd.log.vkey(chance.choices((0, 1, 2), (8, 2, 1))[0]))
    case = Case(files={RECEIPT: receipt.encode()}, path=RECEIPT, key=key, trail=("odd receipt",))
    return with_keys(chance, case, odd.keys())


FIELDS: Mapping[str, tuple[str, ...]] = {
    "transform": ("placeholders-2", ""),
    "encoding": ("utf-16-le", "UTF-8", "", "x" * 16, "x" * 17),
    "epoch": ("0", "999912", "999913", "2025-10", "-0"),
    "blocks": ("0", "1", "3", "02", str((1 << 63) - 1)),
    "lines": ("0", "1", str((1 << 63) - 1), str(1 << 63)),
    "b0.lines": ("0", "1", "05", str((1 << 63) - 1)),
    "b0.values": ("0", "1", "01"),
    "b0.lines-root": ("0" * 64, "A" * 64, "0" * 62),
    "b0.values-root": ("0" * 64, ""),
    "batch": ("bt-" + "a" * 25 + "b", "cl-" + "a" * 26, "bt-" + "A" * 26),
    "more": ("", "of later"),
}


def odd_line(chance: Chance) -> Case:
    """Prove a line of a batch whose body or leaf is odd, and signed."""
    log = HonestLog().fill(chance.randrange(4))
    change: dict[str, str] = {}
    if chance.random() < 0.5:
        name = chance.choice(list(FIELDS))
        change = {name: chance.choice(FIELDS[name])}

    class Odd(HonestBatch):
        def body(self) -> dict[str, str]:
            return {**super().body(), **change}

    batch = Odd(log, [list(STORY[0]), list(STORY[1])])
    number = chance.randint(1, 8)
    if chance.random() < 0.6:
        at, index = (0, number - 1) if number < 6 else (1, number - 6)
        batch.blocks[at].leaves[index] = grammar.odd_leaf(chance)
        log.openings.pop()
        batch.index = log.add("log:batch", batch.body(), {"source": "s"})
    log.fill(chance.randrange(3))
    values = range(len(batch.blocks[number > 5].values))
    opened = [ordinal for ordinal in values if chance.random() < 0.3]
    receipt = batch.receipt(number, *opened)
    if chance.random() < 0.05:
        shown = replace(receipt.entry, opening=log.openings[batch.index])
        receipt = replace(receipt, entry=shown)
    files = {RECEIPT: receipt.encode()}
    return Case(files=files, path=RECEIPT, key=str(log.vkey()), trail=("odd line",))


BASES: tuple[tuple[Callable[[Chance], Case], int], ...] = (
    *((honest_export, 4), (honest_receipt, 3), (honest_line, 4), (real_case, 4)),
    *((odd_export, 5), (odd_receipt, 4), (odd_line, 5)),
)


def base_case(chance: Chance) -> Case:
    """Choose what to start from."""
    makers, weights = zip(*BASES, strict=True)
    maker: Callable[[Chance], Case] = chance.choices(makers, weights)[0]
    return maker(chance)


def folder_of(case: Case, place: Path) -> Path:
    """Write the files of a case where it can be asked."""
    for path, blob in case.files.items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(blob)
    return place
