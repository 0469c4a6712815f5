"""Grant: the monitor's permission to open, for one act.

Only `monitor/` makes grants, each after the entry that records it is durable.  A grant names the
actor, the act, the client, the purpose, what may be opened, how often and until when.  Its MAC
under a key of the keyring makes one that was built elsewhere useless to an opener.  It prevents
mistakes, not malice in the same process: SECURITY.md says so.
"""

from dataclasses import dataclass
from typing import NoReturn, final

from bailee.encoding import enc
from bailee.ids import ActorId, ClientId, EntryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """What one leaf key seals: a thing of a noun, of one client, in one version.

    `epoch` is the month of custody, YYYYMM, of a thing that ends with it; else 0.
    """

    client: ClientId
    noun: str
    id: bytes
    version: int = 0
    epoch: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a grant covers: all of a noun of the client, or these ids of it."""

    noun: str
    ids: frozenset[bytes] | None = None

    def covers(self, ref: Ref) -> bool:
        """Return whether the thing falls within."""
        return ref.noun == self.noun and (self.ids is None or ref.id in self.ids)

    def canonical(self) -> bytes:
        """Encode for the MAC: the noun, whether all of it is covered, and the ids in order."""
        # Sorted, because a set has no order and the MAC must come out the same each time.
        named = sorted(self.ids or ())
        return enc("grant-scope", self.noun, int(self.ids is None), *named)


@final
class Grant:
    """Permission to open `count` things of `scopes`, to be used before `expires_s` (monotonic)."""

    __slots__ = (
        "_left",
        "act",
        "actor",
        "client",
        "count",
        "entry",
        "expires_s",
        "index",
        "mac",
        "purpose",
        "scopes",
    )

    def __init__(
        self,
        *,
        entry: EntryId,
        index: int,
        actor: ActorId,
        act: str,
        client: ClientId,
        purpose: str,
        scopes: tuple[Scope, ...],
        count: int,
        expires_s: float,
        mac: bytes,
    ) -> None:
        self.entry = entry
        self.index = index
        self.actor = actor
        self.act = act
        self.client = client
        self.purpose = purpose
        self.scopes = scopes
        self.expires_s = expires_s
        self.mac = mac
        self.count = count
        self._left = count

    def spend(self) -> bool:
        """Use up one opening; False when none is left."""
        # No lock: a grant belongs to the one act, in the one thread, that it was made for.
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def __init_subclass__(cls) -> NoReturn:
        # A subclass could answer True to every `spend`.
        raise TypeError("a grant has no kinds")

    def __copy__(self) -> NoReturn:
        # Each copy would count its openings from the start.
        raise TypeError("a grant is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a grant is not copied")

    def __reduce__(self) -> NoReturn:
        # Its expiry is monotonic time, which means nothing in another process.
        raise TypeError("a grant does not leave the process")

    def __repr__(self) -> str:
        # Nothing of the scopes: their ids would stand in log lines beside the act.
        return f"Grant({self.act}, {self.entry})"


def grant_message(
    *,
    entry: EntryId,
    index: int,
    actor: ActorId,
    act: str,
    client: ClientId,
    purpose: str,
    scopes: tuple[Scope, ...],
    count: int,
    expires_s: float,
) -> bytes:
    """Encode what the MAC of a grant covers: all of it but the MAC (spec/keys.md, "Formulas")."""
    return enc(
        "grant",
        index,
        entry.raw,
        actor.raw,
        act,
        client.raw,
        purpose,
        # Each is a tuple of `enc`, which carries its own length: joined, they stay apart.
        b"".join(scope.canonical() for scope in scopes),
        int(expires_s * 1000),
        count,
    )
