"""Verification of a receipt of a line: that it was received, with the values that it opens.

Pure, and as strict as `verify.py`; the steps are those of spec/verification.md, which has every
condition and its exit code.

A **receipt of a line** is verified in ten steps:

 1. The receipt has its form.
 2. The changes of key form one chain, each signed by the old key and by the new one.
 3. The key given, or the one to which the chain leads from it at this size, signed the checkpoint.
 4. The opening gives an entry.
 5. The path leads from that entry to the root of the checkpoint.
 6. No change of key claims that entry.
 7. The entry is that of a batch, its subject closed; its blocks add up to its lines.
 8. The path leads from the line to the lines root of its block; its marks fit its ordinals.
 9. Each opened value stands in the line; its commitment, made again from it, leads to the values
    root of the block.
10. The earlier checkpoint, if one is given, has the same size and the same root.

It shows that the log held this line, exactly, when it signed.  It does not show that what the line
says is true, that no line is missing, or a time before the first independent stamp.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.batch import BatchEntry, BlockPlace, BlockRoots, read_batch
from bailee.proof.receipt.included import (
    bound_step,
    entry_steps,
    head_facts,
    signer_step,
    since_step,
)
from bailee.proof.receipt.line import (
    KINDS,
    SECRET_KIND,
    Line,
    bind_leaf,
    parts,
    read_leaf,
    value_commitment,
)
from bailee.proof.receipt.line_receipt import LineReceipt, OpenedValue, read_line_receipt
from bailee.proof.shown import ShownLine, ShownPart, moment
from bailee.proof.tree.chain import read_key_changes
from bailee.proof.tree.checkpoint import SignedCheckpoint
from bailee.proof.tree.merkle import includes, leaf_hash
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import Outcome, Verdict, VerificationStep, audit, held

_SECRET = ShownPart(kind=KINDS[SECRET_KIND])


def verify_line_receipt(
    blob: bytes,
    *,
    key: VerifierKey | None,
    keys: bytes = b"",
    since: SignedCheckpoint | None = None,
) -> Verdict:
    """Verify a receipt of a line, with the file of key changes where the log has any."""
    lines: list[ShownLine] = []
    verdict = audit(_steps(blob, key, keys, since, lines.append))
    if verdict.outcome is Outcome.FAILED:
        return verdict
    return replace(verdict, line=lines[0])


def _steps(
    blob: bytes,
    key: VerifierKey | None,
    keys: bytes,
    since: SignedCheckpoint | None,
    show: Callable[[ShownLine], None],
) -> Iterator[VerificationStep]:
    # 1. The receipt has its form.
    receipt = read_line_receipt(blob)
    signed = receipt.entry.checkpoint
    yield held("step_receipt", **head_facts(signed.head), index=receipt.entry.index)
    # 2. The changes of key form one chain.
    changes = read_key_changes(keys, signed.head.origin)
    yield held("step_keys", count=len(changes))
    # 3. The key given leads to the signer.
    yield signer_step(signed, key, changes)
    # 4. The opening gives an entry.  5. The path leads from it to the root.
    yield from entry_steps(receipt.entry)
    # 6. No change of key claims that entry.
    yield bound_step(changes, {receipt.entry.index: receipt.entry.opening})
    # 7. The entry is that of a batch.
    batch = read_batch(receipt.entry.opening)
    yield held("step_batch", batch=batch.name, lines=batch.lines, blocks=len(batch.blocks))
    # 8. The line leads to its block's root.
    place = batch.place(receipt.number)
    line = _proven(receipt, batch.blocks[place.block], place)
    yield held("step_line", number=receipt.number, block=place.block)
    # 9. Each opened value leads to its block's root.
    kinds = line.kinds()
    for value in receipt.values:
        _opens(value, receipt.client, batch, place.block, kinds)
    yield held("step_values", opened=len(receipt.values), named=len(kinds))
    show(_shown(receipt, batch, line))
    # 10. The earlier checkpoint is this one.
    yield since_step(since, signed.head, key, changes, None)


def _proven(receipt: LineReceipt, roots: BlockRoots, place: BlockPlace) -> Line:
    # The path before the layout: not a byte of the leaf is read that the log did not commit to.
    if not includes(
        root=roots.lines_root,
        size=roots.lines,
        index=place.index,
        leaf=leaf_hash(receipt.leaf),
        path=receipt.path,
    ):
        raise Malformed("line_differs", number=receipt.number)
    return read_leaf(receipt.leaf)


def _opens(
    value: OpenedValue, client: bytes, batch: BatchEntry, block: int, kinds: dict[int, int]
) -> None:
    # A value of the block that the line does not name would be proven, and shown beside a line
    # with which it has nothing to do.
    if value.ordinal not in kinds:
        raise Malformed("value_elsewhere", ordinal=value.ordinal)
    # Kind, client, epoch and place come from elsewhere than the value, so that none can be lied
    # about: the commitment and the leaf are made again from all of them.
    kind, roots = kinds[value.ordinal], batch.blocks[block]
    commitment = value_commitment(
        r=value.r, client=client, epoch=batch.epoch, kind=kind, raw=value.raw
    )
    bind = bind_leaf(
        batch=batch.batch,
        block=block,
        ordinal=value.ordinal,
        kind=kind,
        commitment=commitment,
        salt=value.salt,
    )
    if not includes(
        root=roots.values_root,
        size=roots.values,
        index=value.ordinal,
        leaf=leaf_hash(bind),
        path=value.path,
    ):
        raise Malformed("value_differs", ordinal=value.ordinal)


def _shown(receipt: LineReceipt, batch: BatchEntry, line: Line) -> ShownLine:
    return ShownLine(
        batch=batch.name,
        number=receipt.number,
        encoding=batch.encoding,
        received=moment(line.receipt_ns),
        event=moment(line.event_ns),
        parts=_LineParts(line, {value.ordinal: value.raw for value in receipt.values}),
    )


class _LineParts(Iterable[ShownPart]):
    """The parts of a line that was verified, made while they are read."""

    def __init__(self, line: Line, opened: Mapping[int, bytes]) -> None:
        self._line = line
        self._opened = opened

    def __iter__(self) -> Iterator[ShownPart]:
        ordinals = iter(self._line.ordinals)
        for part in parts(self._line.text):
            if isinstance(part, bytes):
                if part:
                    yield ShownPart(raw=part)
            elif part == SECRET_KIND:
                yield _SECRET
            else:
                ordinal = next(ordinals)
                kind = KINDS.get(part, str(part))
                yield ShownPart(kind=kind, ordinal=ordinal, raw=self._opened.get(ordinal))
