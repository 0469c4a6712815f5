"""People of a test: enrolled by who opened the home, and by another where two are asked for."""

from tests.answers import done

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors, RaiseBudget
from bailee.act import Principal
from bailee.approvals.acts import GiveApproval
from bailee.limits import BUDGET_VALUES_MAX
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller


def enrol(
    house: App, who: Principal, role: str, *, agreed_by: Principal, client: str | None = None
) -> None:
    """Give somebody a role; the other agrees where the policies ask for two people."""
    add = AddActor(os_user=who.os_user, role=role, client=client)
    try:
        done(house.caller.call(add))
    except errors.WaitingForSecond as waiting:
        give = GiveApproval(approval=str(waiting.facts["approval"]), named=who.os_user)
        done(LocalCaller(agreed_by, house._bound).call(give))
        done(house.caller.call(add))


def open_more(house: App, values: int = BUDGET_VALUES_MAX) -> None:
    """Let who opened the home open more identifiers a day; nobody else is there to agree."""
    me = next(
        one
        for one in done(house.caller.call(ListActors()))
        if one.os_user == house.caller.who.os_user
    )
    done(house.caller.call(RaiseBudget(actor=str(me.actor), values=values)))
