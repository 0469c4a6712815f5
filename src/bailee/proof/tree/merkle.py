"""Merkle trees of RFC 6962 (RFC 9162, 2.1): roots, inclusion and consistency, made and verified.

Pure: hashes in, hashes out.  A proof is made through a `Node`, which gives the root of one
complete subtree; where it reads from (a list, tiles on a disk) is not this module's matter.
Leaves and inner nodes are hashed with different first bytes, so that an inner node can never be
shown as an entry.  What is verified answers True or False and never raises on hostile input.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()

PATH_MAX = 64
"""No tree below 2⁶⁴ leaves has a longer path; a longer one is refused before it is hashed."""

Node = Callable[[int, int], bytes]
"""`node(level, index)`: root of the complete subtree whose first leaf is index·2^level."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry into a leaf of the tree."""
    # 0 before a leaf, 1 before a node: without them a node could be shown as an entry
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return MTH of the subtree whose leaves, or complete subtrees of one height, hash to these.

    The last may be an incomplete subtree: it keeps its place on the right edge all the way up.
    """
    if not hashes:
        return EMPTY_ROOT
    # level by level, an odd one passed up as it is, which is the same as RFC 6962's recursion
    row = list(hashes)
    while len(row) > 1:
        pairs = zip(row[::2], row[1::2], strict=False)
        odd = row[-1:] if len(row) % 2 else []
        row = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return row[0]


def nodes_of(hashes: Sequence[bytes]) -> Node:
    """Read subtrees from all leaf hashes, held in memory."""

    def node(level: int, index: int) -> bytes:
        return root_of(hashes[index << level : (index + 1) << level])

    return node


def range_root(start: int, end: int, node: Node) -> bytes:
    """Return MTH of the leaves [start, end), a range that a split of RFC 6962 leaves.

    The complete subtrees that `end - start` has as its bits are hashed together from the right.
    """
    roots = []
    for level in reversed(range((end - start).bit_length())):
        if (end - start) >> level & 1:
            roots.append(node(level, start >> level))
            start += 1 << level
    found = roots.pop()
    while roots:
        found = node_hash(roots.pop(), found)
    return found


def tree_root(size: int, node: Node) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return range_root(0, size, node) if size else EMPTY_ROOT


def _split(start: int, end: int) -> int:
    """Where RFC 6962 cuts a range: after the largest power of two that is below its width."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Make the path from leaf `index` to the root at `size`, the leaf's sibling first."""
    if not 0 <= index < size:
        raise IndexError("no such leaf in a tree of this size")
    path = []
    start, end = 0, size
    while end - start > 1:
        cut = _split(start, end)
        if index < cut:
            path.append(range_root(cut, end, node))
            end = cut
        else:
            path.append(range_root(start, cut, node))
            start = cut
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """Make the proof that the tree of `old` leaves is the beginning of the one of `new`."""
    if not 0 <= old <= new:
        raise IndexError("a tree is consistent with larger ones only")
    if old == 0:
        return ()
    path = []
    start, end = 0, new
    while old != end:
        cut = _split(start, end)
        if old <= cut:
            path.append(range_root(cut, end, node))
            end = cut
        else:
            path.append(range_root(start, cut, node))
            start = cut
    if start:  # the verifier knows the old root already, unless it lies below a cut
        path.append(range_root(start, end, node))
    return tuple(reversed(path))


def _well_formed(path: Sequence[bytes]) -> bool:
    return len(path) <= PATH_MAX and all(len(step) == HASH_BYTES for step in path)


def includes(*, root: bytes, size: int, index: int, leaf: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether `path` proves the leaf hash at `index` of the tree (RFC 9162, 2.1.3.2)."""
    # An index beyond the size would walk up a tree that is not there.
    if not 0 <= index < size or not _well_formed(path):
        return False
    position, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:  # the root was reached, and the path goes on: a second path for one leaf
            return False
        if position % 2 or position == last:
            found = node_hash(step, found)
            # on the right edge, levels at which it has no sibling are passed over
            while position % 2 == 0 and position:
                position >>= 1
                last >>= 1
        else:
            found = node_hash(found, step)
        position >>= 1
        last >>= 1
    # the whole way up: a path that ends early proves a subtree, and its root is no tree's
    return last == 0 and found == root


def extends(*, old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether `path` proves the old tree to be the beginning of the new (RFC 9162, 2.1.4.2).

    The empty tree is the beginning of every tree, and its proof is empty.
    """
    if not 0 <= old <= new or not _well_formed(path):
        return False
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if old == new:
        return not path and old_root == new_root
    return _extends(old, old_root, new, new_root, list(path))


def _extends(old: int, old_root: bytes, new: int, new_root: bytes, path: list[bytes]) -> bool:
    # a complete old tree is itself a node of the new one, so its root is not sent
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    position, last = old - 1, new - 1
    while position % 2:
        position >>= 1
        last >>= 1
    # both roots are hashed from the same nodes: where they differ, the old tree was rewritten
    found_old = found_new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if position % 2 or position == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while position % 2 == 0 and position:
                position >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, step)
        position >>= 1
        last >>= 1
    return last == 0 and found_old == old_root and found_new == new_root
