"""Our logs before a judge we did not write: Go's golang.org/x/mod/sumdb/{note,tlog}.

Needs Go and Debian's golang-golang-x-mod-dev; no module is fetched (GOPROXY=off).  Where CI=true
their absence is a failure, elsewhere the tests are skipped and say why.
"""

import base64
import json
import subprocess
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import pytest
from tests.conformance.judge import GOPATH, build, go, require
from tests.proof.honest_log import HonestLog, write_files
from tests.proof.vectors import LEDGER as VECTORS

from bailee.proof.tree import merkle
from bailee.proof.tree.checkpoint import Checkpoint, sign_checkpoint
from bailee.proof.tree.growing import Tree, nodes_from
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, bundle, tiles_of

SIZES = (1, 2, 3, 255, 256, 257, 511, 512, 513, 1_000, 65_535, 65_536, 65_537, 70_001)
SOURCE = Path(__file__).with_name("judge.go")


class Record(TypedDict):
    """A proof of inclusion."""

    index: int
    proof: list[str]


class Past(TypedDict):
    """A proof of consistency with an earlier root."""

    size: int
    root: str
    proof: list[str]


class Ask(TypedDict):
    """What the judge is asked about one log."""

    folder: str
    vkey: str
    records: list[Record]
    pasts: list[Past]


class Answer(TypedDict):
    """What the judge says of one log."""

    error: str
    origin: str
    size: int
    root: str
    records: list[Record] | None
    pasts: list[Past] | None


Judge = Callable[[list[Ask]], list[Answer]]


def missing() -> str:
    """Say what is missing, if anything."""
    if go() is None:
        return "Go is not installed"
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return "golang-golang-x-mod-dev is not installed"
    return ""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """Build the judge once."""
    require(missing())
    program = build(SOURCE, tmp_path_factory.mktemp("judge") / "judge")

    def ask(asked: list[Ask]) -> list[Answer]:
        done = subprocess.run([program], input=json.dumps(asked).encode(), stdout=-1, check=True)
        found: list[Answer] = json.loads(done.stdout)
        return found

    return ask


def text(blob: bytes) -> str:
    return base64.b64encode(blob).decode()


@cache
def entries_of(size: int) -> list[bytes]:
    return [sha256(index.to_bytes(8, "big")).digest() for index in range(size)]


class Log:
    """A log of a given size in a folder, with the proofs that we make from its tiles."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.entries = entries_of(size)
        self.signer = HonestLog()
        tree = Tree()
        tree.append(self.entries)
        self.root, self.tiles = tree.root(), tree.take()
        self.node = nodes_from(size, self.tiles.__getitem__)

    def write(self) -> "Log":
        """Write it as an export."""
        head = Checkpoint(origin=self.signer.origin, size=self.size, root=self.root)
        private = self.signer.private(0)
        signed = sign_checkpoint(head, private.public_key().public_bytes_raw(), private.sign, 1)
        files = {tile.path: self.content(tile) for tile in tiles_of(self.size)}
        write_files(self.folder, {"checkpoint": signed.encode(), **files})
        return self

    def content(self, tile: Tile) -> bytes:
        if tile.level != ENTRIES:
            return self.tiles[tile]
        return bundle(self.entries[tile.index * WIDTH :][: tile.width])

    def indexes(self) -> list[int]:
        """Give leaves on the edges of tiles and of the tree, and some within."""
        near = (0, 1, 254, 255, 256, 257, 65_535, 65_536, self.size - 2, self.size - 1)
        return sorted({at for at in (*near, self.size // 3, self.size // 2) if 0 <= at < self.size})

    def ask(self) -> Ask:
        """Hand over our proofs."""
        records = [
            Record(
                index=index,
                proof=[text(step) for step in merkle.inclusion_proof(index, self.size, self.node)],
            )
            for index in self.indexes()
        ]
        pasts = [self.past(index + 1) for index in self.indexes()]
        vkey = str(self.signer.vkey())
        return Ask(folder=str(self.folder), vkey=vkey, records=records, pasts=pasts)

    def past(self, size: int) -> Past:
        proof = merkle.consistency_proof(size, self.size, self.node)
        root = merkle.tree_root(size, self.node)
        return Past(size=size, root=text(root), proof=[text(step) for step in proof])


def test_go_and_we_accept_each_other_at_every_size(audit: Judge, tmp_path: Path) -> None:
    logs = [Log(tmp_path / str(size), size).write() for size in SIZES]
    for log, answer in zip(logs, audit([log.ask() for log in logs]), strict=True):
        assert answer["error"] == "", log.size
        assert (answer["size"], answer["root"]) == (log.size, text(log.root))
        for record in answer["records"] or []:
            assert merkle.includes(
                root=log.root,
                size=log.size,
                index=record["index"],
                leaf=merkle.leaf_hash(log.entries[record["index"]]),
                path=[base64.b64decode(step) for step in record["proof"]],
            )
        for past in answer["pasts"] or []:
            assert merkle.extends(
                old=past["size"],
                old_root=base64.b64decode(past["root"]),
                new=log.size,
                new_root=log.root,
                path=[base64.b64decode(step) for step in past["proof"]],
            )
        ours = log.ask()
        assert (answer["records"], answer["pasts"]) == (ours["records"], ours["pasts"])


def flip(path: Path, at: int) -> None:
    blob = bytearray(path.read_bytes())
    blob[at] ^= 1
    path.write_bytes(blob)


DAMAGE: dict[str, Callable[[Log], None]] = {
    "a bit of a tile": lambda log: flip(log.folder / "tile/0/000", 9),
    "a bit of the edge": lambda log: flip(log.folder / "tile/0/003.p/232", 9),
    "a bit of the level above": lambda log: flip(log.folder / "tile/1/000.p/3", 9),
    "a bit of an entry": lambda log: flip(log.folder / "tile/entries/000", 9),
    "a bit of the root": lambda log: flip(log.folder / "checkpoint", 40),
    "a bit of the size": lambda log: flip(log.folder / "checkpoint", 28),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_go_refuses_what_was_tampered_with(
    audit: Judge, tmp_path: Path, damage: Callable[[Log], None]
) -> None:
    log = Log(tmp_path, 1_000).write()
    asked = log.ask()
    damage(log)
    assert audit([asked])[0]["error"]


def test_go_refuses_another_key_and_spoilt_proofs(audit: Judge, tmp_path: Path) -> None:
    log = Log(tmp_path, 300).write()
    other = log.ask()
    other["vkey"] = str(HonestLog("other").vkey())
    cut = log.ask()
    cut["records"][0]["proof"].pop()
    moved = log.ask()
    moved["pasts"][0]["root"] = text(bytes(32))
    assert all(answer["error"] for answer in audit([other, cut, moved]))
    assert audit([log.ask()])[0]["error"] == ""


def test_go_opens_the_vectors_that_are_valid_and_no_forgery(audit: Judge) -> None:
    vkey = str(HonestLog().vkey())

    def asked(name: str) -> Ask:
        return Ask(folder=str(VECTORS / name / "export"), vkey=vkey, records=[], pasts=[])

    valid = audit([asked(name) for name in ("valid", "valid-one", "valid-257", "valid-closed")])
    assert [answer["error"] for answer in valid] == [""] * 4
    wrong = audit([asked(name) for name in ("re-signed-forgery", "tampered-tile", "missing-tile")])
    assert all(answer["error"] for answer in wrong)
