"""Whatever one row is taken away or exchanged, no act says of what is held that it is not there.

Its answer is what it was, or that it cannot be told (exit 10); and for each table there are rows
of which the answer hangs.
"""

# ruff: noqa: S608  # statements are put together from declared names alone

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from tests.check.held import CLIENT, hold_logs
from tests.check.test_sets import DIGESTED
from tests.run.homes import SOMEONE, make, opened

from bailee import errors
from bailee.accounts.acts import AddActor, ListActors, ListTokens
from bailee.act import Denial, Download, Request
from bailee.adapters.sql import whole
from bailee.adapters.sql.schema import tables
from bailee.adapters.sql.table import quoted
from bailee.approvals.acts import ListApprovals
from bailee.clients.acts import AddClient, ListClients
from bailee.ids import BlobId
from bailee.logs.acts import (
    EraseLog,
    ListEpochs,
    ListStreams,
    ProveLog,
    RevealLog,
    SearchLog,
)
from bailee.logs.token import TokenRef, token_text
from bailee.objects.acts import GetObject, ListObjects, PutObject
from bailee.run.wiring.app import App

A = TypeVar("A")
ABOUT = b"a5@example.org"
TIMED_NS = 1_760_104_500 * 10**9
"""2025-10-10T13:55:00Z: what is held is of that minute, or is dated by its receipt."""
ROWS_MAX = 500
"""Rows of a table that are taken away, one after the other: all there are."""


@dataclass(frozen=True)
class Place:
    """An opened home, and its rows."""

    house: App
    path: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("absent")
    make(folder)
    with opened(folder) as house:
        for label in (CLIENT, "other", "third"):
            house.caller.call(AddClient(label=label))
        house.caller.call(AddActor(os_user="binta", role="auditor"))
        hold_logs(house)
        for name in "abcdefghij":  # more than wait at once: the first are in a shard
            house.caller.send(PutObject(client=CLIENT, name=name), iter([b"content"]))
        yield Place(house, folder / "home" / "rows.db")


# --- acts, and what of their answers must not change -----------------------------------------


class RefusedError(Exception):
    """An act was refused: nothing is answered."""


def told(house: App, request: Request[A] | Download[A]) -> A:
    """Give the answer of an act."""
    answer = house.caller.call(request)
    if isinstance(answer, Denial):
        raise RefusedError
    return answer


def searched(house: App) -> object:
    return found(house, SearchLog(client=CLIENT, about=ABOUT, purpose="client-request"))


def found(house: App, asked: SearchLog) -> object:
    answer = told(house, asked)
    lines = [(str(one.batch), one.line) for one in answer.lines]
    if answer.tally.damaged:  # the rest is shown, and exit 10 says that it is not all
        raise errors.Damaged("errors_sql.rows-differ")
    return lines


def read(house: App) -> object:
    return found(house, SearchLog(client=CLIENT, text="user", stream="web"))


def timed(house: App) -> object:
    to_ns = TIMED_NS + 3_600 * 10**9
    return found(house, SearchLog(client=CLIENT, from_ns=TIMED_NS, to_ns=to_ns))


def revealed(house: App) -> object:
    asked = SearchLog(client=CLIENT, about=ABOUT, purpose="client-request")
    lines = list(told(house, asked).lines)
    values = {TokenRef(epoch=one.epoch, token=one.tokens[0].token) for one in lines}
    opened = RevealLog(client=CLIENT, values=tuple(values), purpose="client-request")
    return told(house, opened).values


def streams(house: App) -> object:
    listed = told(house, ListStreams(client=CLIENT))
    return [(one.label, one.batches, one.lines, one.ended) for one in listed]


def months(house: App) -> object:
    return told(house, ListEpochs(client=CLIENT))


def objects(house: App) -> object:
    return [one.name for one in told(house, ListObjects(client=CLIENT))]


def content(house: App) -> object:
    asked = GetObject(client=CLIENT, object="a", purpose="client-request")
    return b"".join(map(bytes, told(house, asked).chunks))


def tokens(house: App) -> object:
    return [(one.token, one.state) for one in told(house, ListTokens())]


def clients(house: App) -> object:
    return sorted(one.label for one in told(house, ListClients()))


def named(house: App) -> object:
    return str(house.parts.find_client(SOMEONE, "third"))


def actors(house: App) -> object:
    return sorted(one.os_user for one in told(house, ListActors()))


def approvals(house: App) -> object:
    return [one.approval for one in told(house, ListApprovals(all=True))]


ACTS: Mapping[str, tuple[Callable[[App], object], ...]] = {
    # Without sets: rows that name what lies below have them.
    "key_bucket": (objects, streams),
    "key_leaf": (searched, read, streams, objects, content, clients, actors),
    "actor": (actors,),
    "api_token": (tokens,),
    "approval": (approvals,),
    "client": (clients, named, objects),
    "key_epoch": (searched, months),
    "log_batch": (searched, read, timed, streams, months),
    "log_part": (streams,),
    "log_run": (searched,),
    "log_stream": (read, streams),
    "name_shard": (objects, content),
    "name_waiting": (objects, content),
    "object_version": (objects, content),
    "vault": (revealed,),
    "vault_index": (searched,),
}
CHECKED_ALONE = {
    "reveal_budget": "without it nothing is opened, since the ledger tells of it",
    "client_lock": "without it every act is refused, since the ledger tells of it",
    "clock": "what dates are believed by; without it none is beyond what was counted",
    "key_law": "without the key of a year its bodies are closed, which a list says",
    "key_pending": "counted, and compared with what custodians hold",
    "key_trunk": "without the key of a client nothing of it opens, which is damage",
    "key_turn": "a list of what was, compared with the ledger",
    "ledger_key_change": "without it a ledger does not verify",
    "log_source": "what was taken in before is taken in again, and named by check",
    "push_mark": "lines that are sent again are stored again: tests/logs/test_pushing.py",
    "name_unplaced": "the next look-up places what is in it: tests/names/test_names.py",
    "notice": "one that is gone is not sent, or sent again; nothing is said of it",
    "policy": "without it every act is refused",
    "setting": "without it every act is refused, since the ledger tells of it",
}
"""Tables of which no act concludes that something is not there; `check` compares them."""


