"""Every route, by every role, for one's own client and another, of what is there and what is not.

What is absent and what is not theirs look alike, and take alike: status, headers, every byte of the
body but the id of the entry, and what the keeper did (statements, openings, seals, digests).  All
of it is derived: the routes from the declarations, the roles and what they may from the policies.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import pytest
from tests.front.effort import Effort, counted
from tests.front.http import BOUNDARY, Answer
from tests.front.inside import Inside, inside
from tests.front.world import Bearer, World, build

from bailee.act import Is, Purpose
from bailee.front.rest.routes import Route, header_of, routes
from bailee.ids import (
    ActorId,
    ApprovalId,
    BatchId,
    ClientId,
    EntryId,
    Id,
    ObjectId,
    StreamId,
    TokenId,
)
from bailee.policy import Policies, Question
from bailee.policy.model import CLIENT_ROLES, Role
from bailee.wire.json_form import Given

KINDS: Mapping[str, type[Id]] = {
    "client": ClientId,
    "object": ObjectId,
    "stream": StreamId,
    "batch": BatchId,
    "entry": EntryId,
    "actor": ActorId,
    "approval": ApprovalId,
    "token": TokenId,
}
"""What a field names, by its name; of the last three a client has none."""
OTHER_IDS = {"after": "a place in a list", "open": "tokens of a line", "values": "tokens"}
"""Fields that hold ids and name nothing by them that is looked up alone."""
WORDS = {"role": "support", "epoch": "2026-10"}
"""Of words that no declaration lists."""
SOUGHT_FIRST = {
    "log:push": "a stream that is not there is no attempt at the log, and has no entry; the answer"
    " is the same (spec/push.md)"
}
"""Acts that look before they decide, each with why."""
_ONE, _PROVIDER = ClientId(b"1" * 16), ClientId(b"p" * 16)
_ENTRY = re.compile(rb"en-[a-z2-7]{26}")
LOOKS = 3


class Place(NamedTuple):
    """Where something is asked for, and what: a client, and things that are its own or not."""

    client: str
    things: Mapping[str, str]


class Cell(NamedTuple):
    """One square of the matrix."""

    route: Route
    who: Bearer


def fields(route: Route) -> tuple[Given, ...]:
    return (*route.in_path, *route.in_query, *route.in_body, *route.in_headers)


def names_a_thing(route: Route) -> bool:
    return bool({one.name for one in fields(route)} & {*KINDS, "label"})


def names_its_own(route: Route) -> bool:
    """Tell whether a route names something that a client has."""
    return bool({one.name for one in fields(route)} & {*KINDS} - {"client"})


CELLS = [route for route in routes() if names_a_thing(route)]


@cache
# Each asks Cedar.
def purposes(role: str, act: str, *, own: bool) -> tuple[str, ...]:
    """Say for which purposes the policies let a role do an act by a token."""
    home = _ONE if role in CLIENT_ROLES else _PROVIDER
    return tuple(
        str(purpose)
        for purpose in Purpose
        if role in set(Role)
        and Policies()
        .decide(
            Question(
                roles=frozenset({Role(role)}),
                home=home,
                act=act,
                client=_ONE if own else _PROVIDER,
                provider=_PROVIDER,
                purpose=purpose,
                by_token=True,
            )
        )
        .allowed
    )


def purpose_of(cell: Cell) -> str | None:
    """Choose a purpose that permits it; None where none does."""
    role, act = cell.who.role.partition(" ")[0], cell.route.act.name
    of_client = any(one.name == "client" and one.required for one in fields(cell.route))
    return next(iter(purposes(role, act, own=of_client)), None)


@dataclass
class Asking:
    """Asks the front, and looks at what it did."""

    front: Inside
    effort: Effort
    count: int = 0

    def look(self, cell: Cell, place: Place) -> tuple[object, Counter[str]]:
        """Ask once: what anybody could see of the answer, and what was done for it."""
        self.count += 1
        if self.count % 100 == 0:
            self.front.publish()
        self.effort.take()
        answer = self.ask(cell, place)
        seen = (answer.status, answer.headers, _ENTRY.sub(b"en-", answer.body))
        return seen, self.effort.take()

    def ask(self, cell: Cell, place: Place) -> Answer:
        """Ask for a route with what its declaration wants."""
        route, values = cell.route, dict(_values(cell, place))
        path = route.path
        for one in route.in_path:
            path = path.replace(f"{{{one.name}}}", str(values[one.name]))
        query = "&".join(
            f"{one.name}={values[one.name]}" for one in route.in_query if one.name in values
        )
        heads = {
            header_of(one): str(values[one.name]) for one in route.in_headers if one.name in values
        }
        body = b""
        if route.raw:
            body = b"a line\n"
        elif route.method == "POST":
            body = json.dumps(
                {one.name: values[one.name] for one in route.in_body if one.name in values}
            ).encode()
        if route.takes_bytes and not route.raw:
            parts = ((b"request", body), (b"content", b"some"))
            body = b"".join(
                b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
                % (BOUNDARY.encode(), *part)
                for part in parts
            )
            body += f"--{BOUNDARY}--\r\n".encode()
            heads["content-type"] = f"multipart/form-data; boundary={BOUNDARY}"
        return self.front.ask(
            route.method,
            f"{path}?{query}" if query else path,
            body,
            headers=heads,
            token=cell.who.secret,
        )

    def differ(self, cell: Cell, one: Place, other: Place) -> str | None:
        """Say how the answers to two questions differ, if they do each time that they are asked.

        Once is not enough: the first use of a token in a minute is written down.
        """
        for _ in range(LOOKS):
            (seen, did), (seen_other, did_other) = self.look(cell, one), self.look(cell, other)
            if seen == seen_other and did == did_other:
                return None
        if seen != seen_other:
            return f"{seen!r} and {seen_other!r}"
        keys = [key for key in did | did_other if did[key] != did_other[key]]
        return ", ".join(f"{key} {did[key]} and {did_other[key]}" for key in keys)


def _values(cell: Cell, place: Place) -> Iterator[tuple[str, Any]]:
    """Give every field that is needed a value, and every one that names something."""
    for one in fields(cell.route):
        kind = one.about.kind
        value: Any = None
        if one.name == "purpose":
            value = purpose_of(cell) or "service"
        elif one.name in ("client", "label"):
            value = place.client
        elif one.name in KINDS or one.name == "object":
            value = place.things[one.name]
        elif not one.required:
            continue
        elif kind is Is.ID:
            value = [place.things[one.name]]
        elif kind is Is.COUNT:
            value = 1
        elif kind is Is.WORD:
            value = (*one.about.words, WORDS.get(one.name))[0]
        else:
            value = "awa@example.org"
        yield one.name, value


@dataclass(frozen=True)
class Places:
    """The client that who is of one client reaches, another, and one that there is not."""

    own: Place
    own_absent: Place
    own_of_other: Place
    other: tuple[Place, ...]


def _places(world: World) -> Places:
    absent = {name: str(kind.new()) for name, kind in KINDS.items()}
    absent["values"] = world.first.ids["values"].partition(":")[0] + ":" + "a" * 16
    first, second = ({**absent, **things.ids} for things in (world.first, world.second))
    own, other = first["client"], second["client"]
    return Places(
        own=Place(own, first),
        own_absent=Place(own, absent),
        own_of_other=Place(own, second),
        other=(
            Place(other, second),
            Place(other, absent),
            Place(absent["client"], absent),
            Place(absent["client"], second),
        ),
    )


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asking, World]]:
    place = tmp_path_factory.mktemp("matrix")
    world = build(place)
    with counted() as effort, inside(place) as front:
        yield Asking(front, effort), world


def unlike(asking: Asking, cell: Cell, places: Places) -> Iterator[str]:
    """Say what tells the absent from what is not theirs, of one square."""
    name = f"{cell.route.operation} by {cell.who}"
    if cell.who.of_one:
        first, *others = places.other
        for other in others:
            if (how := asking.differ(cell, first, other)) is not None:
                yield f"{name}, another's client and none: {how}"
    if not names_its_own(cell.route):
        return
    if (how := asking.differ(cell, places.own_of_other, places.own_absent)) is not None:
        yield f"{name}, another's thing and none: {how}"
    # Refused whatever is there, in one way.
    refused = purpose_of(cell) is None and cell.route.act.name not in SOUGHT_FIRST
    if refused and (how := asking.differ(cell, places.own, places.own_absent)) is not None:
        yield f"{name}, refused with it there and not: {how}"


def test_every_id_of_a_request_is_one_of_these() -> None:
    ids = {one.name for route in routes() for one in fields(route) if one.about.kind is Is.ID}
    assert ids == (set(KINDS) | set(OTHER_IDS)) & ids
    assert set(WORDS) == {
        one.name
        for route in CELLS
        for one in fields(route)
        if one.about.kind is Is.WORD and one.required and not one.about.words
    } | {"epoch"}


@pytest.mark.parametrize("route", CELLS[::4], ids=lambda route: str(route.operation))
def test_absent_and_not_theirs_are_alike(asking: tuple[Asking, World], route: Route) -> None:
    ask, world = asking
    # One after the other of all who ask; the sweep has every square.
    who = world.bearers[CELLS.index(route) % len(world.bearers)]
    assert list(unlike(ask, Cell(route, who), _places(world))) == []


@pytest.mark.sweep
def test_absent_and_not_theirs_are_alike_for_everyone(asking: tuple[Asking, World]) -> None:
    ask, world = asking
    places = _places(world)
    found = [
        one
        for route in CELLS
        for who in world.bearers
        for one in unlike(ask, Cell(route, who), places)
    ]
    assert found == []
