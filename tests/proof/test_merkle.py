"""Trees and proofs, against RFC 6962 written down a second time as it stands there."""

import hashlib
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailee.proof.malformed import Malformed
from bailee.proof.tree import merkle
from bailee.proof.tree.growing import Tree, nodes_from
from bailee.proof.tree.tiles import ENTRIES, Tile, edge_of, tile_at, tiles_between, tiles_of

SIZES = (0, 1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537)


def plain_root(entries: Sequence[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = plain_split(len(entries))
    return hashlib.sha256(b"\1" + plain_root(entries[:k]) + plain_root(entries[k:])).digest()


def plain_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def plain_path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """RFC 6962, 2.1.1."""
    if len(entries) == 1:
        return []
    k = plain_split(len(entries))
    if m < k:
        return [*plain_path(m, entries[:k]), plain_root(entries[k:])]
    return [*plain_path(m - k, entries[k:]), plain_root(entries[:k])]


def plain_proof(m: int, entries: Sequence[bytes], *, known: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2, SUBPROOF."""
    if m == len(entries):
        return [] if known else [plain_root(entries)]
    k = plain_split(len(entries))
    if m <= k:
        return [*plain_proof(m, entries[:k], known=known), plain_root(entries[k:])]
    return [*plain_proof(m - k, entries[k:], known=False), plain_root(entries[:k])]


def entries_of(count: int) -> list[bytes]:
    return [index.to_bytes(4, "big") for index in range(count)]


def tiled(count: int) -> tuple[Tree, dict[Tile, bytes]]:
    tree = Tree()
    tree.append(entries_of(count))
    return tree, tree.take()


def test_the_roots_of_the_rfc_test_leaves() -> None:
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    leaves.append("606162636465666768696a6b6c6d6e6f")
    roots = (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
    hashes = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in leaves]
    found = tuple(merkle.root_of(hashes[: size + 1]).hex() for size in range(len(leaves)))
    assert found == roots


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 700), st.data())
def test_proofs_are_those_of_the_rfc_from_lists_and_from_tiles(
    size: int, data: st.DataObject
) -> None:
    entries = entries_of(size)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    tree, tiles = tiled(size)
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    assert tree.root() == merkle.root_of(hashes) == plain_root(entries)
    for node in (merkle.nodes_of(hashes), nodes_from(size, tiles.__getitem__)):
        assert list(merkle.inclusion_proof(index, size, node)) == plain_path(index, entries)
        assert list(merkle.consistency_proof(old, size, node)) == plain_proof(old, entries)
        assert merkle.tree_root(size, node) == tree.root()


def test_every_leaf_and_every_old_size_of_each_small_tree_is_proven() -> None:
    for size in range(1, 34):
        hashes = [merkle.leaf_hash(entry) for entry in entries_of(size)]
        node, root = merkle.nodes_of(hashes), merkle.root_of(hashes)
        for index in range(size):
            path = merkle.inclusion_proof(index, size, node)
            assert merkle.includes(root=root, size=size, index=index, leaf=hashes[index], path=path)
        for old in range(size + 1):
            assert merkle.extends(
                old=old,
                old_root=merkle.root_of(hashes[:old]),
                new=size,
                new_root=root,
                path=merkle.consistency_proof(old, size, node),
            )


def damaged(path: Sequence[bytes], draw: random.Random) -> list[tuple[bytes, ...]]:
    """Every way to spoil a path that is worth its name."""
    whole = tuple(path)
    found = [(*whole, bytes(32)), (bytes(32), *whole), (*whole, *[bytes(32)] * 65)]
    for at, step in enumerate(whole):
        flipped = bytearray(step)
        flipped[draw.randrange(32)] ^= 1 << draw.randrange(8)
        found += [
            whole[:at] + whole[at + 1 :],
            (*whole[:at], bytes(flipped), *whole[at + 1 :]),
            (*whole[:at], step[:31], *whole[at + 1 :]),
        ]
    return found


@pytest.mark.parametrize("size", [1, 2, 5, 8, 21, 64, 100])
def test_a_spoilt_proof_proves_nothing(size: int) -> None:
    draw = random.Random(size)  # noqa: S311  # which bit to flip
    hashes = [merkle.leaf_hash(entry) for entry in entries_of(size)]
    node, root = merkle.nodes_of(hashes), merkle.root_of(hashes)
    for index in range(size):
        good = merkle.inclusion_proof(index, size, node)
        leaf = hashes[index]
        for path in damaged(good, draw):
            assert not merkle.includes(root=root, size=size, index=index, leaf=leaf, path=path)
        for other in {0, size - 1, size, size + 1, -1} - {index}:
            assert not merkle.includes(root=root, size=size, index=other, leaf=leaf, path=good)
        old = index + 1
        proof = merkle.consistency_proof(old, size, node)
        then = merkle.root_of(hashes[:old])
        for path in damaged(proof, draw):
            assert not merkle.extends(old=old, old_root=then, new=size, new_root=root, path=path)
        assert not merkle.extends(old=old, old_root=bytes(32), new=size, new_root=root, path=proof)


def test_the_empty_tree_begins_every_tree_and_none_is_smaller() -> None:
    ends = {"new": 3, "new_root": bytes(32)}
    assert merkle.extends(old=0, old_root=merkle.EMPTY_ROOT, path=(), **ends)  # type: ignore[arg-type]  # mypy joins the values
    assert not merkle.extends(old=0, old_root=bytes(32), path=(), **ends)  # type: ignore[arg-type]  # as above
    assert not merkle.extends(old=4, old_root=bytes(32), path=(), **ends)  # type: ignore[arg-type]  # as above
    assert merkle.consistency_proof(0, 3, merkle.nodes_of([])) == ()
    with pytest.raises(IndexError):
        merkle.consistency_proof(4, 3, merkle.nodes_of([]))
    with pytest.raises(IndexError):
        merkle.inclusion_proof(3, 3, merkle.nodes_of([]))


@pytest.mark.parametrize("size", SIZES)
def test_growing_in_any_steps_gives_the_same_tiles(size: int) -> None:
    draw = random.Random(size)  # noqa: S311  # how large the steps are
    entries, store = entries_of(size), dict[Tile, bytes]()
    tree = Tree()
    while tree.size < size:
        before = tree.size
        tree.append(entries[before : before + draw.choice([1, 2, 300, 20_000])])
        grown = tree.take()
        named = {tile for tile in tiles_between(before, tree.size) if tile.level != ENTRIES}
        assert grown.keys() == named
        store |= grown
        if draw.random() < 0.5:
            tree = Tree.load(tree.size, store.__getitem__)
    whole, at_once = tiled(size)
    assert tree.root() == whole.root()
    assert {tile: store[tile] for tile in at_once} == at_once
    assert at_once.keys() == {tile for tile in tiles_of(size) if tile.level != ENTRIES}


def test_a_damaged_edge_changes_the_root() -> None:
    _, tiles = tiled(70_001)
    good = Tree.load(70_001, tiles.__getitem__).root()
    assert [tile.path for tile in edge_of(70_001)] == [
        "tile/0/273.p/113",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    for tile in edge_of(70_001):
        flipped = bytes([tiles[tile][0] ^ 1]) + tiles[tile][1:]
        assert Tree.load(70_001, {**tiles, tile: flipped}.__getitem__).root() != good
        with pytest.raises(Malformed, match="tile_length"):
            Tree.load(70_001, {**tiles, tile: flipped[:-1]}.__getitem__)


PATHS = {
    "the example of the specification": (Tile(level=0, index=1_234_067), "tile/0/x001/x234/067"),
    "the first": (Tile(level=0, index=0), "tile/0/000"),
    "a partial one": (Tile(level=2, index=7, width=255), "tile/2/007.p/255"),
    "a bundle": (Tile(level=ENTRIES, index=1_000, width=1), "tile/entries/x001/000.p/1"),
    "the highest level": (Tile(level=63, index=0, width=1), "tile/63/000.p/1"),
}


@pytest.mark.parametrize(("tile", "path"), PATHS.values(), ids=PATHS.keys())
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/x001/x002",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/000.p/01",
        "tile/0/000.p/1/",
        "/tile/0/000",
        "tile/0/\N{ARABIC-INDIC DIGIT ZERO}00",
        "tile/-1/000",
        "tile/0/000\n",
    ],
)
def test_a_path_with_a_second_spelling_is_refused(path: str) -> None:
    with pytest.raises(Malformed, match="tile_path"):
        Tile.parse(path)


def test_the_tiles_of_seventy_thousand_entries_are_those_the_specification_counts() -> None:
    named = [tile for tile in tiles_of(70_000) if tile.level != ENTRIES]
    assert len(named) == 273 + 1 + 1 + 1 + 1
    assert [tile.path for tile in named if tile.width < 256] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert [tile.path for tile in tiles_of(256)] == [
        "tile/entries/000",
        "tile/0/000",
        "tile/1/000.p/1",
    ]
    with pytest.raises(IndexError):
        tile_at(256, 0, 1)


def test_a_node_outside_the_tree_is_no_node() -> None:
    _, tiles = tiled(300)
    with pytest.raises(IndexError):
        nodes_from(300, tiles.__getitem__)(0, 512)
