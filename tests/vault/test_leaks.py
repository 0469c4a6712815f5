"""What the rows give away: nothing that links two clients or two months, no length, no byte."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.absence import holds, mark
from tests.vault.strongroom import ALICE, ALICE_LOUD, BOB, EPOCH, HOST, PHONE, Strongroom, Text

from bailee.ids import ClientId
from bailee.scan.kinds import Kind

EARLIER = 202607
NAME = mark()
CANARY: Text = (Kind.USERNAME, NAME.encode(), NAME.upper().encode())


def columns(room: Strongroom, client: ClientId, epoch: int) -> Iterator[set[Any]]:
    """Give every value of each random, keyed or sealed column."""
    where = f"where client = x'{client.raw.hex()}' and epoch = {epoch}"
    for column in ("token", "commitment", "sealed"):
        yield {row[0] for row in room.rows(f"select {column} from vault {where}")}  # noqa: S608  # ours
    for column in ("key", "sealed"):
        yield {row[0] for row in room.rows(f"select {column} from vault_index {where}")}  # noqa: S608  # ours


def test_the_same_values_of_two_clients_or_months_have_nothing_in_common(room: Strongroom) -> None:
    one, two = room.house.new_client(), room.house.new_client()
    places = [(one, EPOCH), (two, EPOCH), (one, EARLIER)]
    for client, epoch in places:
        room.intern(client, ALICE, ALICE_LOUD, BOB, HOST, PHONE, epoch=epoch)
    seen = [list(columns(room, client, epoch)) for client, epoch in places]
    for first in range(3):
        for second in range(first):
            for here, there in zip(seen[first], seen[second], strict=True):
                assert len(here) == len(there) > 0
                assert here & there == set()


def test_the_same_values_have_the_same_sizes_everywhere(room: Strongroom) -> None:
    one, two = room.house.new_client(), room.house.new_client()
    for client in (one, two):
        room.intern(client, ALICE, ALICE_LOUD, BOB, HOST)
    sizes = [
        sorted(len(bytes(blob)) for blob in column)
        for client in (one, two)
        for column in columns(room, client, EPOCH)
    ]
    assert sizes[:5] == sizes[5:]


def test_a_search_with_one_client_sees_nothing_of_another(room: Strongroom) -> None:
    one, two = room.house.new_client(), room.house.new_client()
    token = room.token(one, ALICE)
    assert room.found(two, ALICE) == {}
    room.token(two, BOB)
    assert room.found(two, ALICE) == {}
    assert room.raws(two, [token]) == [None]
    assert room.found(one, ALICE) == {EPOCH: {token}}


def test_sizes_tell_a_power_of_two_at_most(room: Strongroom) -> None:
    client = room.house.new_client()
    texts: list[Text] = [(Kind.PERSON_NAME, b"x" * size, None) for size in range(300)]
    room.intern(client, *texts)
    rows = room.rows("select distinct length(sealed) from vault order by 1")
    assert [row[0] for row in rows] == [28 + 64 * 2**i for i in range(4)]
    assert room.rows("select distinct length(sealed) from vault_index") == [(38,)]


def test_tokens_do_not_follow_the_order_in_which_values_came(room: Strongroom) -> None:
    client = room.house.new_client()
    tokens = room.tokens(client, *[(Kind.USER_ID, b"%d" % n, None) for n in range(200)])
    assert tokens != sorted(tokens)
    rising = sum(one < two for one, two in pairwise(tokens))
    assert 60 < rising < 140


def traces(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("epoch", [EPOCH, EARLIER])
def test_no_byte_of_a_value_is_on_the_disk(room: Strongroom, tmp_path: Path, epoch: int) -> None:
    client = room.house.new_client()
    room.intern(client, CANARY, epoch=epoch)
    room.erase(client, CANARY)
    room.intern(client, CANARY, epoch=epoch)
    room.turn()
    stored = traces(tmp_path)
    assert len(stored) > 100_000
    for form in (CANARY[1], CANARY[2] or b""):
        assert not holds(stored, form)
        assert not holds(stored.lower(), form.hex().encode())
