"""A thief with every version of every file: what he took, which keys that gives, what it opens.

He knows the formats and formulas, which are published, and uses no service, state or row adapter
of the house: every key that he finds is tried on every wrapped key and every ciphertext ever
seen, in any order in which they ever stood.
"""

import hashlib
import io
import re
import sqlite3
import tarfile
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bailee import errors
from bailee.adapters.kms.keyring_file import PassphraseKeys, parse
from bailee.backup.form import MAGIC, open_stream
from bailee.encoding import dec
from bailee.ids import ClientId, InstallId
from bailee.keyring.model import EPOCH_KEY_OF, VAULT
from bailee.keyring.sealers import recovery_key
from bailee.keyring.tree import formulas as tree
from bailee.keyring.vault.cipher import CANON, RAW, VaultCipher
from bailee.names.shard import Shard
from bailee.seal.envelope import RecoveryKey
from bailee.seal.layout import Extent, plain_size
from bailee.seal.leaf import LeafOpener
from bailee.seal.row import row_aad
from bailee.seal.stream import OpeningReader, object_aad
from bailee.secret import Secret

Row = tuple[Any, ...]  # SQLite's types are dynamic

TABLES = {
    "key_state": "install, provider",
    "key_trunk": "noun, id, gen, version, wrapped",
    "key_bucket": "client, bucket, version, wrapped",
    "key_leaf": "client, bucket, noun, id, version, epoch, kid, wrapped",
    "key_law": "client, year, parent, kid, wrapped",
    "object_version": "client, object, version, sealed_label, digest, commitment",
    "name_shard": "client, noun, shard, version, sealed",
    "ledger_entry": "client, entry, year, body, subject",
    "key_epoch": "client, epoch, noun, version, kid, wrapped",
    "vault": "client, epoch, token, version, kind, sealed",
    "vault_index": "client, epoch, version, key, sealed",
    "log_stream": "client, stream, sealed_label",
    "log_part": "client, batch, part, sealed_extent, digest, commitment",
    "log_run": "client, epoch, blob, sealed_extent, digest, commitment",
    "actor": "id, sealed_os_user",
    "client": "id, sealed_label",
}
"""What he reads of each table: wraps, ciphertexts, and where each of them stood."""

Month = tuple[bytes, int, str, int]
"""Client, epoch, noun and version of a key of a month of custody."""

_SQLITE = b"SQLite format 3\0"
_KEYRING = b"bailee keyring 1\n"
_TURN = re.compile(rb"bailee turn 1\ninstall [^\n]*\ngeneration ([0-9]+)\nsecret ([A-Za-z0-9+/=]+)")

Turn = tuple[int, bytes]


def turns_in(data: bytes) -> set[Turn]:
    """Read the turn secrets out of a custodian's file."""
    return {(int(gen), b64decode(secret)) for gen, secret in _TURN.findall(data)}


@dataclass
class Loot:
    """Every version of everything, however it was called and wherever it lay."""

    scratch: Path
    rows: defaultdict[str, set[Row]] = field(default_factory=lambda: defaultdict(set))
    keyrings: set[bytes] = field(default_factory=set)
    turns: set[Turn] = field(default_factory=set)
    backups: set[bytes] = field(default_factory=set)
    files: dict[bytes, bytes] = field(default_factory=dict)
    """Anything else, by the SHA-256 that a row may name it by."""

    def take(self, data: bytes, wal: bytes = b"") -> None:
        """Take a file, of whatever kind its first bytes say."""
        if data.startswith(_SQLITE):
            self._database(data, wal)
        elif data.startswith(_KEYRING):
            self.keyrings.add(data)
        elif data.startswith(MAGIC):
            self.backups.add(data)
        elif found := turns_in(data):
            self.turns |= found
        else:
            self.files[hashlib.sha256(data).digest()] = data

    def _database(self, data: bytes, wal: bytes) -> None:
        copy = self.scratch / "stolen.db"
        copy.write_bytes(data)
        copy.with_name("stolen.db-wal").write_bytes(wal)
        copy.with_name("stolen.db-shm").unlink(missing_ok=True)
        with closing(sqlite3.connect(copy)) as connection:
            for table, columns in TABLES.items():
                with suppress(sqlite3.OperationalError):  # before the tables were made
                    self.rows[table].update(connection.execute(f"select {columns} from {table}"))  # noqa: S608  # constants


