"""Objects through the whole house: what goes in comes back, for a purpose, or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from tests.answers import done
from tests.run.homes import make, opened

from bailee import errors
from bailee.act import ByteRange, Denial
from bailee.clients.acts import AddClient
from bailee.ledgers.acts import ShowEntries
from bailee.limits import NAME_BYTES, REASON_BYTES, SEGMENT_BYTES
from bailee.objects.acts import (
    DeleteObject,
    GetObject,
    ListObjects,
    ObjectDeleted,
    ObjectGiven,
    ObjectPut,
    PutObject,
)
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import OBJECTS

PURPOSE = "client-request"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make(tmp_path)
    return tmp_path


@pytest.fixture
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        house.caller.call(AddClient(label="acme"))
        house.caller.call(AddClient(label="zebu"))
        yield house


def put(house: App, name: str, content: bytes, client: str = "acme") -> ObjectPut:
    answer = done(house.caller.send(PutObject(client=client, name=name), [content]))
    assert isinstance(answer, ObjectPut)
    return answer


def get(
    house: App,
    thing: str,
    *,
    client: str = "acme",
    version: int | None = None,
    wanted: tuple[int, int | None] = (0, None),
) -> bytes:
    request = GetObject(
        client=client,
        object=thing,
        purpose=PURPOSE,
        version=version,
        range=ByteRange(start=wanted[0], length=wanted[1]),
    )
    answer = done(house.caller.call(request))
    assert isinstance(answer, ObjectGiven)
    return b"".join(map(bytes, answer.chunks))


SIZES = {
    "nothing": 0,
    "one byte": 1,
    "exactly the first segment": SEGMENT_BYTES - 16 - 40,
    "one byte more": SEGMENT_BYTES - 16 - 40 + 1,
    "several segments": 1_000_003,
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_what_goes_in_comes_back(house: App, size: int) -> None:
    content = os.urandom(size)
    taken = put(house, "dossier", content)
    assert get(house, "dossier") == get(house, str(taken.object)) == content
    assert taken.size_bytes == size


RANGES = {
    "the start": (0, 10),
    "the middle": (65_000, 2_000),
    "to the end": (199_990, None),
    "beyond the end": (199_990, 1_000),
    "nothing": (5, 0),
}


@pytest.mark.parametrize("wanted", RANGES.values(), ids=RANGES)
def test_a_range_is_that_range(house: App, wanted: tuple[int, int | None]) -> None:
    content = os.urandom(200_000)
    put(house, "dossier", content)
    start, length = wanted
    stop = None if length is None else start + length
    assert get(house, "dossier", wanted=wanted) == content[start:stop]


def test_the_same_content_twice_is_two_versions_that_share_nothing(house: App, place: Path) -> None:
    first, second = (put(house, "dossier", b"meme contenu") for _ in range(2))
    assert first.object == second.object
    assert (first.version, second.version) == (1, 2)
    assert first.sealed_sha256 != second.sealed_sha256
    files = [path for path in (place / "home" / OBJECTS).rglob("*") if path.is_file()]
    assert {sha256(path.read_bytes()).digest() for path in files} == {
        first.sealed_sha256,
        second.sealed_sha256,
    }


def test_an_older_version_can_be_asked_for(house: App) -> None:
    put(house, "dossier", b"un")
    put(house, "dossier", b"deux")
    assert get(house, "dossier") == b"deux"
    assert get(house, "dossier", version=1) == b"un"


def test_without_a_purpose_nothing_is_given_and_the_refusal_is_recorded(house: App) -> None:
    put(house, "dossier", b"contenu")
    answer = house.caller.call(GetObject(client="acme", object="dossier"))
    assert isinstance(answer, Denial)
    entries = done(house.caller.call(ShowEntries(client="acme"))).entries
    refusals = [shown for shown in entries if shown.opening.kind == "refusal"]
    assert [shown.body["act"] for shown in refusals] == ["object:get"]
    assert refusals[0].entry == answer.entry


def test_names_are_listed_for_their_client_alone(house: App) -> None:
    put(house, "à nous", b"1", client="acme")
    put(house, "à eux", b"2", client="zebu")
    names = {
        client: [one.name for one in done(house.caller.call(ListObjects(client=client)))]
        for client in ("acme", "zebu")
    }
    assert names == {"acme": ["à nous"], "zebu": ["à eux"]}


def test_another_clients_object_is_not_there(house: App) -> None:
    theirs = put(house, "dossier", b"contenu", client="zebu")
    for thing in ("dossier", str(theirs.object)):
        with pytest.raises(errors.NotFound):
            get(house, thing, client="acme")


def test_what_was_deleted_is_not_there(house: App, place: Path) -> None:
    put(house, "dossier", b"un")
    taken = put(house, "dossier", b"deux")
    answer = done(house.caller.call(DeleteObject(client="acme", object="dossier")))
    assert isinstance(answer, ObjectDeleted)
    assert answer.versions == 2
    for thing in ("dossier", str(taken.object)):
        with pytest.raises(errors.NotFound):
            get(house, thing)
    assert not [path for path in (place / "home" / OBJECTS).rglob("bl-*") if path.is_file()]


def test_a_reader_that_goes_away_leaves_a_failed_outcome(house: App) -> None:
    put(house, "dossier", os.urandom(300_000))
    given = done(house.caller.call(GetObject(client="acme", object="dossier", purpose=PURPOSE)))
    next(given.chunks)
    given.chunks.close()
    entries = done(house.caller.call(ShowEntries(client="acme"))).entries
    gets = {str(shown.entry) for shown in entries if shown.opening.kind == "object:get"}
    results = [shown.body["result"] for shown in entries if shown.body.get("of") in gets]
    assert results == ["failed"]


def test_a_source_that_breaks_leaves_nothing_but_a_failed_outcome(house: App, place: Path) -> None:
    def breaking() -> Iterator[bytes]:
        yield os.urandom(100_000)
        raise errors.UsageError("errors_cli.unreadable")

    with pytest.raises(errors.UsageError):
        house.caller.send(PutObject(client="acme", name="dossier"), breaking())
    assert done(house.caller.call(ListObjects(client="acme"))) == []
    assert not [path for path in (place / "home" / OBJECTS).rglob("*") if path.is_file()]


def named(text: str) -> PutObject:
    return PutObject(client="acme", name=text)


def reasoned(text: str) -> PutObject:
    return PutObject(client="acme", name="n", reason=text)


LIMITS = {"a name": (NAME_BYTES, named), "a reason": (REASON_BYTES, reasoned)}


@pytest.mark.parametrize("what", LIMITS)
def test_limits_hold_at_n_and_not_at_n_plus_one(house: App, what: str) -> None:
    limit, request = LIMITS[what]
    assert isinstance(house.caller.send(request("é" * (limit // 2)), [b""]), ObjectPut)
    with pytest.raises(errors.LimitExceeded):
        house.caller.send(request("é" * (limit // 2) + "e"), [b""])


def test_an_empty_name_is_refused(house: App) -> None:
    with pytest.raises(errors.LimitExceeded):
        put(house, "", b"contenu")


def test_a_shortened_file_is_found_before_a_byte_is_given(house: App, place: Path) -> None:
    put(house, "dossier", os.urandom(300_000))
    (path,) = (path for path in (place / "home" / OBJECTS).rglob("bl-*") if path.is_file())
    path.write_bytes(path.read_bytes()[:-65_536])
    with pytest.raises(errors.Damaged):
        get(house, "dossier")


def test_a_row_edited_to_fit_a_shorter_file_does_not_help(house: App, place: Path) -> None:
    """The true size stands in the sealed label, and the last segment says that it is the last."""
    put(house, "dossier", os.urandom(300_000))
    (path,) = (path for path in (place / "home" / OBJECTS).rglob("bl-*") if path.is_file())
    cut = path.read_bytes()[: 2 * 65_536]
    path.write_bytes(cut)
    with sqlite3.connect(place / "home" / "rows.db") as connection:
        connection.execute("update object_version set sealed_bytes = ?", (len(cut),))
    connection.close()
    with pytest.raises(errors.Damaged):
        get(house, "dossier")
