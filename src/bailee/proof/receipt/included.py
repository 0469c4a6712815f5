"""Steps that several verifications share: signer, entry, change of key, earlier checkpoint.

Each gives what it found, or raises Malformed with the reason.  `verify.py` and `verify_line.py`
number them; spec/verification.md has every condition.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import EntryOpening, decode_body
from bailee.proof.receipt.receipt import Receipt
from bailee.proof.tree.chain import FIELD, KIND, KeyChange, signer_of
from bailee.proof.tree.checkpoint import Checkpoint, SignedCheckpoint, signed_by
from bailee.proof.tree.merkle import includes, leaf_hash
from bailee.proof.tree.note import VerifierKey
from bailee.proof.verdict import VerificationStep, held


def head_facts(head: Checkpoint) -> dict[str, str | int]:
    """Return the facts of a step about a checkpoint."""
    root = base64.b64encode(head.root).decode()
    return {"origin": head.origin, "entries": head.size, "root": root}


def signer_step(
    signed: SignedCheckpoint, key: VerifierKey | None, changes: Sequence[KeyChange]
) -> VerificationStep:
    """Verify that the key given, or the one to which it leads, signed the checkpoint."""
    if key is None:
        return VerificationStep(id="verify.signer_unchecked", held=None)
    signer = signer_of(signed.head.size, key, changes)
    # A key vouches for what comes after it.  Of what was before it says nothing, neither yes nor
    # no: the old key may have been stolen since, so its signature is not asked for.
    if signer is None:
        return VerificationStep(id="verify.signer_before_key", held=None)
    time = _moment(signed_by(signed, signer))
    return held("step_signer", key_id=signer.id.hex(), time=time)


def _moment(time_s: int) -> str:
    """Format a claimed time, however absurd."""
    try:
        return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{time_s} s"


def entry_steps(receipt: Receipt) -> Iterator[VerificationStep]:
    """Verify that the opening gives an entry, and that the path leads from it to the root."""
    head = receipt.checkpoint.head
    if not receipt.opening.subject_holds(head.origin):
        raise Malformed("subject_differs", index=receipt.index)
    # The leaf is computed from the opening and never read from the receipt, so that the path
    # below proves what is shown, and nothing beside it.
    leaf = receipt.opening.leaf(head.origin)
    yield held("step_opening", kind=receipt.opening.kind)
    if not includes(
        root=head.root,
        size=head.size,
        index=receipt.index,
        leaf=leaf_hash(leaf),
        path=receipt.path,
    ):
        raise Malformed("path_differs", index=receipt.index)
    yield held("step_path", index=receipt.index)


def bound_step(
    changes: Sequence[KeyChange], opened: Mapping[int, EntryOpening], *, size: int | None = None
) -> VerificationStep:
    """Compare statements with the entries that are open, by their index.

    `size` is that of the log where all its statements are at hand: then each lies within the log,
    and no opened entry lacks its own.  A receipt comes with the statements that its holder has,
    older or newer than itself, so one that lacks is not a lie but leaves the signer unchecked: the
    old key could have signed this very entry, which ends its term.
    """
    # A chain has rising indexes, so each has one statement, and the last lies furthest out.
    stated = {change.index: change for change in changes}
    if size is not None and changes and changes[-1].index >= size:
        raise Malformed("chain_beyond", index=changes[-1].index)
    bound = 0
    for index, opening in opened.items():
        change = stated.get(index)
        if change is None and opening.kind != KIND:
            continue
        if change is None and size is None:
            return VerificationStep(id="verify.key_change_unstated", held=None)
        if change is None or not _binds(opening, change):
            raise Malformed("key_change_differs", index=index)
        bound += 1
    return held("step_bound", bound=bound, closed=len(stated) - bound)


def _binds(opening: EntryOpening, change: KeyChange) -> bool:
    return opening.kind == KIND and decode_body(opening.body).get(FIELD) == change.digest


def since_step(
    since: SignedCheckpoint | None,
    head: Checkpoint,
    key: VerifierKey | None,
    changes: Sequence[KeyChange],
    root_then: bytes | None,
) -> VerificationStep:
    """Compare with an earlier checkpoint; `root_then` is the root at its size, None if unknown."""
    if since is None:
        return held("since_none")
    if since.head.origin != head.origin:
        return VerificationStep(id="verify.since_other_log", held=None)
    # Without a key nobody vouches for either of the two, and a difference fails all the same:
    # the person who kept it knows where it came from.
    if key and not _vouched(since, key, changes):
        return VerificationStep(id="verify.since_unsigned", held=None)
    facts = {"then": since.head.size, "entries": head.size}
    if since.head.size > head.size and root_then is None:
        # a receipt given before the checkpoint was kept is no roll-back: it is as old as it is
        return VerificationStep(id="verify.since_later", held=None, facts=facts)
    if since.head.size > head.size:
        raise Malformed("since_rolled_back", **facts)
    # Of equal sizes the roots decide alone, so a receipt can answer it too.
    if since.head.size == head.size:
        root_then = head.root
    if root_then is None:
        return VerificationStep(id="verify.since_unproven", held=None, facts=facts)
    if root_then != since.head.root:
        raise Malformed("since_split", **facts)
    return held("step_since", **facts)


def _vouched(since: SignedCheckpoint, key: VerifierKey, changes: Sequence[KeyChange]) -> bool:
    signer = signer_of(since.head.size, key, changes)
    if signer is None:
        return False
    # A kept checkpoint that does not hold accuses nobody: it may be a forgery, or a slip of the
    # person who kept it.  So it is left open.
    try:
        signed_by(since, signer)
    except Malformed:
        return False
    return True