@dataclass(frozen=True)
class Opened:
    """What came open."""

    keys: int
    contents: frozenset[bytes]
    names: frozenset[str]
    subjects: frozenset[bytes]
    bodies: int
    values: frozenset[bytes] = frozenset()
    """Identifiers out of vaults."""
    members: frozenset[bytes] = frozenset()
    """Those of the wanted ones that an index shows to have been there."""
    logs: frozenset[bytes] = frozenset()
    """Sealed files of logs: text, names, kept secrets, runs."""

    @property
    def nothing(self) -> bool:
        """Tell whether not one key and not one byte came open."""
        held = self.contents or self.names or self.subjects or self.values or self.members
        return not (self.keys or held or self.bodies or self.logs)

    def holds(self, text: str) -> bool:
        """Tell whether a text stands in anything that came open."""
        raw = text.encode()
        return (
            text in self.names
            or any(raw in content for content in self.contents)
            or any(raw in subject for subject in self.subjects)
        )


class Thief:
    """Who has this loot, these turn secrets, and perhaps the passphrase."""

    def __init__(self, loot: Loot, turns: Iterable[Turn], passphrase: str | None) -> None:
        self._loot = loot
        self._turns = set(turns)
        self._passphrase = passphrase
        self._unlocked: dict[bytes, set[tuple[InstallId, bytes]]] = {}

    def open(self, wanted: Iterable[tuple[int, bytes]] = ()) -> Opened:
        """Find every key that can be found and open all that it opens.

        `wanted` are kinds and canonical values that he guesses, to look for in indexes.
        """
        roots = self._closed_over_backups()
        wrapping = self._wrapping(self._keks(roots))
        months = self._months(wrapping)
        leaves = self._leaves(self._buckets(wrapping), months)
        body_keys = self._body_keys(wrapping)
        ciphers = list(_ciphers(months))
        found = [*wrapping.values(), *leaves.values(), *body_keys.values(), *months.values()]
        return Opened(
            keys=sum(len(keys) for keys in found),
            contents=frozenset(self._contents(leaves)),
            names=frozenset(self._names(leaves)),
            subjects=frozenset(self._subjects(leaves)),
            bodies=len(set(self._bodies(body_keys))),
            values=frozenset(self._values(ciphers)),
            members=frozenset(self._members(ciphers, wanted)),
            logs=frozenset(self._logs(leaves)),
        )

    # --- from files to roots -----------------------------------------------------------------

    def _closed_over_backups(self) -> set[tuple[InstallId, bytes]]:
        """Open backups with the roots at hand, until what lies in them gives no new root."""
        done: set[tuple[bytes, bytes]] = set()
        while True:
            roots = self._roots()
            pairs = {(root, backup) for _, root in roots for backup in self._loot.backups} - done
            if not pairs:
                return roots
            done |= pairs
            for install, root in roots:
                key = recovery_key(Secret(root), install)
                for backup in [backup for known, backup in pairs if known == root]:
                    for member in _members(backup, key):
                        self._loot.take(member)

    def _roots(self) -> set[tuple[InstallId, bytes]]:
        for data in self._loot.keyrings - set(self._unlocked):
            self._unlocked[data] = set(self._unlock(data))
        return {root for found in self._unlocked.values() for root in found}

    def _unlock(self, data: bytes) -> Iterator[tuple[InstallId, bytes]]:
        if self._passphrase is None:
            return
        content = parse(data)
        keys = PassphraseKeys(Secret(self._passphrase), content.salt, content.cost)
        for first, wrapped in content.roots:
            yield content.install, keys.open_root(content.install, first, wrapped)

    # --- from roots to leaves ----------------------------------------------------------------

    def _keks(self, roots: set[tuple[InstallId, bytes]]) -> set[bytes]:
        return {
            tree.kek(root, turn, install, gen)
            for install, root in roots
            for gen, turn in self._turns
        }

    def _wrapping(self, keks: set[bytes]) -> Mapping[tuple[str, bytes], set[bytes]]:
        found = defaultdict[tuple[str, bytes], set[bytes]](set)
        providers = {ClientId(provider) for _, provider in self._loot.rows["key_state"]}
        for noun, ident, _, version, wrapped in self._loot.rows["key_trunk"]:
            for owner in {ClientId(ident)} if noun == "client" else providers:
                aad = tree.wrapping_aad(owner, noun, ident, version)
                found[noun, ident] |= _tried(keks, aad, wrapped)
        return found

    def _buckets(
        self, wrapping: Mapping[tuple[str, bytes], set[bytes]]
    ) -> Mapping[tuple[bytes, int], set[bytes]]:
        found = defaultdict[tuple[bytes, int], set[bytes]](set)
        for client, bucket, version, wrapped in self._loot.rows["key_bucket"]:
            aad = tree.bucket_aad(ClientId(client), bucket, version)
            found[client, bucket] |= _tried(wrapping.get(("client", client), set()), aad, wrapped)
        return found

    def _months(
        self, wrapping: Mapping[tuple[str, bytes], set[bytes]]
    ) -> Mapping[Month, set[bytes]]:
        found = defaultdict[Month, set[bytes]](set)
        for client, epoch, noun, version, kid, wrapped in self._loot.rows["key_epoch"]:
            if wrapped is not None:
                aad = tree.epoch_aad(ClientId(client), noun, epoch, version, kid)
                keys = wrapping.get(("client", client), set())
                found[client, epoch, noun, version] |= _tried(keys, aad, wrapped)
        return found

    def _leaves(
        self, buckets: Mapping[tuple[bytes, int], set[bytes]], months: Mapping[Month, set[bytes]]
    ) -> Mapping[tuple[bytes, str, bytes, int], set[bytes]]:
        found = defaultdict[tuple[bytes, str, bytes, int], set[bytes]](set)
        for row in self._loot.rows["key_leaf"]:
            client, bucket, noun, ident, version, epoch, kid, wrapped = row
            owner = ClientId(client)
            beside = {tree.NO_EPOCH_KEY}
            if noun in EPOCH_KEY_OF:
                beside = {
                    key
                    for (of, month, name, _), keys in months.items()
                    if (of, month, name) == (client, epoch, EPOCH_KEY_OF[noun])
                    for key in keys
                }
            wrappers = {
                tree.leaf_wrapper(key, noun, owner, bucket, epoch, epoch_key=x)
                for key in buckets.get((client, bucket), set())
                for x in beside
            }
            aad = tree.leaf_aad(owner, noun, ident, version, kid)
            found[client, noun, ident, version] |= _tried(wrappers, aad, wrapped)
        return found

    def _body_keys(
        self, wrapping: Mapping[tuple[str, bytes], set[bytes]]
    ) -> Mapping[tuple[bytes, int], set[bytes]]:
        found = defaultdict[tuple[bytes, int], set[bytes]](set)
        for client, year, parent, kid, wrapped in self._loot.rows["key_law"]:
            aad = tree.body_key_aad(ClientId(client), year, parent, kid)
            found[client, year] |= _tried(wrapping.get(("law", b""), set()), aad, wrapped)
        return found

    # --- from leaves to what they seal -------------------------------------------------------

    def _contents(
        self, leaves: Mapping[tuple[bytes, str, bytes, int], set[bytes]]
    ) -> Iterator[bytes]:
        for client, obj, version, _, digest, commitment in self._loot.rows["object_version"]:
            for key in leaves.get((client, "object", obj, version), ()):
                if digest in self._loot.files:
                    aad = object_aad(client, "object", obj, version)
                    stored = _Held(self._loot.files[digest])
                    with suppress(errors.Damaged):
                        yield _unsealed(stored, LeafOpener(key), aad, commitment).rstrip(b"\0")

    def _logs(self, leaves: Mapping[tuple[bytes, str, bytes, int], set[bytes]]) -> Iterator[bytes]:
        for client, batch, part, *sealed in self._loot.rows["log_part"]:
            yield from self._log(leaves, (client, part, batch, 0), sealed)
        for client, _, blob, *sealed in self._loot.rows["log_run"]:
            yield from self._log(leaves, (client, "run", blob, 0), sealed)

    def _log(
        self,
        leaves: Mapping[tuple[bytes, str, bytes, int], set[bytes]],
        what: tuple[bytes, str, bytes, int],
        sealed: list[bytes],
    ) -> Iterator[bytes]:
        extent, digest, commitment = sealed
        client, noun, ident, _ = what
        for key in leaves.get(what, ()):
            opener, aad = LeafOpener(key), object_aad(client, noun, ident, 0)
            with suppress(errors.Damaged):
                size = opener.open_row(row_aad(client, noun, ident, "extent", 0), extent)
                if digest in self._loot.files:
                    stored = _Held(self._loot.files[digest])
                    whole = _unsealed(stored, opener, aad, commitment)
                    yield whole[: int.from_bytes(size[:8], "big")]

    def _values(self, ciphers: Iterable[VaultCipher]) -> Iterator[bytes]:
        for cipher in ciphers:
            for client, epoch, token, version, kind, sealed in self._loot.rows["vault"]:
                here = (cipher.client.raw, cipher.epoch, cipher.version)
                if sealed is not None and (client, epoch, version) == here:
                    with suppress(errors.Damaged):
                        yield cipher.open_value(token, kind, sealed).raw

    def _members(
        self, ciphers: Iterable[VaultCipher], wanted: Iterable[tuple[int, bytes]]
    ) -> Iterator[bytes]:
        listed, keys = list(wanted), {row[3] for row in self._loot.rows["vault_index"]}
        for cipher in ciphers:
            for kind, raw in listed:
                if any(cipher.index(form, kind, raw) in keys for form in (CANON, RAW)):
                    yield raw

    def _names(self, leaves: Mapping[tuple[bytes, str, bytes, int], set[bytes]]) -> Iterator[str]:
        for client, obj, version, label, _, _ in self._loot.rows["object_version"]:
            aad = row_aad(client, "object-label", obj, "label", version)
            keys = leaves.get((client, "object-label", obj, version), ())
            yield from (dec("object-label", text)[0].decode() for text in _rows(keys, aad, label))
        for client, noun, shard, version, sealed in self._loot.rows["name_shard"]:
            aad = row_aad(client, "name-shard", shard, noun, version)
            keys = leaves.get((client, "name-shard", shard, 0), ())
            for plain in _rows(keys, aad, sealed):
                yield from (thing.name for thing in Shard(plain))
        for _, provider in self._loot.rows["key_state"]:
            for table, noun, column in (
                ("actor", "actor", "os-user"),
                ("client", "client", "label"),
            ):
                for ident, sealed in self._loot.rows[table]:
                    aad = row_aad(provider, noun, ident, column, 0)
                    keys = leaves.get((provider, noun, ident, 0), ())
                    yield from (text.decode() for text in _rows(keys, aad, sealed))

    def _subjects(
        self, leaves: Mapping[tuple[bytes, str, bytes, int], set[bytes]]
    ) -> Iterator[bytes]:
        for client, entry, _, _, subject in self._loot.rows["ledger_entry"]:
            if subject is not None:
                aad = row_aad(client, "entry", entry, "subject", 1)
                yield from _rows(leaves.get((client, "subject", entry, 0), ()), aad, subject)

    def _bodies(self, body_keys: Mapping[tuple[bytes, int], set[bytes]]) -> Iterator[bytes]:
        for client, entry, year, body, _ in self._loot.rows["ledger_entry"]:
            if body is not None:
                aad = row_aad(client, "entry", entry, "body", 1)
                yield from _rows(body_keys.get((client, year), ()), aad, body)