def test_each_table_with_a_set_has_an_act_or_a_reason() -> None:
    named = {table.name for table in DIGESTED} | {"key_bucket", "key_leaf"}
    assert ACTS.keys() | CHECKED_ALONE.keys() == named


@pytest.mark.parametrize(
    ("table", "act"),
    [(table, act) for table, acts in ACTS.items() for act in acts],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_row_that_was_taken_away_is_never_called_not_there(
    place: Place, table: str, act: Callable[[App], object]
) -> None:
    before, untold = act(place.house), 0
    for take, give in taken_away(place, table):
        change(place.path, take)
        try:
            assert act(place.house) == before
        except errors.Damaged:
            untold += 1
        except RefusedError:  # without the actor's own row
            pass
        finally:
            change(place.path, give)
    assert untold
    assert act(place.house) == before


@pytest.mark.sampled(2)
@pytest.mark.parametrize("act", [searched, read, timed, objects, clients, named, actors])
def test_without_the_comparison_it_would_be(
    place: Place, act: Callable[[App], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the comparison left out, an act answers as if less were held."""
    before = act(place.house)
    monkeypatch.setattr(whole._Held, "require", lambda *_: None)  # left out
    less = 0
    for table in ACTS:
        for take, give in taken_away(place, table):
            change(place.path, take)
            try:
                less += act(place.house) != before
            except errors.NotFound:
                less += 1
            except (errors.Damaged, RefusedError):
                pass
            finally:
                change(place.path, give)
    assert less


def test_an_erasure_does_not_say_that_nothing_is_held(place: Place) -> None:
    rows = list(taken_away(place, "vault_index", every=True))
    for take, _ in rows:
        change(place.path, take)
    with pytest.raises(errors.Damaged):
        told(place.house, EraseLog(client=CLIENT, about=ABOUT, purpose="client-request"))
    for _, give in rows:
        change(place.path, give)
    nobody = EraseLog(client=CLIENT, about=b"nobody@example.org", purpose="client-request")
    assert told(place.house, nobody).kinds == {}


def proof(house: App) -> ProveLog:
    asked = SearchLog(client=CLIENT, about=ABOUT, purpose="client-request")
    line = list(told(house, asked).lines)[-1]
    token, *_ = line.tokens
    return ProveLog(
        client=CLIENT,
        batch=str(line.batch),
        line=line.line,
        open=(token_text(token.token),),
        purpose="client-request",
    )


FILES = {
    "an object": "select blob from object_version",
    "a text": "select blob from log_part where part = 'text'",
    "names": "select blob from log_part where part = 'names'",
}
"""What names sealed files."""


@pytest.mark.parametrize("what", FILES)
def test_a_sealed_file_that_was_taken_away_is_never_called_not_there(
    place: Place, what: str
) -> None:
    place.house.publish()
    asked = proof(place.house)
    act = content if what == "an object" else lambda house: told(house, asked).opened
    before = act(place.house)
    with closing(sqlite3.connect(place.path)) as rows:
        files = {str(BlobId(blob)) for (blob,) in rows.execute(FILES[what])}
    found = [path for path in (place.path.parent / "objects").rglob("*") if path.name in files]
    for path in found:
        path.rename(path.with_suffix(".away"))
    with pytest.raises(errors.Damaged):
        act(place.house)
    for path in found:
        path.with_suffix(".away").rename(path)
    assert act(place.house) == before


# --- rows ------------------------------------------------------------------------------------

Change = tuple[str, tuple[object, ...]]
"""A statement, and its values."""


def change(path: Path, statement: Change) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as rows:
        assert rows.execute(*statement).rowcount == 1


# Each act of these tests adds the leaf of a subject, from which nothing is concluded.
SOME = {
    "key_leaf": "where noun <> 'subject'",
    "key_bucket": "where (client, bucket) in"
    " (select client, bucket from key_leaf where noun <> 'subject')",
}


def taken_away(place: Place, table: str, *, every: bool = False) -> Sequence[tuple[Change, Change]]:
    """Give for rows of a table what takes each away, and what puts it back."""
    (one,) = (found for found in tables() if found.name == table)
    where = " and ".join(f"{quoted(name)} = ?" for name in one.key)
    at = [index for index, column in enumerate(one.columns) if column.key]
    names = ", ".join(quoted(column.name) for column in one.columns)
    with closing(sqlite3.connect(place.path)) as rows:
        some = SOME.get(table, "")
        held = rows.execute(f"select {names} from {table} {some}").fetchall()
    step = 1 if every else -(-len(held) // ROWS_MAX)
    marks = ", ".join("?" * len(one.columns))
    return [
        (
            (f"delete from {table} where {where}", tuple(row[index] for index in at)),
            (f"insert into {table} ({names}) values ({marks})", row),
        )
        for row in held[::step]
    ]
