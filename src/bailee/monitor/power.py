"""Power rows: rows that confer power, each a projection of one entry of the provider's log.

    mac = HMAC(K_int, enc("row", table, pk, version, log_index, columns…))

A row that was inserted, edited or given another row's MAC does not verify.  An older state of
the same row does, with its own MAC: `projection` finds that one, by the index of the entry.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

from bailee.act import Strength
from bailee.encoding import enc
from bailee.ids import ActorId, ApprovalId, ClientId, TokenId
from bailee.keyring.port import Macs

MAC_DOMAIN = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRow(ABC):
    """Power row: what all rows that confer power share; only its kinds are used."""

    table: ClassVar[str] = ""

    version: int
    log_index: int
    mac: bytes = b""

    @abstractmethod
    def pk(self) -> str:
        """Give the primary key, as its id's text."""

    @abstractmethod
    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give every other column, in order."""

    @abstractmethod
    def recorded(self) -> Mapping[str, str]:
        """Return what the log's entry records of the row: opaque ids and words of closed lists."""

    def message(self) -> bytes:
        """Encode what the MAC covers: every column but the MAC itself."""
        # Table and key first: without them one actor's MAC would vouch for a client's row with the
        # same columns. The index of the entry is covered, so an older row brings its older index
        # along.
        return enc("row", self.table, self.pk(), self.version, self.log_index, *self.columns())

    def vouched(self, keys: Macs) -> Self:
        """Return the row with its MAC."""
        return replace(self, mac=keys.mac(MAC_DOMAIN, self.message()))

    def verifies(self, keys: Macs) -> bool:
        """Tell whether the keyring vouched for exactly this row."""
        return keys.verify_mac(MAC_DOMAIN, self.message(), self.mac)

    def projected(self) -> Mapping[str, str]:
        """Return the part of an entry's body that this row is the projection of."""
        return {
            "table": self.table,
            "row": self.pk(),
            "version": str(self.version),
            **self.recorded(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRow(PowerRow):
    """Actor row: who acts, at home with the provider or a client; the name keyed and sealed."""

    table: ClassVar[str] = "actor"

    id: ActorId
    home: ClientId
    os_user_key: bytes
    sealed_os_user: bytes
    roles: tuple[str, ...]

    def pk(self) -> str:
        """Give the actor's id."""
        return str(self.id)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give home, both forms of the name, roles."""
        return (self.home.raw, self.os_user_key, self.sealed_os_user, enc("roles", *self.roles))

    def recorded(self) -> Mapping[str, str]:
        """Return home and roles."""
        held = {f"role.{role}": "held" for role in self.roles}
        return {"home": str(self.home), **held}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow(PowerRow):
    """Client row: a client; the label keyed and sealed.  One of them is the provider itself."""

    table: ClassVar[str] = "client"

    id: ClientId
    label_key: bytes
    sealed_label: bytes
    is_provider: bool

    def pk(self) -> str:
        """Give the client's id."""
        return str(self.id)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give both forms of the label, and whether it is the provider."""
        return (self.label_key, self.sealed_label, int(self.is_provider))

    def recorded(self) -> Mapping[str, str]:
        """Return whether it is the provider."""
        return {"provider": "yes" if self.is_provider else "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow(PowerRow):
    """Policy row: the hash of the policies in force."""

    table: ClassVar[str] = "policy"

    provider: ClientId
    hash: str

    def pk(self) -> str:
        """Give the provider's id: there is one row."""
        return str(self.provider)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give the hash."""
        return (self.hash,)

    def recorded(self) -> Mapping[str, str]:
        """Return the hash."""
        return {"hash": self.hash}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRow(PowerRow):
    """Clock row: how late it is for certain, and at which moment of which start of the machine."""

    table: ClassVar[str] = "clock"

    provider: ClientId
    boot: bytes
    up_ms: int
    shown_ms: int

    def pk(self) -> str:
        """Give the provider's id: there is one row."""
        return str(self.provider)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give the start, the time since then, shown time."""
        return (self.boot, self.up_ms, self.shown_ms)

    def recorded(self) -> Mapping[str, str]:
        """Return all of it: the random id of a start, and times."""
        return {"boot": self.boot.hex(), "up": str(self.up_ms), "shown": str(self.shown_ms)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow(PowerRow):
    """Setting row: the settings as they were last recorded, each a `name=word`, and what changed.

    `was` has those that changed as they were before, `weaker` which of them became weaker, with
    the way in which that one does.
    """

    table: ClassVar[str] = "setting"

    provider: ClientId
    held: tuple[str, ...]
    was: tuple[str, ...] = ()
    weaker: tuple[str, ...] = ()

    def pk(self) -> str:
        """Give the provider's id: there is one row."""
        return str(self.provider)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give what is set, what was, what is weaker."""
        return (enc("held", *self.held), enc("was", *self.was), enc("weaker", *self.weaker))

    def recorded(self) -> Mapping[str, str]:
        """Return all of it: numbers, keyed digests of paths and names, words of closed lists."""
        parts = {"": self.held, "was.": self.was, "weaker.": self.weaker}
        split = ((front, one.partition("=")) for front, words in parts.items() for one in words)
        return {f"{front}{name}": word for front, (name, _, word) in split}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRow(PowerRow):
    """Approval row: one matter that needs two people: who asked, who agreed, until when.

    `request` is a keyed hash over act, client and all that is asked for; `what` is what of it may
    stand in clear, as `name=word`; `whole` tells whether that is all.
    """

    table: ClassVar[str] = "approval"

    id: ApprovalId
    client: ClientId
    act: str
    request: bytes
    what: tuple[str, ...]
    whole: bool
    state: str
    asked_by: ActorId
    asked_ms: int
    asked_strength: Strength
    until_ms: int
    given_by: ActorId | None = None
    given_ms: int | None = None
    given_strength: Strength | None = None

    def pk(self) -> str:
        """Give the id; a matter has one row, however often it is asked for."""
        return str(self.id)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give what is asked for, how far that is, who asked when, who agreed."""
        matter = (self.client.raw, self.act, self.request, enc("what", *self.what), int(self.whole))
        asked = (self.asked_by.raw, self.asked_ms, self.asked_strength.value, self.until_ms)
        given = b""
        if self.given_by is not None:
            how = "" if self.given_strength is None else self.given_strength.value
            given = enc("given", self.given_by.raw, self.given_ms or 0, how)
        return (*matter, self.state, *asked, given)

    def recorded(self) -> Mapping[str, str]:
        """Return all of it: ids, a keyed hash, words of closed lists, times."""
        given: dict[str, str] = {}
        if self.given_by is not None:
            given = {
                "given-by": str(self.given_by),
                "given": str(self.given_ms),
                "given-strength": str(self.given_strength),
            }
        parts = (word.partition("=") for word in self.what)
        return {
            "client": str(self.client),
            "act": self.act,
            "request": self.request.hex(),
            "whole": "yes" if self.whole else "no",
            "state": self.state,
            "asked-by": str(self.asked_by),
            "asked": str(self.asked_ms),
            "asked-strength": str(self.asked_strength),
            "until": str(self.until_ms),
            **{f"what.{name}": word for name, _, word in parts},
            **given,
        }


class TokenState(StrEnum):
    """Token state: whether an API token was revoked; that its term is over no row says."""

    STANDING = "standing"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow(PowerRow):
    """Token row: an API token: whose power it lends, where it may be shown, and for how long.

    `used_ms` is a mark, which confers nothing: the MAC does not cover it, and no entry has it.
    """

    table: ClassVar[str] = "api_token"

    id: TokenId
    actor: ActorId
    client: ClientId | None
    networks: tuple[str, ...]
    secret_key: bytes
    state: str
    made_ms: int
    until_ms: int
    until_shown_ms: int
    used_ms: int | None = None

    def pk(self) -> str:
        """Give the id."""
        return str(self.id)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give whose it is, its one client, where it may be shown, its secret's hash, its term."""
        client = b"" if self.client is None else self.client.raw
        networks = enc("networks", *self.networks)
        terms = (self.made_ms, self.until_ms, self.until_shown_ms)
        return (self.actor.raw, client, networks, self.secret_key, self.state, *terms)

    def recorded(self) -> Mapping[str, str]:
        """Return ids, how many networks, a word of a closed list, times."""
        client = {} if self.client is None else {"client": str(self.client)}
        return {
            "actor": str(self.actor),
            **client,
            # Counted: an address does not fit a body.  The MAC covers them, and this entry's index.
            "networks": str(len(self.networks)),
            "state": self.state,
            "made": str(self.made_ms),
            "until": str(self.until_ms),
            "until-shown": str(self.until_shown_ms),
        }

    def stands(self, now_ms: int, shown_ms: int | None) -> bool:
        """Tell whether it confers anything now: by the wall clock, and by shown time."""
        # By both: a wall clock that is set back does not bring an ended token to life, and one
        # that was ahead when the token was made does not lengthen its term.
        over = now_ms >= self.until_ms or (shown_ms or 0) >= self.until_shown_ms
        return self.state == TokenState.STANDING and not over


class LockState(StrEnum):
    """Lock state: whether a client is locked."""

    LOCKED = "locked"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRow(PowerRow):
    """Lock row: of a client that was locked once, whether it is now."""

    table: ClassVar[str] = "client_lock"

    client: ClientId
    state: str

    def pk(self) -> str:
        """Give the client's id."""
        return str(self.client)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give the state."""
        return (self.state,)

    def recorded(self) -> Mapping[str, str]:
        """Return the state."""
        return {"state": self.state}


def is_locked(row: LockRow | None) -> bool:
    """Tell whether a client is locked; one that has no row never was."""
    return row is not None and row.state == LockState.LOCKED


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow(PowerRow):
    """Budget row: how many identifiers an actor opened on a day of shown time, and may open.

    `raised` is what two people agreed on, until the end of that day; 0 is what the policies set.
    """

    table: ClassVar[str] = "reveal_budget"

    actor: ActorId
    day: int
    opened: int
    raised: int
    raised_until_day: int

    def pk(self) -> str:
        """Give the actor's id."""
        return str(self.actor)

    def columns(self) -> tuple[bytes | str | int, ...]:
        """Give the day, how many on it, what was agreed on until when."""
        return (self.day, self.opened, self.raised, self.raised_until_day)

    def recorded(self) -> Mapping[str, str]:
        """Return all of it: counts and days."""
        return {
            "day": str(self.day),
            "opened": str(self.opened),
            "raised": str(self.raised),
            "raised-until": str(self.raised_until_day),
        }
