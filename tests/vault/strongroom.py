"""What tests of the vault share: a founded house with the vault's tables, turns, and a thief."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.keyring.custody import HandClock, House, UnsafeMemoryKms, founded
from tests.keys.house import Turning, image_of

from bailee import errors
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.clock import epoch_of
from bailee.grant import Grant
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.keyring.tree import formulas as tree
from bailee.keyring.vault.cipher import CANON, RAW, VaultCipher
from bailee.scan.kinds import Kind
from bailee.vault.model import Interned, Sought
from bailee.vault.service import Vault

Row = tuple[Any, ...]  # SQLite's types are dynamic
Text = tuple[Kind, bytes, bytes | None]
"""Kind, raw value, canonical form when it is another."""

EPOCH = epoch_of(HandClock().wall_ms)
ALICE: Text = (Kind.EMAIL, b"alice@example.org", None)
ALICE_LOUD: Text = (Kind.EMAIL, b"Alice@Example.ORG", b"alice@example.org")
ALICE_ODD: Text = (Kind.EMAIL, b"aLICE@example.org", b"alice@example.org")
BOB: Text = (Kind.EMAIL, b"bob@example.net", None)
HOST: Text = (Kind.IPV4, b"198.51.100.7", None)
PHONE: Text = (Kind.PHONE, b"671 23 45 67", b"+237671234567")


@dataclass
class Strongroom:
    """A house with a vault."""

    house: House
    vault: Vault
    turning: Turning

    @classmethod
    def built(cls, folder: Path) -> "Strongroom":
        house = founded(folder)
        vault = Vault(work=house.work, keyring=house.keyring, rows=SqlVaultRows())
        return cls(house=house, vault=vault, turning=Turning.of(house))

    def elsewhere(self) -> Vault:
        """Give the vault as another process has it."""
        return Vault(work=self.house.work, keyring=self.house.reopened(), rows=SqlVaultRows())

    def intern(
        self, client: ClientId, *texts: Text, epoch: int = EPOCH, vault: Vault | None = None
    ) -> Interned:
        kinds, raws, canons = zip(*texts, strict=True)
        return (vault or self.vault).intern(client, epoch, kinds, raws, canons)

    def tokens(self, client: ClientId, *texts: Text, epoch: int = EPOCH) -> list[bytes]:
        return [bytes(row) for row in self.intern(client, *texts, epoch=epoch).tokens]

    def token(self, client: ClientId, text: Text, epoch: int = EPOCH) -> bytes:
        return self.tokens(client, text, epoch=epoch)[0]

    def grant(self, client: ClientId, count: int = 1_000) -> Grant:
        return self.house.grant(client, ("value",), count=count, act="log:reveal")

    def raws(self, client: ClientId, tokens: Iterable[bytes], epoch: int = EPOCH) -> list[object]:
        """Open tokens under a grant for all; None where nothing is held."""
        grant, wanted = self.grant(client), list(tokens)
        found = self.house.work.read(lambda tx: self.vault.open(tx, grant, client, epoch, wanted))
        return [value and value.raw for value in found]

    def found(
        self, client: ClientId, text: Text, vault: Vault | None = None
    ) -> dict[int, set[bytes]]:
        """Find a value: epoch → its tokens."""
        sought = [Sought(kind=text[0], canonical=text[2] or text[1])]
        held = self.house.work.read(lambda tx: (vault or self.vault).find(tx, client, sought))
        return {
            epoch: {token for one in some for token in one.tokens} for epoch, some in held.items()
        }

    def erase(self, client: ClientId, text: Text) -> Pending:
        sought = [Sought(kind=text[0], canonical=text[2] or text[1])]
        pending = self.house.work.run(
            client, lambda tx: self.vault.erase(tx, client, self.vault.find(tx, client, sought))
        )
        self.house.keyring.announce(pending)
        return pending

    def turn(self) -> None:
        """Turn the keys and load them again, as the next process does."""
        self.turning.run()
        self.house.work.read(self.house.keyring.load)

    def rows(self, statement: str) -> list[Row]:
        with closing(sqlite3.connect(self.house.path)) as connection:
            return connection.execute(statement).fetchall()

    def change(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.house.path)) as connection:
            connection.execute(statement, values)
            connection.commit()


# --- a thief with every copy ---------------------------------------------------------------

COPIED = {
    "key_state": "provider",
    "key_trunk": "noun, id, version, wrapped",
    "key_epoch": "client, epoch, noun, version, kid, wrapped",
    "vault": "client, epoch, token, version, kind, sealed",
    "vault_index": "client, epoch, version, key, sealed",
}


class Thief:
    """Has every row that ever stood in the database, and what the custodians hold at the end."""

    def __init__(self, images: Iterable[Path]) -> None:
        self._rows: defaultdict[str, set[Row]] = defaultdict(set)
        for image in images:
            with closing(sqlite3.connect(image)) as connection:
                for table, columns in COPIED.items():
                    found = connection.execute(f"select {columns} from {table}")  # noqa: S608  # constants
                    self._rows[table].update(found)

    def ciphers(self, kms: UnsafeMemoryKms) -> Iterator[VaultCipher]:
        """Try every key on every wrap, in whatever order they stood."""
        keks = {
            tree.kek(root, turn, kms.install, gen)
            for root in kms.roots.values()
            for held in kms.turns
            for gen, turn in held.items()
        }
        above: defaultdict[bytes, set[bytes]] = defaultdict(set)
        for noun, ident, version, wrapped in self._rows["key_trunk"]:
            if noun == "client":
                client = ClientId(ident)
                aad = tree.wrapping_aad(client, "client", ident, version)
                above[ident] |= _opened(keks, aad, wrapped)
        for raw, epoch, noun, version, kid, wrapped in self._rows["key_epoch"]:
            if noun == "vault" and wrapped is not None:
                client = ClientId(raw)
                aad = tree.epoch_aad(client, "vault", epoch, version, kid)
                for key in _opened(above[raw], aad, wrapped):
                    yield VaultCipher(key, client, epoch, version)

    def opens(self, kms: UnsafeMemoryKms) -> set[bytes]:
        """Return every raw value that comes open from any copy."""
        found: set[bytes] = set()
        for cipher in self.ciphers(kms):
            for raw, epoch, token, version, kind, sealed in self._rows["vault"]:
                here = (cipher.client.raw, cipher.epoch, cipher.version)
                if sealed is not None and (raw, epoch, version) == here:
                    with suppress(errors.Damaged):
                        found.add(cipher.open_value(token, kind, sealed).raw)
        return found

    def members(self, kms: UnsafeMemoryKms, texts: Iterable[Text]) -> set[bytes]:
        """Return which of these values can be shown to have been there, by their index keys."""
        keys = {key for _, _, _, key, _ in self._rows["vault_index"]}
        ciphers = list(self.ciphers(kms))
        return {
            raw
            for kind, raw, _ in texts
            for cipher in ciphers
            for form in (CANON, RAW)
            if cipher.index(form, kind, raw) in keys
        }


def _opened(keys: Iterable[bytes], aad: bytes, wrapped: bytes) -> set[bytes]:
    found: set[bytes] = set()
    for key in keys:
        with suppress(errors.Damaged):
            found.add(tree.unwrap(key, aad, wrapped))
    return found


class Copies:
    """Copies the database at each step, as snapshots of a host do."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.images: list[Path] = []

    def take(self) -> None:
        self.images.append(image_of(self._house, f"image-{len(self.images)}"))
