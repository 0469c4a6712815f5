"""Grant check: whether a grant covers what is to be opened; every condition, the count last.

A grant that was built elsewhere lacks the MAC; one for another client, act or thing does not
cover; one may have expired or be used up.  The refusal never says which, so that it teaches
nothing to whoever tries; the monitor's entry says what was granted.
"""

from collections.abc import Sequence

from bailee import errors
from bailee.grant import Grant, Ref, Scope, grant_message
from bailee.ids import ClientId
from bailee.keyring.model import VALUE


def message_of(grant: Grant) -> bytes:
    """Encode what the MAC of this grant covers."""
    return grant_message(
        entry=grant.entry,
        index=grant.index,
        actor=grant.actor,
        act=grant.act,
        client=grant.client,
        purpose=grant.purpose,
        scopes=grant.scopes,
        count=grant.count,
        expires_s=grant.expires_s,
    )


# As long as nothing of it differs, a grant needs no second MAC: within one act thousands of
# openings are asked under one grant.
def facts_of(grant: Grant) -> tuple[object, ...]:
    """Return all that the MAC covers, and the MAC, to be compared with a grant checked before."""
    return (
        grant.mac,
        grant.entry,
        grant.index,
        grant.actor,
        grant.act,
        grant.client,
        grant.purpose,
        grant.scopes,
        grant.count,
        grant.expires_s,
    )


def require(grant: Grant, ref: Ref, *, act: str | None, authentic: bool, now_s: float) -> None:
    """Spend one opening of the grant on this thing; Sealed when anything does not hold."""
    covers = (
        authentic
        and grant.client == ref.client
        and act in (None, grant.act)
        and any(scope.covers(ref) for scope in grant.scopes)
        and now_s <= grant.expires_s
    )
    # The count last: an attempt on what is not covered must not use up an opening.
    if not covers or not grant.spend():
        raise errors.Sealed("errors_keyring.not-granted")


def require_values(
    grant: Grant,
    client: ClientId,
    wanted: Sequence[tuple[bytes, str]],
    *,
    act: str | None,
    authentic: bool,
    now_s: float,
) -> None:
    """Spend one opening on each value, named by its id and the noun of its kind.

    A value is covered as itself or as one of its kind; what was spent before the count ran out
    stays spent.
    """
    # Coverage of all of them first: an answer that lacked one value would pass for a complete one.
    holds = (
        authentic
        and grant.client == client
        and act in (None, grant.act)
        and now_s <= grant.expires_s
        and all(_covers(grant.scopes, ident, noun) for ident, noun in wanted)
    )
    if not holds or not all(grant.spend() for _ in wanted):
        raise errors.Sealed("errors_keyring.not-granted")


def _covers(scopes: tuple[Scope, ...], ident: bytes, noun: str) -> bool:
    # `value` names any kind, `value:email` one of them; nothing else ever opens a value.
    return any(
        scope.noun in (VALUE, noun) and (scope.ids is None or ident in scope.ids)
        for scope in scopes
    )
