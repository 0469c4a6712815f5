"""A log that does everything right, all from a seed: what the damage starts from."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bailee.proof.export import write_line
from bailee.proof.receipt.entry import EntryOpening, commit_subject, encode_body, encode_subject
from bailee.proof.receipt.receipt import Receipt
from bailee.proof.tree.chain import FIELD, KIND, KeyChange, sign_key_change
from bailee.proof.tree.checkpoint import Checkpoint, SignedCheckpoint, sign_checkpoint
from bailee.proof.tree.growing import Tree
from bailee.proof.tree.merkle import inclusion_proof, leaf_hash, nodes_of, root_of
from bailee.proof.tree.note import VerifierKey
from bailee.proof.tree.tiles import ENTRIES, WIDTH, bundle, tiles_of

DAY_S = 86_400
FIRST_MS = 1_772_600_000_000


class HonestLog:
    """Entries, keys and time, all from the seed."""

    def __init__(self, seed: str = "honest", origin: str = "provider.example/lg-example") -> None:
        self.seed = seed
        self.origin = origin
        self.openings: list[EntryOpening] = []
        self.changes: list[KeyChange] = []

    def draw(self, *what: object) -> bytes:
        """Draw 32 bytes that look random and are not."""
        return sha256(repr((self.seed, *what)).encode()).digest()

    def private(self, term: int) -> Ed25519PrivateKey:
        """Give the signing key of a term of office."""
        return Ed25519PrivateKey.from_private_bytes(self.draw("key", term))

    def vkey(self, term: int = 0) -> VerifierKey:
        """Give the verifier key of a term of office."""
        public = self.private(term).public_key().public_bytes_raw()
        return VerifierKey(name=self.origin, public=public)

    @property
    def leaves(self) -> list[bytes]:
        """Give what the log holds."""
        return [opening.leaf(self.origin) for opening in self.openings]

    def add(
        self, kind: str, body: Mapping[str, str], subject: Mapping[str, str] | None = None
    ) -> int:
        """Append an entry; return its index."""
        index = len(self.openings)
        opening = EntryOpening(
            entry=self.draw("entry", index)[:16],
            kind=kind,
            time_ms=FIRST_MS + 1_000 * index,
            body=encode_body(body),
            nonce=self.draw("nonce", index),
        )
        if subject is not None:
            nonce, encoded = self.draw("subject", index), encode_subject(subject)
            commitment = commit_subject(
                origin=self.origin, entry=opening.entry, subject=encoded, nonce=nonce
            )
            opening = replace(
                opening, subject=encoded, subject_nonce=nonce, subject_commitment=commitment
            )
        self.openings.append(opening)
        return index

    def fill(self, count: int) -> "HonestLog":
        """Append what a small log sees: openings, acts with and without subject, outcomes."""
        for _ in range(count):
            index = len(self.openings)
            if index == 0:
                self.add("log:open", {"format": "1"})
            elif index % 2:
                self.add("object:get", {"purpose": "service", "count": "1"}, {"name": f"f{index}"})
            else:
                self.add("outcome", {"of": f"entry {index - 1}", "result": "done"})
        return self

    def change_key(self) -> KeyChange:
        """Let the next key take office from the entry that this appends."""
        term = len(self.changes)
        index = len(self.openings)
        change = KeyChange(
            origin=self.origin, index=index, old=self.vkey(term), new=self.vkey(term + 1)
        )
        self.add(KIND, {FIELD: change.digest})
        self.changes.append(change)
        return change

    def keys(self) -> bytes:
        """Write the file `keys`."""
        notes = (
            sign_key_change(change, self.private(term).sign, self.private(term + 1).sign)
            for term, change in enumerate(self.changes)
        )
        return b"".join(note.encode() for note in notes)

    def root(self, size: int) -> bytes:
        """Compute the root at a size."""
        return root_of([leaf_hash(leaf) for leaf in self.leaves[:size]])

    def checkpoint(self, size: int | None = None, *, days: int = 0) -> SignedCheckpoint:
        """Sign the head at a size with the key in office then."""
        size = len(self.openings) if size is None else size
        term = sum(change.index < size for change in self.changes)
        head = Checkpoint(origin=self.origin, size=size, root=self.root(size))
        private = self.private(term)
        time_s = FIRST_MS // 1_000 + size + days * DAY_S
        public = private.public_key().public_bytes_raw()
        return sign_checkpoint(head, public, private.sign, time_s)

    def receipt(self, index: int, size: int | None = None) -> Receipt:
        """Open one entry with its path."""
        size = len(self.openings) if size is None else size
        hashes = [leaf_hash(leaf) for leaf in self.leaves]
        return Receipt(
            opening=self.openings[index],
            index=index,
            path=inclusion_proof(index, size, nodes_of(hashes)),
            checkpoint=self.checkpoint(size),
        )

    def tiles(self, size: int) -> dict[str, bytes]:
        """Give every tile and bundle by its path."""
        tree = Tree()
        tree.append(self.leaves[:size])
        grown = tree.take()
        return {
            tile.path: bundle(self.leaves[tile.index * WIDTH :][: tile.width])
            if tile.level == ENTRIES
            else grown[tile]
            for tile in tiles_of(size)
        }

    def export(self, size: int | None = None, *, closed: Collection[int] = ()) -> dict[str, bytes]:
        """Give each file of an export directory by its path."""
        size = len(self.openings) if size is None else size
        lines = [
            write_line(index, opening)
            for index, opening in enumerate(self.openings[:size])
            if index not in closed
        ]
        files = {"checkpoint": self.checkpoint(size).encode(), **self.tiles(size)}
        files["openings.jsonl"] = b"".join(lines)
        if self.changes:
            files["keys"] = self.keys()
        return files


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put files where their paths say."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
