"""Tokens: makes, shows and revokes API tokens.

A row is written in the transaction of the entry that it is a projection of, and carries that
entry's index under its MAC.  The secret leaves once, in the answer that makes it.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from ipaddress import ip_network
from typing import Final, TypeVar

from bailee import errors
from bailee.accounts.acts import AddToken, ListTokens, RevokeToken, TokensFacts
from bailee.accounts.model import ApiToken, NewToken
from bailee.accounts.port import TokenRows
from bailee.accounts.token import SecretToken
from bailee.act import Principal
from bailee.clock import Clock
from bailee.encoding import enc
from bailee.ids import ActorId, ClientId, TokenId
from bailee.keyring.port import Macs
from bailee.limits import TOKEN_NETWORKS, TOKENS_MAX
from bailee.monitor.approval import Matter
from bailee.monitor.authorized import Authorized
from bailee.monitor.power import ActorRow, TokenRow, TokenState
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.parts import ClientFinder
from bailee.policy import Role
from bailee.work import Tx, Work

K = TypeVar("K", ActorId, TokenId)

DAY_MS: Final = 86_400_000
_ONESELF, _MACHINE, _OF_CLIENT = "oneself", "machine", "client"
"""Whose a token may be, as the policies and the ledger name it."""


class TokenActs:
    """Token acts: the acts on API tokens."""

    def __init__(
        self,
        *,
        work: Work,
        rows: TokenRows,
        keys: Macs,
        monitor: Monitor,
        register: Register,
        clock: Clock,
        find_client: ClientFinder,
    ) -> None:
        self._work = work
        self._rows = rows
        self._keys = keys
        self._monitor = monitor
        self._register = register
        self._clock = clock
        self._find_client = find_client

    def add(self, who: Principal, request: AddToken) -> NewToken:
        """Make a token, and give it out this once.

        UsageError for what is no network or a term that the policies do not allow, NotFound
        without such an actor, Conflict for a human's token that somebody else asks for.
        """
        actor = _id(ActorId, request.actor, "errors_accounts.no-such-actor")
        networks, days = _networks(request.networks), self._days(request.days)
        client = self._find_client(who, request.client) if request.client else None
        mine = self._work.read(lambda tx: self._register.standing(tx, who)).actor

        def matter(tx: Tx) -> Matter:
            # In the transaction that asks: what cannot be done is nobody's to agree to.
            holder = self._holder(tx, actor, client, oneself=actor == mine)
            what = {
                "holder": holder,
                "days": str(days),
                "client": "all" if client is None else str(client),
                # An address stands in no body in clear; the digest is of `enc`, spec/api-token.md.
                "networks": sha256(enc("networks", *networks)).hexdigest() if networks else "all",
            }
            return Matter(what=what, about=actor)

        body = {"holder": str(actor), "days": str(days)}
        with self._monitor.authorize(
            who,
            request,
            self._register.provider,
            body=body,
            to_self=actor == mine,
            matter=matter,
        ) as act:
            # Drawn after the decision: what is refused leaves no secret behind in memory.
            drawn = SecretToken.draw()

            def made(tx: Tx) -> TokenRow:
                self._holder(tx, actor, client, oneself=actor == act.grant.actor)
                self._require_room(tx)
                now_ms = self._clock.now_ms()
                shown_ms = self._register.shown_ms(tx)
                row = TokenRow(
                    id=drawn.id,
                    actor=actor,
                    client=client,
                    networks=networks,
                    secret_key=drawn.keyed(self._keys),
                    state=TokenState.STANDING.value,
                    made_ms=now_ms,
                    until_ms=now_ms + days * DAY_MS,
                    until_shown_ms=(now_ms if shown_ms is None else shown_ms) + days * DAY_MS,
                    version=1,
                    log_index=0,
                )
                row = self._recorded(tx, act, row)
                self._rows.add(tx, row)
                return row

            row = self._monitor.change(made)
        return NewToken(
            token=row.id, secret=drawn.written().reveal(), actor=actor, until_ms=row.until_ms
        )

    def list(self, who: Principal, request: ListTokens) -> Sequence[ApiToken]:
        """Show every token but its secret, those that stand first."""
        with self._monitor.authorize(who, request, self._register.provider) as act:
            rows, shown_ms = self._work.read(self._held)
            act.facts |= TokensFacts(tokens=len(rows)).facts()
        now_ms = self._clock.now_ms()
        shown = [_shown(row, stands=row.stands(now_ms, shown_ms)) for row in rows]
        return sorted(shown, key=lambda one: (one.state != TokenState.STANDING, -one.made_ms))

    def revoke(self, who: Principal, request: RevokeToken) -> ApiToken:
        """End a token, from its next use on.

        NotFound without such a token, Conflict when it was revoked before.
        """
        token = _id(TokenId, request.token, "errors_accounts.no-such-token")
        mine = self._work.read(lambda tx: self._register.standing(tx, who)).actor
        owner = self._work.read(lambda tx: self._rows.get(tx, token))
        with self._monitor.authorize(
            who,
            request,
            self._register.provider,
            body={"of-token": str(token)},
            to_self=owner is not None and owner.actor == mine,
        ) as act:

            def revoked(tx: Tx) -> TokenRow:
                row = self._found(tx, token)
                if row.state == TokenState.REVOKED:
                    raise errors.Conflict("errors_accounts.token-revoked-already")
                after = replace(row, state=TokenState.REVOKED.value, version=row.version + 1)
                after = self._recorded(tx, act, after)
                self._rows.replace(tx, after)
                return after

            return _shown(self._monitor.change(revoked), stands=False)

    # --- rows ------------------------------------------------------------------------------

    def _recorded(self, tx: Tx, act: Authorized, row: TokenRow) -> TokenRow:
        """Record the row as the outcome, and bind it to that entry."""
        return replace(row, log_index=act.record(tx, row.projected()).index).vouched(self._keys)

    def _held(self, tx: Tx) -> tuple[Sequence[TokenRow], int | None]:
        self._rows.require_whole(tx)
        return [self._believed(row) for row in self._rows.all(tx)], self._register.shown_ms(tx)

    def _found(self, tx: Tx, token: TokenId) -> TokenRow:
        row = self._rows.get(tx, token)
        if row is None:
            self._rows.require_whole(tx)
            raise errors.NotFound("errors_accounts.no-such-token")
        return self._believed(row)

    def _believed(self, row: TokenRow) -> TokenRow:
        if not row.verifies(self._keys):
            raise errors.Damaged("errors_accounts.token-damaged")
        return row

    def _require_room(self, tx: Tx) -> None:
        # All rows that confer power are read at each start of a process: a loop that makes tokens
        # would slow every command.
        now_ms, shown_ms = self._clock.now_ms(), self._register.shown_ms(tx)
        if sum(row.stands(now_ms, shown_ms) for row in self._rows.all(tx)) >= TOKENS_MAX:
            raise errors.LimitExceeded("errors_accounts.tokens", limit=TOKENS_MAX)

    def _holder(self, tx: Tx, actor: ActorId, client: ClientId | None, *, oneself: bool) -> str:
        """Say whose the token would be; Conflict when nobody may make it for them."""
        row = self._register.actor(tx, actor)
        if row is None or not row.roles:
            raise errors.NotFound("errors_accounts.no-such-actor")
        at_home = row.home == self._register.provider
        if not at_home and client not in (None, row.home):
            raise errors.Conflict("errors_accounts.token-elsewhere")
        if oneself:
            return _ONESELF
        if not at_home:
            return _OF_CLIENT
        # Whoever may make tokens would else act as anybody, and two people would be one.
        if not _is_machine(row):
            raise errors.Conflict("errors_accounts.token-of-a-person")
        return _MACHINE

    def _days(self, asked: int | None) -> int:
        most = self._monitor.terms.token_days
        if asked is not None and not 1 <= asked <= most:
            raise errors.UsageError("errors_accounts.token-days", most=most)
        return most if asked is None else asked


def _is_machine(row: ActorRow) -> bool:
    return set(row.roles) == {Role.SERVICE}


def _networks(asked: Sequence[str]) -> tuple[str, ...]:
    if len(asked) > TOKEN_NETWORKS:
        raise errors.LimitExceeded("errors_accounts.token-networks", limit=TOKEN_NETWORKS)
    try:
        # Strict: an address with bits beyond its prefix is a slip, and would be wider than meant.
        found = {ip_network(one) for one in asked}
    except ValueError:
        raise errors.UsageError("errors_accounts.token-network") from None
    if any(one.version == 6 and one.network_address.ipv4_mapped for one in found):  # noqa: PLR2004  # of IP
        raise errors.UsageError("errors_accounts.token-network")
    return tuple(sorted(map(str, found)))


def _id(kind: type[K], text: str, reason: str) -> K:
    try:
        return kind.parse(text)
    except ValueError:
        # The same answer as for one that is not there.
        raise errors.NotFound(reason) from None


def _shown(row: TokenRow, *, stands: bool) -> ApiToken:
    ended = "expired" if row.state == TokenState.STANDING and not stands else row.state
    return ApiToken(
        token=row.id,
        actor=row.actor,
        client=row.client,
        networks=row.networks,
        state=ended,
        made_ms=row.made_ms,
        until_ms=row.until_ms,
        used_ms=row.used_ms,
    )
