"""The acts on actors, their API tokens and budgets."""

from collections.abc import Sequence
from typing import Annotated

from bailee.accounts.model import Actor, ApiToken, Budget, NewToken
from bailee.act import Facts, Is, Param, Purpose, Reason, Request

_OsUser = Annotated[
    str,
    Param(kind=Is.TEXT, help="help.actor_os_user", metavar="USER|@FILE|-", bytes_allowed=True),
]
_Role = Annotated[str, Param(kind=Is.WORD, help="help.actor_role", metavar="ROLE")]
_OneRole = Annotated[
    str | None, Param(kind=Is.WORD, help="help.actor_one_role", option="--role", metavar="ROLE")
]
_Home = Annotated[str | None, Param(kind=Is.LABEL, help="help.actor_client", metavar="LABEL")]


_ActorId = Annotated[
    str, Param(kind=Is.ID, help="help.token_actor", positional=True, metavar="ACTOR")
]
_TokenId = Annotated[str, Param(kind=Is.ID, help="help.token_id", positional=True, metavar="TOKEN")]
_Only = Annotated[str | None, Param(kind=Is.LABEL, help="help.token_client", metavar="LABEL")]
_Days = Annotated[int | None, Param(kind=Is.COUNT, help="help.token_days", metavar="N", least=1)]
_Networks = Annotated[
    tuple[str, ...],
    Param(kind=Is.TEXT, help="help.token_network", option="--network", metavar="CIDR"),
]

_Budgeted = Annotated[
    str, Param(kind=Is.ID, help="help.budget_actor", positional=True, metavar="ACTOR")
]
_Values = Annotated[
    int, Param(kind=Is.COUNT, help="help.budget_values", option="--values", metavar="N", least=1)
]
_ForDays = Annotated[int, Param(kind=Is.COUNT, help="help.budget_days", metavar="N", least=1)]


class AddActor(Request[Actor], act="actor:add", implied=Purpose.SECURITY):
    """Enrol an operating-system user with a role, or give one more to who is enrolled."""

    os_user: _OsUser
    role: _Role
    client: _Home = None


class RetireActor(Request[Actor], act="actor:retire", implied=Purpose.SECURITY):
    """Take a role from a user, or all of them; API tokens of whoever holds none end at once."""

    os_user: _OsUser
    role: _OneRole = None
    reason: Reason = None


class ListActors(Request[Sequence[Actor]], act="actor:list", implied=Purpose.SECURITY):
    """Show who may ask."""


class AddToken(Request[NewToken], act="token:add", implied=Purpose.SECURITY):
    """Make an API token of a machine, of somebody of a client, or of one's own; shown once.

    `client` is the one client that it reaches, `networks` are where it may be shown.
    """

    actor: _ActorId
    client: _Only = None
    days: _Days = None
    networks: _Networks = ()


class ListTokens(Request[Sequence[ApiToken]], act="token:list", implied=Purpose.SECURITY):
    """Show the API tokens, without their secrets."""


class RevokeToken(Request[ApiToken], act="token:revoke", implied=Purpose.SECURITY):
    """End an API token, from its next use on."""

    token: _TokenId
    reason: Reason = None


class TokensFacts(Facts):
    """What the ledger records of tokens that were listed."""

    tokens: int


class ListBudgets(Request[Sequence[Budget]], act="budget:list", implied=Purpose.SECURITY):
    """Show how many identifiers each actor opened today, and may open."""


class RaiseBudget(Request[Budget], act="budget:raise", implied=Purpose.SECURITY):
    """Let an actor open more on each of some days, today the first; two people agree."""

    actor: _Budgeted
    values: _Values
    days: _ForDays = 1
    reason: Reason = None


class BudgetsFacts(Facts):
    """What the ledger records of budgets that were listed."""

    budgets: int
