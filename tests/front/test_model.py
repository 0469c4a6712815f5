"""Two clients do what they like, and a model says what each must see: no trace of the other.

An act is drawn: one of the clients puts, gets, deletes or lists objects, pushes lines or searches
them, with ids of its own, of the other and of nobody.  The model is two separate worlds: what one
may see is computed from what itself did, and nothing else.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.absence import holds
from tests.answers import done
from tests.front.http import BOUNDARY, Answer
from tests.front.inside import Inside, inside
from tests.people import enrol
from tests.run.homes import make, opened

from bailee.accounts.acts import AddToken, ListActors
from bailee.act import Principal
from bailee.clients.acts import AddClient
from bailee.ids import ObjectId
from bailee.policy.model import Role

FOUNDER = Principal(os_user="awa")
LABELS = ("acme", "beta")
DRAWN = (Phase.generate,)
"""Not made smaller: what was done before is still there, so that less of it is another world."""
PUSHES = 40
"""Of each client: a search opens every batch, and there would be thousands."""
ACTS = (
    *("put", "get", "get-of-other", "get-of-none", "delete", "delete-of-other", "list", "prefix"),
    *("elsewhere", "push", "search", "search-other", "show"),
)
NAMES = tuple(f"paper-{number}" for number in range(6))
WHY = "purpose=client-request"


@dataclass
class Side:
    """One client: how it asks, and all that it did; `words` stand in its content alone."""

    client: str
    token: str
    word: str
    objects: dict[str, str] = field(default_factory=dict)
    """Names by object, as far as they are not deleted."""
    contents: dict[str, bytes] = field(default_factory=dict)
    lines: int = 0
    pushes: int = 0


@dataclass
class Sides:
    """Both, and the front that they ask."""

    front: Inside
    both: tuple[Side, Side]
    asked: int = 0

    def ask(self, side: Side, method: str, path: str, body: bytes = b"", **heads: str) -> Answer:
        """Ask as one of them; whatever comes back has no word of the other."""
        self.asked += 1
        if self.asked % 50 == 0:
            self.front.publish()
        head = {name.replace("_", "-"): value for name, value in heads.items()}
        answer = self.front.ask(method, path, body, headers=head, token=side.token)
        other = self.both[1 - self.both.index(side)]
        seen = answer.body + repr(answer.headers).encode()
        assert not holds(seen, other.word.encode())
        assert not holds(seen, other.client.encode())
        assert answer.status < 500
        return answer


def _where(side: Side) -> str:
    return f"/v1/clients/{side.client}"


def _step(sides: Sides, act: str, which: int, draw: random.Random) -> None:
    side, other = sides.both[which], sides.both[1 - which]
    do = {
        "put": _put,
        "get": _get,
        "delete": _delete,
        "list": _list,
        "prefix": _prefix,
        "push": _push,
        "search": _search,
        "show": _show,
        "elsewhere": _elsewhere,
    }
    if act in do:
        do[act](sides, side, draw)
    elif act == "search-other":
        found = _found(sides, side, other.word)
        assert found == 0
    else:
        wanted = str(ObjectId.new())
        if act.endswith("of-other") and other.contents:
            wanted = draw.choice(sorted(other.contents))
        method = "DELETE" if act.startswith("delete") else "GET"
        answer = sides.ask(side, method, f"{_where(side)}/objects/{wanted}?{WHY}")
        none = sides.ask(side, method, f"{_where(side)}/objects/{ObjectId.new()}?{WHY}")
        assert (answer.status, answer.body) == (404, none.body)


def _put(sides: Sides, side: Side, draw: random.Random) -> None:
    name, content = draw.choice(NAMES), f"{side.word} {draw.random()}".encode()
    request = json.dumps({"name": name, "purpose": "client-request"}).encode()
    body = b"".join(
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), part, data)
        for part, data in ((b"request", request), (b"content", content))
    )
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer = sides.ask(
        side,
        "POST",
        f"{_where(side)}/objects",
        body + f"--{BOUNDARY}--\r\n".encode(),
        content_type=kind,
    )
    assert answer.status == 201
    made = answer.json
    known = [one for one, held in side.objects.items() if held == name]
    # A name that the other has too is a new one here.
    assert [one for one in side.objects if one == made["object"]] == known
    side.objects[made["object"]] = name
    side.contents[made["object"]] = content


def _get(sides: Sides, side: Side, draw: random.Random) -> None:
    if not side.objects:
        return
    wanted = draw.choice(sorted(side.objects))
    answer = sides.ask(side, "GET", f"{_where(side)}/objects/{wanted}?{WHY}")
    assert (answer.status, answer.body) == (200, side.contents[wanted])


def _delete(sides: Sides, side: Side, draw: random.Random) -> None:
    if len(side.objects) < len(NAMES) // 2:
        return
    wanted = draw.choice(sorted(side.objects))
    answer = sides.ask(side, "DELETE", f"{_where(side)}/objects/{wanted}?{WHY}")
    assert answer.status == 200
    del side.objects[wanted]
    gone = sides.ask(side, "GET", f"{_where(side)}/objects/{wanted}?{WHY}")
    assert gone.status == 404


def _list(sides: Sides, side: Side, draw: random.Random) -> None:
    del draw
    answer = sides.ask(side, "GET", f"{_where(side)}/objects?{WHY}")
    assert {one["object"]: one["name"] for one in answer.json} == side.objects


def _prefix(sides: Sides, side: Side, draw: random.Random) -> None:
    name = draw.choice(NAMES)
    body = json.dumps({"prefix": name, "purpose": "client-request"}).encode()
    answer = sides.ask(side, "POST", f"{_where(side)}/objects:list", body)
    wanted = {one for one, held in side.objects.items() if held.startswith(name)}
    assert {one["object"] for one in answer.json} == wanted


def _elsewhere(sides: Sides, side: Side, draw: random.Random) -> None:
    other = sides.both[1 - sides.both.index(side)]
    path, body = draw.choice(
        [
            (f"/objects?{WHY}", None),
            ("/ledger:head", None),
            ("/ledger", None),
            ("/streams", None),
            ("/logs:search", {"purpose": "service"}),
            ("/logs:export", {"purpose": "client-request", "stream": "web"}),
        ]
    )
    method, data = ("GET", b"") if body is None else ("POST", json.dumps(body).encode())
    # By a path that names the other itself: that it comes back would be found by its id.
    answer = sides.front.ask(method, f"{_where(other)}{path}", data, token=side.token)
    none = sides.front.ask(method, f"/v1/clients/cl-{'a' * 26}{path}", data, token=side.token)
    assert (answer.status, answer.body) == (404, none.body)


def _push(sides: Sides, side: Side, draw: random.Random) -> None:
    if side.pushes == PUSHES:
        return
    side.pushes += 1
    count = draw.randint(1, 3)
    lines = "".join(f"{side.word} did something {n}\n" for n in range(count))
    path = f"{_where(side)}/logs:push?stream=web&origin=provider-tool&purpose=service"
    answer = sides.ask(side, "POST", path, lines.encode())
    assert answer.status == 200
    side.lines += count


def _search(sides: Sides, side: Side, draw: random.Random) -> None:
    del draw
    assert _found(sides, side, side.word) == side.lines


def _found(sides: Sides, side: Side, text: str) -> int:
    asked = {"text": text, "purpose": "service", "limit": 5_000}
    answer = sides.ask(side, "POST", f"{_where(side)}/logs:search", json.dumps(asked).encode())
    if not side.lines and answer.status == 404:
        return 0
    assert answer.status == 200
    *lines, _ = answer.lines
    return len(lines)


def _show(sides: Sides, side: Side, draw: random.Random) -> None:
    del draw
    path = f"{_where(side)}/ledger:head?purpose=verification"
    head: dict[str, Any] = sides.ask(side, "GET", path).json
    again: dict[str, Any] = sides.ask(side, "GET", path).json
    # Its ledger grows by what itself does: two looks, one after the other, are two entries or four.
    assert 0 <= again["size"] - head["size"] <= 2 * 50


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sides]:
    place = tmp_path_factory.mktemp("model")
    make(place, who=FOUNDER)
    made = []
    with opened(place, who=FOUNDER) as house:
        for label, word in zip(LABELS, ("wolframite", "petroleuse"), strict=True):
            client = done(house.caller.call(AddClient(label=label))).client
            who = Principal(os_user=f"of-{label}")
            enrol(house, who, Role.CLIENT_ADMIN, agreed_by=FOUNDER, client=label)
            actors = done(house.caller.call(ListActors()))
            actor = next(str(one.actor) for one in actors if one.os_user == who.os_user)
            token = done(house.caller.call(AddToken(actor=actor))).secret
            made.append(Side(client=str(client), token=token, word=word))
    with inside(place) as front:
        yield Sides(front, (made[0], made[1]))


def _steps(count: int) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """Draw which act, whose, and what is drawn for it."""
    one = st.tuples(st.sampled_from(ACTS), st.integers(0, 1), st.integers(0, 1 << 16))
    return st.lists(one, min_size=count, max_size=count)


def _walk(sides: Sides, steps: list[tuple[str, int, int]]) -> None:
    for act, which, number in steps:
        _step(sides, act, which, random.Random(number))  # noqa: S311  # test data


@given(steps=_steps(20))
@settings(max_examples=6, phases=DRAWN)
def test_two_clients_see_nothing_of_one_another(
    sides: Sides, steps: list[tuple[str, int, int]]
) -> None:
    _walk(sides, steps)


@pytest.mark.sweep
@pytest.mark.long
@given(steps=_steps(20))
@settings(max_examples=1_000, phases=DRAWN)
def test_two_clients_see_nothing_of_one_another_for_long(
    sides: Sides, steps: list[tuple[str, int, int]]
) -> None:
    """Do twenty thousand acts."""
    _walk(sides, steps)
