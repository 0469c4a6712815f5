"""Routes: which act answers to which method and path, derived from the declarations.

Only ids stand in a path, and nothing that may be personal in a URL: an act that takes a name takes
it in its body.  `list` and `show` are GET, `add` and `put` POST to the collection; what is named by
an id can be asked for by it; all else is POST to `collection:verb`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from bailee.act import ACTS, Act, Download, Is, Upload, answer_of
from bailee.wire.json_form import Given, given

Method = Literal["GET", "POST", "DELETE"]

NOT_SERVED: Final = {
    "backup:restore": "makes a home: there is none to ask",
    "key:unseal": "takes the passphrase, which no front sees",
    "log:ingest": "reads a source again from where it ended; lines are pushed instead",
    "ledger:export": "writes a folder",
    "promise:show": "is what the program itself says: it asks no home",
}
"""Acts without a route, each with why."""

RAW: Final = {"log:push": ("source", "start", "position")}
"""Acts whose body is the content as it is, each with the fields that stand in headers."""

_ONE = frozenset({"ledger", "clock"})
"""Nouns of which there is one."""
_LOOKS = frozenset({"list", "show", "head", "key", "get"})
_MAKES = frozenset({"add", "put"})
_BY_ID: Final[dict[str, Method]] = {"get": "GET", "show": "GET", "delete": "DELETE"}
_IN_URL = frozenset({Is.ID, Is.LABEL, Is.WORD, Is.COUNT, Is.MOMENT, Is.FLAG})
"""What of a request may stand in a URL, which many write down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Route: one way to ask for an act."""

    act: Act
    request: type[Any]
    method: Method
    path: str
    """With `{…}` where an id stands."""
    in_path: tuple[Given, ...]
    in_query: tuple[Given, ...]
    in_body: tuple[Given, ...]
    in_headers: tuple[Given, ...] = ()
    """Of a route whose body is the content itself: what may stand in no URL."""
    raw: bool = False
    """Whether the body is the content, as it is."""
    way: str = ""
    """What tells its name from that of another route of the same act."""

    @property
    def answer(self) -> Any:  # noqa: ANN401  # a type
        """The answer's type."""
        kind: Any = self.request
        return answer_of(kind)

    @property
    def takes_bytes(self) -> bool:
        """Whether bytes come with the request."""
        return issubclass(self.request, Upload)

    @property
    def streams(self) -> bool:
        """Whether items follow the answer."""
        return issubclass(self.request, Download)

    @property
    def makes(self) -> bool:
        """Whether it makes something new."""
        return self.act.verb in _MAKES

    @property
    def operation(self) -> str:
        """Its name: the act, and that all of it stands in the URL where there is another way."""
        return self.act.name.replace(":", ".") + self.way + (".in-url" if self._again else "")

    @property
    def _again(self) -> bool:
        """Whether the same act has another route, which takes what may stand in no URL."""
        return self.method != "POST" and any(
            one.about.kind is Is.TEXT and one.field != "reason" for one in given(self.request)
        )


def header_of(one: Given) -> str:
    """Name the header in which a field stands."""
    return f"Bailee-{one.name.capitalize()}"


@cache
# The act table does not change while a program runs.
def routes() -> tuple[Route, ...]:
    """Give all routes, in the order of the act table."""
    return tuple(
        route for act in ACTS.values() if act.name not in NOT_SERVED for route in _routes_of(act)
    )


def _routes_of(act: Act) -> Iterator[Route]:
    fields = given(act.declared())
    if act.name in RAW:
        yield from _pushed(act, fields)
        return
    of_client = tuple(one for one in fields if (one.field, one.about.kind, one.required) == _CLIENT)
    thing = next((one for one in fields if one.field == act.noun and one.required), None)
    base = "/v1/clients/{client}" if of_client else "/v1"
    collection = f"{base}/{act.noun}" + ("" if act.noun in _ONE else "s")
    if thing is None:
        yield from _without(act, fields, of_client, collection)
        return
    if thing.about.kind in (Is.ID, Is.TEXT):
        by_id = act.verb in _BY_ID
        yield _made(
            act,
            fields,
            (*of_client, thing),
            method=_BY_ID.get(act.verb, "POST"),
            path=f"{collection}/{{{thing.name}}}" + ("" if by_id else f":{act.verb}"),
        )
    if thing.about.kind is not Is.ID:
        yield _made(act, fields, of_client, method="POST", path=f"{collection}:{act.verb}")


_CLIENT = ("client", Is.LABEL, True)


def _without(
    act: Act, fields: tuple[Given, ...], of_client: tuple[Given, ...], collection: str
) -> Iterator[Route]:
    """Make the routes of an act on a collection, or on what there is one of."""
    plain = act.verb in {"list", "show"} or act.verb in _MAKES
    path = collection if plain else f"{collection}:{act.verb}"
    looks = act.verb in _LOOKS and all(one.about.kind in _IN_URL for one in fields if one.required)
    yield _made(act, fields, of_client, method="GET" if looks else "POST", path=path)
    if (
        looks
        and plain
        and any(one.about.kind is Is.TEXT and one.field != "reason" for one in fields)
    ):
        yield _made(act, fields, of_client, method="POST", path=f"{collection}:{act.verb}")


def _pushed(act: Act, fields: tuple[Given, ...]) -> Iterator[Route]:
    """Make the routes of pushed lines: below a stream that is there, and by the name of one."""
    by_name = {one.name: one for one in fields}
    client, stream = by_name.pop("client"), by_name.pop("stream")
    in_headers = tuple(by_name.pop(name) for name in RAW[act.name])
    ways = (
        ("", "/v1/clients/{client}/streams/{stream}/lines", (client, stream), ()),
        (".by-name", "/v1/clients/{client}/logs:push", (client,), (stream,)),
    )
    for way, path, in_path, named in ways:
        yield Route(
            act=act,
            request=act.declared(),
            method="POST",
            path=path,
            in_path=in_path,
            in_query=(*named, *by_name.values()),
            in_body=(),
            in_headers=in_headers,
            raw=True,
            way=way,
        )


def _made(
    act: Act, fields: tuple[Given, ...], in_path: tuple[Given, ...], *, method: Method, path: str
) -> Route:
    rest = tuple(one for one in fields if one not in in_path and one.about.kind is not Is.RANGE)
    queried = tuple(one for one in rest if one.about.kind in _IN_URL)
    in_query = () if method == "POST" else queried
    return Route(
        act=act,
        request=act.declared(),
        method=method,
        path=path,
        in_path=in_path,
        in_query=in_query,
        in_body=rest if method == "POST" else (),
    )
