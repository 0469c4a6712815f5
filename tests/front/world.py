"""World: a home with two clients that have the same of everything, and a token of each role."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.answers import done
from tests.people import enrol
from tests.run.homes import make, opened
from tests.serve.test_callers import Lines

from bailee import errors
from bailee.accounts.acts import AddToken, ListActors
from bailee.act import Principal
from bailee.approvals.acts import GiveApproval
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import IngestLog, SearchLog
from bailee.objects.acts import PutObject
from bailee.policy.model import CLIENT_ROLES, Role
from bailee.run.wiring.app import App
from bailee.run.wiring.caller import LocalCaller

FOUNDER = Principal(os_user="awa")
SECOND = Principal(os_user="dede")
LABELS = ("acme", "beta")
NAME = "letter.txt"
LINE = b"2026-11-30T08:00:00Z login of awa@example.org\n"


@dataclass(frozen=True)
class Things:
    """What a client has, by the names that fields of requests have for it."""

    ids: Mapping[str, str]


@dataclass(frozen=True)
class Bearer:
    """Who shows a token: by which role, and whether only the first client is within reach."""

    role: str
    secret: str | None = field(repr=False)
    of_one: bool = False

    def __str__(self) -> str:
        return self.role


@dataclass(frozen=True)
class World:
    """The clients, and who asks."""

    first: Things
    second: Things
    bearers: tuple[Bearer, ...]


def build(place: Path) -> World:
    """Found the home, and put everything into it."""
    make(place, who=FOUNDER)
    with opened(place, who=FOUNDER) as house:
        enrol(house, SECOND, "operations", agreed_by=FOUNDER)
        first, second = (_client(house, label) for label in LABELS)
        return World(first=first, second=second, bearers=tuple(_bearers(house)))


def _client(house: App, label: str) -> Things:
    call, send = house.caller.call, house.caller.send
    client = done(call(AddClient(label=label))).client
    put = done(send(PutObject(client=label, name=NAME), iter([b"a letter"])))
    took = IngestLog(client=label, stream="web", origin="provider-tool")
    taken = done(send(took, Lines(LINE)))
    search = done(call(SearchLog(client=label, purpose="service")))
    (line,) = search.lines
    (token, *_) = line.tokens
    shown = done(call(ShowEntries(client=label)))
    return Things(
        ids={
            "client": str(client),
            "object": str(put.object),
            "stream": str(taken.stream),
            "batch": str(line.batch),
            "values": str(token),
            "entry": str(next(iter(shown.entries)).entry),
        }
    )


def _bearers(house: App) -> Iterator[Bearer]:
    label = LABELS[0]
    for role in Role:
        who = Principal(os_user=f"{role}-person")
        of_client = role in CLIENT_ROLES
        enrol(house, who, role, agreed_by=SECOND, client=label if of_client else None)
        actor = _actor_of(house, who)
        # One's own where it is a person of the provider's: nobody else may make it for them.
        asks = house.caller_of(FOUNDER if of_client or role == Role.SERVICE else who)
        made = _made(house, asks, actor)
        yield Bearer(role=str(role), secret=made, of_one=of_client)
        if role == Role.SERVICE:
            made = _made(house, asks, actor, client=label)
            yield Bearer(role=f"{role} of one", secret=made, of_one=True)
    yield Bearer(role="nobody", secret=None, of_one=True)


def _made(house: App, asks: LocalCaller, actor: str, client: str | None = None) -> str:
    add = AddToken(actor=actor, client=client)
    try:
        return done(asks.call(add)).secret
    except errors.WaitingForSecond as waiting:
        give = GiveApproval(approval=str(waiting.facts["approval"]))
        done(house.caller_of(SECOND).call(give))
        return done(asks.call(add)).secret


def _actor_of(house: App, who: Principal) -> str:
    return next(
        str(one.actor)
        for one in done(house.caller.call(ListActors()))
        if one.os_user == who.os_user
    )