def _ciphers(months: Mapping[Month, set[bytes]]) -> Iterator[VaultCipher]:
    for (client, epoch, noun, version), keys in months.items():
        if noun == VAULT:
            yield from (VaultCipher(key, ClientId(client), epoch, version) for key in keys)


def _tried(keys: Iterable[bytes], aad: bytes, wrapped: bytes) -> set[bytes]:
    found: set[bytes] = set()
    for key in keys:
        with suppress(errors.Damaged):
            found.add(tree.unwrap(key, aad, wrapped))
    return found


def _rows(keys: Iterable[bytes], aad: bytes, sealed: bytes) -> Iterator[bytes]:
    for key in keys:
        with suppress(errors.Damaged):
            yield LeafOpener(key).open_row(aad, sealed)


class _Held:
    """Bytes as a sealed file."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def size(self) -> int:
        return len(self._data)

    def read_at(self, offset: int, length: int) -> bytes:
        return self._data[offset : offset + length]


def _unsealed(stored: _Held, opener: LeafOpener, aad: bytes, commitment: bytes) -> bytes:
    extent = Extent(true_size=plain_size(stored.size()), sealed_size=stored.size())
    return OpeningReader(opener, aad, stored, extent=extent, commitment=commitment).readall()


def _members(backup: bytes, key: RecoveryKey) -> Iterator[bytes]:
    try:
        _, reader = open_stream(_Held(backup), key.open)
        plain = reader.readall()
    except errors.Damaged:  # sealed to another root, or cut short by a crash
        return
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        for info in tar:
            member = tar.extractfile(info)
            if member is not None:
                yield member.read()
