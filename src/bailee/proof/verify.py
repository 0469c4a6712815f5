"""Verification of exports and of receipts of entries, against a key handed over before.

Pure: bytes and callables in, a verdict out; `run.py` opens the files.  It never believes a word
before the step that checks it, and it stops at the first step that fails.  The steps are those of
spec/verification.md, which has every condition and its exit code.

An **export** is verified in seven steps:

 1. The checkpoint has its form: origin, size, root.
 2. The changes of key form one chain, each signed by the old key and by the new one.
 3. The key given, or the one to which the chain leads from it at this size, signed the checkpoint.
 4. The entries hash to every tile that is there, and these to the root of the checkpoint.
 5. Each opening gives what the leaf at its index commits to, and each subject what that commits to.
 6. Each change of key is bound by its entry where that is open, and no such entry lacks its
    statement.
 7. The earlier checkpoint, if one is given, is signed by the same log and is the beginning of this.

A **receipt of an entry** is verified in seven steps:

 1. The receipt has its form.
 2. The changes of key form one chain, each signed by the old key and by the new one.
 3. The key given, or the one to which the chain leads from it at this size, signed the checkpoint.
 4. The opening gives an entry, and its subject what the entry commits to.
 5. The path leads from that entry to the root of the checkpoint.
 6. An entry that is a change of key binds its statement, and no other entry has one.
 7. The earlier checkpoint, if one is given, has the same size and the same root.

*Verified* needs every step.  Without a key step 3 is left open, so the verdict is never more than
*consistent*: who holds a whole export can replace all of it and sign it with another key.

What it cannot show: that all that happened was recorded, that what was recorded is true, or a time
that is not the log's own claim.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bailee.proof.export import Export, read_line
from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import EntryOpening
from bailee.proof.receipt.included import (
    bound_step,
    entry_steps,
    head_facts,
    signer_step,
    since_step,
)
from bailee.proof.receipt.receipt import read_receipt
from bailee.proof.tree.chain import KIND, read_key_changes
from bailee.proof.tree.checkpoint import Checkpoint, SignedCheckpoint, read_checkpoint
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.merkle import EMPTY_ROOT, HASH_BYTES
from bailee.proof.tree.note import VerifierKey
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, tile_at, width_at
from bailee.proof.verdict import Verdict, VerificationStep, audit, held


def verify_export(
    export: Export, *, key: VerifierKey | None, since: SignedCheckpoint | None = None
) -> Verdict:
    """Verify an export.  Raises OSError only where the export can be neither read nor missed."""
    return audit(_export_steps(export, key, since))


def verify_receipt(
    blob: bytes,
    *,
    key: VerifierKey | None,
    keys: bytes = b"",
    since: SignedCheckpoint | None = None,
) -> Verdict:
    """Verify a receipt of an entry, with the file of key changes where the log has any."""
    return audit(_receipt_steps(blob, key, keys, since))


def _export_steps(
    export: Export, key: VerifierKey | None, since: SignedCheckpoint | None
) -> Iterator[VerificationStep]:
    # 1. The checkpoint has its form.
    signed = read_checkpoint(export.checkpoint)
    head = signed.head
    yield held("step_checkpoint", **head_facts(head))
    # 2. The changes of key form one chain.
    changes = read_key_changes(export.keys, head.origin)
    yield held("step_keys", count=len(changes))
    # 3. The key given leads to the signer.
    yield signer_step(signed, key, changes)
    # 4. Entries, tiles and root agree.
    contents = _rebuild(export, head, since.head.size if since else 0)
    yield held("step_tree", entries=head.size, tiles=contents.tiles)
    # 5. Openings open their leaves.
    opened = _open_all(export, head, contents.leaves, {change.index for change in changes})
    closed = head.size - opened.entries
    yield held("step_openings", opened=opened.entries, closed=closed, subjects=opened.subjects)
    # 6. Entries bind the changes of key.
    yield bound_step(changes, opened.key_changes, size=head.size)
    # 7. The earlier checkpoint is the beginning of this one.
    yield since_step(since, head, key, changes, contents.root_then)


def _receipt_steps(
    blob: bytes, key: VerifierKey | None, keys: bytes, since: SignedCheckpoint | None
) -> Iterator[VerificationStep]:
    # 1. The receipt has its form.
    receipt = read_receipt(blob)
    head = receipt.checkpoint.head
    yield held("step_receipt", **head_facts(head), index=receipt.index)
    # 2. The changes of key form one chain.
    changes = read_key_changes(keys, head.origin)
    yield held("step_keys", count=len(changes))
    # 3. The key given leads to the signer.
    yield signer_step(receipt.checkpoint, key, changes)
    # 4. The opening gives an entry.  5. The path leads from it to the root.
    yield from entry_steps(receipt)
    # 6. A change of key binds its statement.
    yield bound_step(changes, {receipt.index: receipt.opening})
    # 7. The earlier checkpoint is this one.
    yield since_step(since, head, key, changes, None)


@dataclass(slots=True, kw_only=True)
class _Contents:
    """Contents of the bundles, once the tree over them was built."""

    leaves: bytearray
    tiles: int
    root_then: bytes


def _rebuild(export: Export, head: Checkpoint, then: int) -> _Contents:
    """Build the tree from the entries alone, and compare each tile and the root with it.

    `then` is the size of the earlier checkpoint, whose root is taken on the way.  A size out of all
    proportion costs nothing: the first bundle that is not there ends it.
    """
    tree = Tree()
    found = _Contents(leaves=bytearray(), tiles=0, root_then=EMPTY_ROOT)
    for index in range(-(-head.size // WIDTH)):
        bundle = tile_at(head.size, ENTRIES, index)
        entries = bundle.entries(_read(export, bundle))
        # a leaf of ours is 32 bytes; any other length could not be compared with an opening
        if any(len(entry) != HASH_BYTES for entry in entries):
            raise Malformed("tile_length", path=bundle.path)
        # The root of the earlier size is there for a moment only, while the tree grows past it.
        before = max(0, min(then - tree.size, len(entries)))
        tree.append(entries[:before])
        if tree.size == then:
            found.root_then = tree.root()
        tree.append(entries[before:])
        found.leaves += b"".join(entries)
        found.tiles += _compare(export, head.size, tree.take())
    if tree.root() != head.root:
        raise Malformed("root_differs")
    return found


def _compare(export: Export, size: int, grown: Mapping[Tile, bytes]) -> int:
    """Compare grown tiles with those of the export; return how many there were.

    Partial tiles that the tree passed on its way have no file, and are left out.
    """
    wanted = [tile for tile in grown if tile.width == width_at(size, tile.level, tile.index)]
    for tile in wanted:
        if _read(export, tile) != grown[tile]:
            raise Malformed("tile_differs", path=tile.path)
    return len(wanted)


def _read(export: Export, tile: Tile) -> bytes:
    # Only absence is a failure of the export.  Any other error of the disk is no evidence against
    # a log, so it is left to the caller, who says that nothing could be verified.
    try:
        return export.read_tile(tile)
    except (FileNotFoundError, NotADirectoryError):
        raise Malformed("tile_missing", path=tile.path) from None


@dataclass(slots=True, kw_only=True)
class _Opened:
    """Openings, counted; `key_changes` has those that a statement names or should name."""

    entries: int = 0
    subjects: int = 0
    key_changes: dict[int, EntryOpening] = field(default_factory=dict)


def _open_all(
    export: Export, head: Checkpoint, leaves: bytearray, stated: Collection[int]
) -> _Opened:
    found = _Opened()
    last = -1
    for number, line in enumerate(export.openings(), 1):
        try:
            index, opening = read_line(line)
        except Malformed as wrong:
            # the number of the line is all that is repeated: what stands in it may name somebody
            raise Malformed(wrong.reason, **wrong.facts, line=number) from None
        # rising, so that no entry is opened twice, in two ways
        if not last < index < head.size:
            raise Malformed("opening_order", line=number)
        last = index
        if opening.leaf(head.origin) != leaves[index * HASH_BYTES : (index + 1) * HASH_BYTES]:
            raise Malformed("opening_differs", index=index, line=number)
        if not opening.subject_holds(head.origin):
            raise Malformed("subject_differs", index=index, line=number)
        found.entries += 1
        found.subjects += opening.subject is not None
        if opening.kind == KIND or index in stated:
            found.key_changes[index] = opening
    return found
