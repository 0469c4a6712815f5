"""Admission: who it is that shows an API token; the one function that a server asks.

Whatever is wrong with what is shown, the answer is the same and so is the work: rows are read,
MACs verified and the secret compared in every case, for time tells as much as words.  Rows are
looked at anew on each use, and nothing is remembered but how often something failed.
"""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network
from math import ceil
from typing import Final, Protocol

from bailee import errors
from bailee.accounts.throttle import Address, Throttle, marks_of
from bailee.accounts.token import SecretToken
from bailee.act import Principal, Strength
from bailee.clock import Clock
from bailee.ids import ID_BYTES, TokenId
from bailee.keyring.port import Macs
from bailee.monitor.power import TokenRow, TokenState
from bailee.monitor.register import Register
from bailee.secret import Secret
from bailee.work import Tx, Work

USED_APART_MS: Final = 60_000
"""A use is written down once in so long: each would else cost a commit."""
_NO_HASH: Final = bytes(32)


class NotAdmitted(StrEnum):
    """Not admitted: why a token is refused; for counts and notices, never for who showed it.

    All but the first are said of a token whose secret was right.
    """

    UNKNOWN = "unknown"
    NETWORK = "network"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    """Its term is over, its actor holds no role, or its client is locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLook:
    """Token look: who showed it, or why nobody is admitted."""

    principal: Principal | None
    why: NotAdmitted | None


class UsedTokens(Protocol):
    """Used tokens: rows of API tokens, read and marked as used."""

    def get(self, tx: Tx, token: TokenId) -> TokenRow | None:
        """Find by id."""

    def use(self, tx: Tx, token: TokenId, now_ms: int, apart_ms: int) -> None:
        """Write down when a token was used, unless that was done less than `apart_ms` ago."""


class Admission:
    """Admission: from what is shown to who it is; one of it in a process."""

    def __init__(
        self, *, work: Work, rows: UsedTokens, keys: Macs, register: Register, clock: Clock
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._register = register
        self._clock = clock
        self._throttle = Throttle(clock)
        # What is no token is compared as this one, which no row can be of.
        self._none = SecretToken(id=TokenId(bytes(ID_BYTES)), secret=SecretToken.draw().secret)

    def principal_of_token(self, shown: Secret[str], address: Address | None) -> Principal | None:
        """Return who shows a token, or None; Throttled after too many that failed.

        `address` is None where there is no network, as at a socket of the home: a token that is
        held to networks is then refused.  Damaged when a row does not read.
        """
        return self.look(shown, address).principal

    def look(self, shown: Secret[str], address: Address | None) -> TokenLook:
        """Do the same, and say why; only for whoever runs the custody."""
        token = self._read(shown)
        readable = token is not self._none
        marks = marks_of(shown.reveal(), token.id.raw if readable else None, address)
        wait_s = self._throttle.wait_s(marks)
        if wait_s:
            # Before the rows: what fails too often costs neither a read nor an HMAC.
            raise errors.Throttled("errors_accounts.throttled", seconds=ceil(wait_s))
        who = _bearer(token.id)
        row, standing = self._work.read(
            lambda tx: (self._rows.get(tx, token.id), self._register.standing(tx, who))
        )
        known = token.is_of(self._keys, _NO_HASH if row is None else row.secret_key)
        within = _is_within((), address) if row is None else _is_within(row.networks, address)
        why = None
        if row is None or not known:
            why = NotAdmitted.UNKNOWN
        elif not within:
            why = NotAdmitted.NETWORK
        elif standing.actor is None:
            revoked = row.state == TokenState.REVOKED
            why = NotAdmitted.REVOKED if revoked else NotAdmitted.SUSPENDED
        if row is None or why is not None:
            self._throttle.failed(marks)
            return TokenLook(principal=None, why=why)
        self._use(row)
        return TokenLook(principal=who, why=None)

    def stands(self, who: Principal) -> bool:
        """Tell whether a token that was shown before still stands: for what streams, each 5 s."""
        return self._work.read(lambda tx: self._register.standing(tx, who)).actor is not None

    def _read(self, shown: Secret[str]) -> SecretToken:
        try:
            return SecretToken.read(shown.reveal())
        except ValueError:
            return self._none

    def _use(self, row: TokenRow) -> None:
        now_ms = self._clock.now_ms()
        # Asked of the row that was read: in all but one use a minute nothing is written.
        if row.used_ms is not None and 0 <= now_ms - row.used_ms < USED_APART_MS:
            return
        # Nothing rests on it: a full disk must not refuse whom the policies admit.
        with suppress(errors.CannotRecord, errors.OutcomeUnknown):
            self._work.run(
                self._register.provider,
                lambda tx: self._rows.use(tx, row.id, now_ms, USED_APART_MS),
            )


def _bearer(token: TokenId) -> Principal:
    # A token is no human: whoever has it is told apart from nobody, and agrees to nothing.
    return Principal(os_user=str(token), strength=Strength.SHARED, token=token)


def _is_within(networks: tuple[str, ...], address: Address | None) -> bool:
    if not networks:
        return True
    if address is None:
        return False
    # The host of an IPv4 address that came through an IPv6 socket is the IPv4 one.
    mapped = None if address.version == 4 else address.ipv4_mapped  # noqa: PLR2004  # of IP
    return any((mapped or address) in ip_network(one) for one in networks)
