"""Names in shards: exact, in order, by prefix and in pages, whatever is put, deleted or damaged."""

import random
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.held import client_of
from tests.check.rooms import audit, kinds
from tests.names.small import MERGED_AT, counts, scatter, shrink
from tests.run.homes import make, opened

from bailee import errors
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.names import SqlNameRows
from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.clients.acts import AddClient
from bailee.grant import Grant, Ref
from bailee.ids import ClientId, ObjectId
from bailee.keyring.service import Keyring
from bailee.ledgers.acts import ShowEntries
from bailee.names.model import NamedThing, ShardRow, WaitingRow
from bailee.names.service import SPARE
from bailee.names.shard import Shard, cut, encoded
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.model import ObjectListed
from bailee.run.wiring.app import App
from bailee.seal.port import Opener
from bailee.work import Tx

ACME, ZEBU = "acme", "zebu"
NAMES = [f"{folder}/{number:02}.txt" for folder in ("a", "ab", "é", "z") for number in range(12)]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    shrink(monkeypatch)
    make(tmp_path)
    with opened(tmp_path) as house:
        for label in (ACME, ZEBU):
            done(house.caller.call(AddClient(label=label)))
        yield house


def put(house: App, *names: str, client: str = ACME) -> None:
    for name in names:
        done(house.caller.send(PutObject(client=client, name=name), [name.encode()]))


def get(house: App, thing: str, version: int | None = None) -> bytes:
    request = GetObject(client=ACME, object=thing, version=version, purpose="client-request")
    return b"".join(map(bytes, done(house.caller.call(request)).chunks))


