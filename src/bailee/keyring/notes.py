"""Notes: what a home has to say and sends by itself, sealed until it is sent.

Under a key of the internal one, as row digests are: it says where to, and what of the home, never
what somebody keeps in custody, so that no grant is needed to open it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, final

from bailee.seal.row import RowCipher

if TYPE_CHECKING:
    from bailee.keyring.service import Keyring

DOMAIN = "notice"


@final
class NoteKeys:
    """Note keys: seal and open notes; `mac_key` derives the key of a domain."""

    __slots__ = ("_mac_key",)

    def __init__(self, mac_key: Callable[[str], bytes]) -> None:
        self._mac_key = mac_key

    @classmethod
    def of(cls, keyring: "Keyring") -> "NoteKeys":
        """Make them of a keyring; they ask it for the key each time, which it may have dropped."""
        return cls(keyring._mac_key)  # noqa: SLF001  # of this room, whose service is full

    def seal(self, aad: bytes, plain: bytes) -> bytes:
        """Seal a note, bound to its place."""
        return RowCipher(self._mac_key(DOMAIN)).seal(aad, plain)

    def open(self, aad: bytes, sealed: bytes) -> bytes:
        """Open it; Damaged when it is of another place, or nobody here sealed it."""
        return RowCipher(self._mac_key(DOMAIN)).open(aad, sealed)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key does not leave the process")
