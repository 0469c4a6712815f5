"""Keyring file of a home: roots under a passphrase, and the register of copies; its format.  Pure.

Text, one fact a line, closed by a MAC under the passphrase: an edited register is noticed, one
without a custodian, say, whose copy of the turn secret would then outlive each destruction.
spec/keys.md, "`keyring`, in the home"
"""

import base64
import binascii
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bailee import errors
from bailee.encoding import enc
from bailee.ids import Entropy, InstallId
from bailee.keyring.tree.formulas import root_aad, unwrap, wrap
from bailee.seal.kdf import KEY_BYTES, hkdf
from bailee.secret import Secret

# RFC 9106, 3.1: 16 bytes of salt for passwords.  Fresh for each file, so that hashing guesses for
# one installation helps with no other.
SALT_BYTES = 16
CUSTODIAN_ID_BYTES = 16
_FIRST_LINE = "bailee keyring 1"
_CUSTODIAN = re.compile(r"custodian ([0-9a-f]{32}) (/.+)")
_MAC = re.compile(r"mac ([A-Za-z0-9+/]{43}=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Cost of one guess at the passphrase, as Argon2id (RFC 9106) counts it."""

    memory_kib: int
    passes: int
    lanes: int

    def at_least(self, other: "Cost") -> bool:
        """Return whether no figure is smaller."""
        return (
            self.memory_kib >= other.memory_kib
            and self.passes >= other.passes
            and self.lanes >= other.lanes
        )


FLOOR = Cost(memory_kib=65_536, passes=3, lanes=4)
"""RFC 9106, second recommendation: 64 MiB; 0.13 s on two cores."""

CEILING = Cost(memory_kib=1_048_576, passes=64, lanes=64)
"""1 GiB.  No file of ours asks for more: one that does would only stop the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """Registered custodian: a line of the register of copies."""

    id: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringFile:
    """Content of the file."""

    install: InstallId
    cost: Cost
    salt: bytes
    custodians: tuple[Registered, ...]
    roots: tuple[tuple[int, bytes], ...]
    """(first generation that it serves, wrapped root), oldest first."""


class PassphraseKeys:
    """Two keys derived from a passphrase: one wraps roots, the other is of the MAC of the file.

    Sealed when there is not the memory that its cost asks for.
    """

    __slots__ = ("_mac", "_wrap")

    def __init__(self, passphrase: Secret[str], salt: bytes, cost: Cost) -> None:
        # Keyboards differ in how they compose an accent: NFC makes one passphrase of all of them.
        typed = unicodedata.normalize("NFC", passphrase.reveal()).encode()
        try:
            stretched = Argon2id(
                salt=salt,
                length=KEY_BYTES,
                iterations=cost.passes,
                lanes=cost.lanes,
                memory_cost=cost.memory_kib,
            ).derive(typed)
        except MemoryError:
            raise errors.Sealed("errors_kms.no-memory") from None
        # Two keys of one hash: opening a root and forging the file stay apart, at the price of one
        # Argon2.
        self._wrap = hkdf(stretched, enc("keyring-wrap"))
        self._mac = hkdf(stretched, enc("keyring-mac"))

    def wrap_root(
        self, install: InstallId, first: int, root: bytes, entropy: Entropy = secrets.token_bytes
    ) -> bytes:
        """Wrap a root."""
        return wrap(self._wrap, root_aad(install, first), root, entropy)

    def open_root(self, install: InstallId, first: int, wrapped: bytes) -> bytes:
        """Unwrap a root; Sealed when the passphrase is another one."""
        try:
            return unwrap(self._wrap, root_aad(install, first), wrapped)
        except errors.Damaged:
            raise errors.Sealed("errors_kms.wrong-passphrase") from None

    def close(self, body: bytes) -> bytes:
        """Return the MAC over all lines before the last."""
        return hmac.digest(self._mac, body, "sha256")


def render(content: KeyringFile, keys: PassphraseKeys) -> bytes:
    """Write the file."""
    cost = content.cost
    lines = [
        _FIRST_LINE,
        f"install {content.install}",
        f"argon2id {cost.memory_kib} {cost.passes} {cost.lanes} {_b64(content.salt)}",
        *(f"custodian {entry.id} {entry.path}" for entry in content.custodians),
        *(f"root {first} {_b64(wrapped)}" for first, wrapped in content.roots),
    ]
    body = "".join(line + "\n" for line in lines).encode()
    return body + f"mac {_b64(keys.close(body))}\n".encode()


def parse(data: bytes) -> KeyringFile:
    """Read the file without comparing its MAC; Damaged when it is not of this form."""
    try:
        lines = _lines(data)
        install = InstallId.parse(_after("install ", lines[1]))
        memory, passes, lanes, salt = _after("argon2id ", lines[2]).split(" ")
        facts = lines[3:]
        return KeyringFile(
            install=install,
            cost=_cost(int(memory), int(passes), int(lanes)),
            salt=_salt(salt),
            custodians=tuple(_custodian(line) for line in facts if line.startswith("custodian ")),
            # Every other line is a root: an unknown one is refused, not passed over.
            roots=tuple(_root(line) for line in facts if not line.startswith("custodian ")),
        )
    except (ValueError, IndexError):  # decoding errors are ValueErrors; none may quote the file
        raise errors.Damaged("errors_kms.keyring-file") from None


def verify(data: bytes, keys: PassphraseKeys) -> None:
    """Compare the MAC in the last line; Damaged when the file was edited."""
    # Over the bytes as they were read, not as they would be written: nothing between them is
    # ignored.
    body, _, last = data[:-1].rpartition(b"\n")
    if not hmac.compare_digest(last, b"mac " + _b64(keys.close(body + b"\n")).encode()):
        raise errors.Damaged("errors_kms.keyring-file")


def _lines(data: bytes) -> list[str]:
    """Return the lines between the first and the MAC, both checked for their form."""
    lines = data.decode("utf-8").split("\n")
    if lines[0] != _FIRST_LINE or lines[-1] or not _MAC.fullmatch(lines[-2]):
        raise ValueError("not a keyring file")
    return lines[:-2]


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        raise ValueError("another line was expected")
    return line.removeprefix(prefix)


def _cost(memory_kib: int, passes: int, lanes: int) -> Cost:
    if passes < 1 or lanes < 1 or memory_kib < 8 * lanes:  # RFC 9106, section 3.1
        raise ValueError("not a cost of Argon2id")
    return Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)


def _salt(text: str) -> bytes:
    salt = _unb64(text)
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt is 16 bytes")
    return salt


def _custodian(line: str) -> Registered:
    found = _CUSTODIAN.fullmatch(line)
    if found is None:
        raise ValueError("not a custodian")
    return Registered(id=found[1], path=Path(found[2]))


def _root(line: str) -> tuple[int, bytes]:
    first, _, wrapped = _after("root ", line).partition(" ")
    return int(first), _unb64(wrapped)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