def listed(
    house: App,
    *,
    client: str = ACME,
    prefix: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> Sequence[ObjectListed]:
    request = ListObjects(client=client, prefix=prefix, after=after, limit=limit)
    return done(house.caller.call(request))


def names(found: Sequence[ObjectListed]) -> list[str]:
    return [one.name for one in found]


def in_order(some: Sequence[str]) -> list[str]:
    return sorted(some, key=str.encode)


def edit(house: App, statement: str, *values: object) -> None:
    """Change a row as another program would."""
    path = house.parts.work._path
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        assert rows.execute(statement, values).rowcount > 0, statement


# --- what is put is found --------------------------------------------------------------------


def test_names_are_listed_in_order_and_by_prefix(house: App) -> None:
    some = random.Random(1).sample(NAMES, len(NAMES))  # noqa: S311  # an order, not a key
    put(house, *some)
    shards, _, unplaced = counts(house, client_of(house))
    assert shards > len(NAMES) // 6
    assert unplaced == 0
    assert names(listed(house)) == in_order(NAMES)
    for prefix in ("a", "ab", "ab/0", "é/", "nothing"):
        expected = in_order([one for one in NAMES if one.startswith(prefix)])
        assert names(listed(house, prefix=prefix)) == expected, prefix
    assert kinds(audit(house)) == set()


def test_each_name_leads_to_its_object(house: App) -> None:
    put(house, *NAMES)
    for name in NAMES:
        assert get(house, name) == name.encode()
    with pytest.raises(errors.NotFound):
        get(house, "ab/12.txt")


def test_a_list_goes_on_in_pages(house: App) -> None:
    put(house, *NAMES[:9], NAMES[3], NAMES[3], NAMES[5])
    whole = listed(house)
    found: list[ObjectListed] = []
    while page := listed(
        house, limit=2, after=f"{found[-1].object}:{found[-1].version}" if found else None
    ):
        assert len(page) <= 2
        found += page
    assert found == whole
    assert [(one.name, one.version) for one in whole] == [
        (name, version)
        for name in in_order(NAMES[:9])
        for version in range(1, {NAMES[3]: 3, NAMES[5]: 2}.get(name, 1) + 1)
    ]
    after = next(one for one in whole if one.name == NAMES[3])
    assert listed(house, after=str(after.object)) == [
        one for one in whole if one.name.encode() > NAMES[3].encode()
    ]


def test_a_page_has_the_first_of_what_waits_and_of_what_is_in_shards(
    house: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(house, *NAMES[1:24:2])
    shrink(monkeypatch, merged_at=100)
    put(house, *reversed(NAMES[:24:2]))
    for limit in range(1, 26):
        assert names(listed(house, limit=limit)) == in_order(NAMES[:24])[:limit]


def test_a_list_goes_on_after_an_object_alone(house: App) -> None:
    put(house, "one")
    with pytest.raises(errors.UsageError):
        listed(house, after="one")
    with pytest.raises(errors.NotFound):
        listed(house, after=str(listed(house)[0].object) + ":2")


def test_a_version_more_is_the_newest_wherever_its_name_stands(house: App) -> None:
    put(house, *NAMES[:8])
    for _ in range(3):
        put(house, *NAMES[:4])
    assert [one.version for one in listed(house) if one.name == NAMES[0]] == [1, 2, 3, 4]
    with pytest.raises(errors.NotFound):
        get(house, NAMES[0], version=5)
    assert kinds(audit(house)) == set()


def test_names_of_two_clients_do_not_meet(house: App) -> None:
    put(house, *NAMES[:6])
    put(house, *NAMES[:3], client=ZEBU)
    assert names(listed(house, client=ZEBU)) == in_order(NAMES[:3])
    assert names(listed(house)) == in_order(NAMES[:6])


@pytest.mark.parametrize("name", [NAMES[7], "nothing"])
def test_a_name_opens_one_shard_and_what_waits_for_it(
    house: App, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    put(house, *NAMES)
    spent: list[str] = []
    real = Keyring.opener

    def opener(keys: Keyring, tx: Tx, ref: Ref, grant: Grant, *, act: str | None = None) -> Opener:
        spent.append(ref.noun)
        return real(keys, tx, ref, grant, act=act)

    monkeypatch.setattr(Keyring, "opener", opener)
    with suppress(errors.NotFound):
        get(house, name)
    # To look it up and to merge what waits; then, where it is there, to see that it is the newest.
    assert spent.count("name-shard") <= 3
    assert spent.count("object-label") <= MERGED_AT + 1


def test_the_grant_of_a_look_up_does_not_grow_with_names(house: App) -> None:
    put(house, *NAMES)
    get(house, NAMES[0])
    shown = done(house.caller.call(ShowEntries(client=ACME))).entries
    counted = [int(one.body["count"]) for one in shown if one.opening.kind == "object:list"]
    assert max(counted) <= 2 + 2 * MERGED_AT + SPARE


def test_many_put_at_once_and_none_is_lost(house: App) -> None:
    parts = [NAMES[at::4] for at in range(4)]
    broke: list[BaseException] = []

    def some(part: Sequence[str]) -> None:
        try:
            put(house, *part)
        except BaseException as error:  # noqa: BLE001  # raised in the thread that waits
            broke.append(error)

    threads = [threading.Thread(target=some, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broke == []
    assert names(listed(house)) == in_order(NAMES)
    assert kinds(audit(house)) == set()


# --- what is deleted is not ------------------------------------------------------------------


def test_a_deleted_name_is_in_no_shard(house: App) -> None:
    put(house, *NAMES)
    gone = NAMES[::3]
    for at, name in enumerate(gone):
        by_id = next(str(one.object) for one in listed(house, prefix=name))
        done(house.caller.call(DeleteObject(client=ACME, object=name if at % 2 else by_id)))
    assert names(listed(house)) == in_order(sorted(set(NAMES) - set(gone)))
    for name in gone:
        with pytest.raises(errors.NotFound):
            get(house, name)
    assert kinds(audit(house)) == set()
    put(house, *gone)
    assert names(listed(house)) == in_order(NAMES)
    assert {one.version for one in listed(house)} == {1}


def test_a_shard_that_held_a_deleted_name_is_deleted_too(house: App) -> None:
    put(house, *NAMES[:8])
    client = client_of(house)
    before = {row.shard for row in _shards(house, client)}
    known = set(house.parts.work.read(SqlKeyRows().pending))  # of shards that were cut
    obj = _waits_nowhere(house)
    done(house.caller.call(DeleteObject(client=ACME, object=str(obj))))
    deleted = set(house.parts.work.read(SqlKeyRows().pending)) - known
    assert sorted(row.noun for row in deleted) == ["name-shard", "object", "object-label"]
    assert len(before - {row.shard for row in _shards(house, client)}) == 1
    assert {row.kid for row in deleted} <= house.parts.kms.pending()


def test_a_deletion_goes_through_where_its_shard_is_damaged(house: App) -> None:
    put(house, *NAMES[:8])
    edit(house, "update name_shard set sealed = zeroblob(length(sealed))")
    with pytest.raises(errors.Damaged):
        get(house, NAMES[0])
    assert "names-differ" in kinds(audit(house))
    obj = _waits_nowhere(house)
    done(house.caller.call(DeleteObject(client=ACME, object=str(obj))))
    # The rest was given up, and is placed again by the next look-up.
    assert counts(house, client_of(house))[0] == 0
    assert len(listed(house)) == 7
    assert counts(house, client_of(house))[2] == 0
    assert kinds(audit(house)) == set()


# --- what was there before, or is damaged ----------------------------------------------------


def test_what_nobody_placed_is_placed_by_the_next_look_up(house: App) -> None:
    put(house, *NAMES, NAMES[3])
    scatter(house, ACME)
    client = client_of(house)
    assert counts(house, client) == (0, 0, len(NAMES))
    by_id = SqlObjectRows().objects
    first = house.parts.work.read(lambda tx: by_id(tx, client)[0])
    assert get(house, str(first))  # by its id it is given before that
    assert counts(house, client)[2] == len(NAMES)
    assert get(house, NAMES[3], version=2) == NAMES[3].encode()
    assert counts(house, client)[2] == 0
    assert names(listed(house)) == in_order([*NAMES, NAMES[3]])
    assert kinds(audit(house)) == set()


def test_an_object_is_deleted_before_anybody_placed_it(house: App) -> None:
    put(house, *NAMES[:8])
    gone = listed(house)[0]
    scatter(house, ACME)
    done(house.caller.call(DeleteObject(client=ACME, object=str(gone.object))))
    assert names(listed(house)) == in_order(NAMES[:8])[1:]
    assert kinds(audit(house)) == set()


TAKEN = {
    "a shard": "delete from name_shard where start = (select max(start) from name_shard)",
    "all shards": "delete from name_shard",
    "what waits": "delete from name_waiting",
    "a version": "delete from object_version where version = 2",
    "another shard's bits": "update name_shard set bits = bits - 1",
    "what is unplaced": "delete from name_unplaced",
}


@pytest.mark.parametrize("harm", TAKEN)
def test_a_list_never_lacks_what_was_taken_away(house: App, harm: str) -> None:
    put(house, *NAMES, NAMES[5])
    if harm == "what is unplaced":
        scatter(house, ACME)
    elif not counts(house, client_of(house))[1]:
        put(house, "one more")
    edit(house, TAKEN[harm])
    with pytest.raises(errors.Damaged):
        listed(house)


@pytest.mark.parametrize("harm", ["all shards", "what waits", "what is unplaced"])
def test_no_name_is_called_not_there_where_rows_were_taken_away(house: App, harm: str) -> None:
    put(house, *NAMES)
    if harm == "what is unplaced":
        scatter(house, ACME)
    waiting = _waiting(house, client_of(house))
    edit(house, TAKEN[harm])
    missed = 0
    for name in NAMES:
        try:
            assert get(house, name) == name.encode()
        except errors.Damaged:
            missed += 1
    assert missed >= (len(waiting) if harm == "what waits" else len(NAMES) // 2)


def test_a_version_that_was_taken_away_is_missed_by_name_and_by_id(house: App) -> None:
    put(house, NAMES[0], NAMES[0], *NAMES[1:8])
    obj = listed(house)[0].object
    edit(house, "delete from object_version where version = 2")
    for thing in (NAMES[0], str(obj)):
        with pytest.raises(errors.Damaged):
            get(house, thing)
    with pytest.raises(errors.Damaged):
        put(house, NAMES[0])


# --- the form of a shard ---------------------------------------------------------------------


def things(count: int) -> list[NamedThing]:
    return [
        NamedThing(name=f"n{number:03}é", id=number.to_bytes(16, "big"), version=number + 1)
        for number in range(count)
    ]


def test_a_shard_gives_back_what_was_encoded_in_order() -> None:
    some = things(50)
    shard = Shard(encoded(b"\x40\0", 2, reversed(some)))
    assert list(shard) == some
    assert (shard.start, shard.bits, shard.count) == (b"\x40\0", 2, 50)
    assert list(shard.named("n007é")) == [some[7]]
    assert list(shard.named("n007")) == []
    assert list(shard.since(some[48].order)) == some[48:]
    assert list(Shard(encoded(b"\0\0", 0, []))) == []


@pytest.mark.parametrize("cut_off", [1, 20, 60, 200])
def test_a_shard_of_another_form_is_refused(cut_off: int) -> None:
    plain = encoded(b"\0\0", 0, things(4))
    for wrong in (plain[:-cut_off], plain + bytes(cut_off)):
        with pytest.raises(errors.Damaged):
            Shard(wrong)


def test_a_cut_leaves_no_part_with_more_than_it_may_and_each_name_in_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shrink(monkeypatch, shard_names=4)
    rng = random.Random(3)  # noqa: S311  # places, not keys
    placed = [(rng.randbytes(2), one) for one in things(100)]
    parts = list(cut(b"\0\0", 0, placed))
    assert max(len(some) for _, _, some in parts) <= 4
    assert [start for start, _, _ in parts] == sorted(start for start, _, _ in parts)
    for place, thing in placed:
        start, bits, some = [part for part in parts if part[0] <= place][-1]
        assert thing in some
        assert int.from_bytes(place, "big") >> (16 - bits) == int.from_bytes(start, "big") >> (
            16 - bits
        )


def test_names_of_one_place_stay_together(monkeypatch: pytest.MonkeyPatch) -> None:
    shrink(monkeypatch, shard_names=4)
    parts = list(cut(b"\0\0", 0, [(b"ab", one) for one in things(9)]))
    assert [(bits, len(some)) for _, bits, some in parts if some] == [(16, 9)]


# --- looking into rows -----------------------------------------------------------------------


def _shards(house: App, client: ClientId) -> Sequence[ShardRow]:
    return house.parts.work.read(lambda tx: list(SqlNameRows().shards(tx, client, "object")))


def _waiting(house: App, client: ClientId) -> Sequence[WaitingRow]:
    return house.parts.work.read(lambda tx: SqlNameRows().waiting(tx, client, "object"))


def _waits_nowhere(house: App) -> ObjectId:
    """Find an object that stands in a shard alone."""
    client = client_of(house)
    waiting = {row.id for row in _waiting(house, client)}
    objects = house.parts.work.read(lambda tx: SqlObjectRows().objects(tx, client))
    return next(obj for obj in objects if obj.raw not in waiting)
