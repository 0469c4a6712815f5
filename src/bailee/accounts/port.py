"""Ports of accounts."""

from collections.abc import Sequence
from typing import Protocol

from bailee.ids import TokenId
from bailee.keyring.port import Macs, Opening, Sealing
from bailee.monitor.port import ActorGrounds
from bailee.monitor.power import ActorRow, TokenRow
from bailee.work import Tx


class ActorRows(ActorGrounds, Protocol):
    """Actor rows: the rows of actors, which the monitor only reads."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no actor is missing; Damaged where it cannot be told."""

    def add(self, tx: Tx, row: ActorRow) -> None:
        """Insert an actor; Conflict when the name has one."""

    def replace(self, tx: Tx, row: ActorRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""


class TokenRows(Protocol):
    """Token rows: the rows of API tokens."""

    def get(self, tx: Tx, token: TokenId) -> TokenRow | None:
        """Find by id."""

    def all(self, tx: Tx) -> Sequence[TokenRow]:
        """Return every token, by id."""

    def require_whole(self, tx: Tx) -> None:
        """Return if no token is missing; Damaged where it cannot be told."""

    def add(self, tx: Tx, row: TokenRow) -> None:
        """Insert a token."""

    def replace(self, tx: Tx, row: TokenRow) -> None:
        """Replace the version before it; Conflict when that one is not there."""

    def use(self, tx: Tx, token: TokenId, now_ms: int, apart_ms: int) -> None:
        """Write down when a token was used, unless that was done less than `apart_ms` ago."""


class AccountKeys(Macs, Sealing, Opening, Protocol):
    """Account keys: the part of the keyring that accounts use."""


class AccountRows(Protocol):
    """Account rows: the rows of all that this noun keeps."""

    @property
    def actors(self) -> ActorRows:
        """The rows of actors."""

    @property
    def tokens(self) -> TokenRows:
        """The rows of API tokens."""
