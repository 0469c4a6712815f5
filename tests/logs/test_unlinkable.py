"""The same log of two clients, and of two months, has nothing in common that anyone could see.

Through the services: taken in, asked about, shown, recorded.  A third client holds the same lines
about other people, of names as long: what differs between the first two must not be less than what
differs from the third, or it would tell who has whom in common.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from tests.answers import done
from tests.logs.sources import Held
from tests.run.homes import make, opened

from bailee import errors
from bailee.accounts.acts import AddActor
from bailee.act import Denial, Principal
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.clients.acts import AddClient
from bailee.grant import Scope
from bailee.ids import ClientId
from bailee.ledgers.acts import ShowEntries
from bailee.logs.acts import FoundLine, IngestLog, LinesFound, SearchLog
from bailee.logs.model import RUN, run_ref
from bailee.logs.store.index import Run
from bailee.logs.store.segments import SegmentStore
from bailee.run.wiring.app import App
from bailee.run.wiring.parts import ROWS

SHARED = ("acme", "zebu")
OTHER = "elan"
MONTHS = {202610: "2026-10", 202611: None}
PEOPLE = {b"alice": b"fatou", b"bob@example.org": b"zoe@example.net", b"10.1.2.3": b"10.9.8.7"}
LINES = b"".join(
    b"2026-11-01T00:%02d:00Z login of user=alice from 10.1.2.3, mail bob@example.org, try %d\n"
    % (number % 60, number % 10)
    for number in range(400)
)
STRANGER = Principal(os_user="ursule")
ENOUGH_BYTES = 8
"""A shorter value may be equal by chance, or count something."""


def others(text: bytes) -> bytes:
    for ours, theirs in PEOPLE.items():
        text = text.replace(ours, theirs)
    return text


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unlinkable")
    make(folder)
    with opened(folder) as house:
        for label in (*SHARED, OTHER):
            house.caller.call(AddClient(label=label))
            text = others(LINES) if label == OTHER else LINES
            for epoch in MONTHS.values():
                source = Held(text, address=f"/var/log/{epoch}.log")
                # In streams of their own: one stream knows a log that it holds again.
                stream = "web" if epoch else "shop"
                request = IngestLog(
                    client=label, stream=stream, origin="client-application", epoch=epoch
                )
                house.caller.send(request, source)
        house.caller.call(AddActor(os_user=STRANGER.os_user, role="client-user", client=OTHER))
    return folder


@pytest.fixture(scope="module")
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        yield house


def ask(house: App, client: str, **more: object) -> list[FoundLine]:
    query: dict[str, Any] = {"purpose": "security", "lines": 10_000, **more}
    found = done(house.caller.call(SearchLog(client=client, **query)))
    assert isinstance(found, LinesFound)
    return list(found.lines)


def client_of(house: App, label: str) -> ClientId:
    return house.parts.find_client(house.caller.who, label)


PLACES = [(label, epoch) for label in (*SHARED, OTHER) for epoch in MONTHS]


def test_tokens_have_nothing_in_common(house: App) -> None:
    seen = {
        (label, epoch): {
            ref.token for line in ask(house, label) if line.epoch == epoch for ref in line.tokens
        }
        for label, epoch in PLACES
    }
    assert {len(tokens) for tokens in seen.values()} == {len(PEOPLE)}
    assert all(not one & two for one, two in combinations(seen.values(), 2))
    prefixes = {key: {token[:4] for token in tokens} for key, tokens in seen.items()}
    assert all(not one & two for one, two in combinations(prefixes.values(), 2))


def postings(house: App, label: str, epoch: int) -> set[int]:
    client, parts = client_of(house, label), house.parts
    request = SearchLog(client=label, purpose="security")
    store = SegmentStore(work=parts.work, keys=parts.keyring, blobs=house.parts.blobs)
    found: set[int] = set()
    with parts.monitor.authorize(
        house.caller.who, request, client, scopes=(Scope(noun=RUN),), count=100
    ) as act:
        for run in parts.work.read(lambda tx: SqlLogRows().runs(tx, client, epoch)):
            ref = run_ref(client, run.sealed.blob, epoch)
            with store.open(ref, run.sealed, act.grant) as file:
                found |= set(Run(file).all()["prefix"].tolist())
    return found


def test_the_index_has_nothing_in_common(house: App) -> None:
    seen = [postings(house, label, epoch) for label, epoch in PLACES]
    assert {len(one) for one in seen} == {len(PEOPLE)}
    assert all(not one & two for one, two in combinations(seen, 2))


def rows(place: Path, client: ClientId) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every row of a client, in every table that knows clients."""
    with closing(sqlite3.connect(place / "home" / ROWS)) as store:
        store.row_factory = sqlite3.Row
        tables = [
            row[0] for row in store.execute("select name from sqlite_master where type='table'")
        ]
        for table in tables:
            columns = {row[1] for row in store.execute(f"pragma table_info({table})")}
            if "client" in columns:
                where = f"select * from {table} where client = ?"  # noqa: S608  # our own tables
                for row in store.execute(where, (client.raw,)):
                    yield table, dict(row)


def values(place: Path, client: ClientId, epoch: int | None = None) -> set[bytes]:
    """Give every long value of a client's rows, but its own id; of one month, or of all."""
    return {
        value
        for _, row in rows(place, client)
        if epoch is None or row.get("epoch") == epoch
        for name, value in row.items()
        if isinstance(value, bytes)
        and len(value) >= ENOUGH_BYTES
        and name not in ("client", "stream", "provider")
    }


def test_no_row_of_one_client_holds_anything_of_another(house: App, place: Path) -> None:
    seen = [values(place, client_of(house, label)) for label in SHARED]
    assert min(map(len, seen)) > 100
    assert seen[0] & seen[1] == set()


def test_no_row_of_one_month_holds_anything_of_another(house: App, place: Path) -> None:
    client = client_of(house, SHARED[0])
    seen = [values(place, client, epoch) for epoch in MONTHS]
    assert min(map(len, seen)) > 10
    assert seen[0] & seen[1] == set()


def sizes(place: Path, client: ClientId) -> list[tuple[str, str, int]]:
    """Give the length of every value of a client's log and vault rows, and every stored size."""
    return sorted(
        (table, name, len(value) if isinstance(value, bytes) else value)
        for table, row in rows(place, client)
        if table.startswith(("log_", "vault"))
        for name, value in row.items()
        if isinstance(value, bytes) or name == "sealed_bytes"
    )


def test_who_has_somebody_in_common_shows_in_no_size(house: App, place: Path) -> None:
    ours, theirs, others_ = (sizes(place, client_of(house, one)) for one in (*SHARED, OTHER))
    assert len(ours) > 100
    assert ours == theirs == others_


def facts(house: App, label: str) -> list[dict[str, str]]:
    """Give what the last search's entry and outcome say openly, but for ids of their own."""
    shown = done(house.caller.call(ShowEntries(client=label, purpose="security"))).entries
    entry = [one for one in shown if one.opening.kind == "log:search"][-1]
    (told,) = [one for one in shown if one.body.get("of") == str(entry.entry)]
    return [{k: v for k, v in one.body.items() if k != "of"} for one in (entry, told)]


def test_an_absent_person_looks_like_one_of_another_client(house: App) -> None:
    """The same answer, the same entry, the same outcome, the same number of openings."""
    assert ask(house, OTHER, about=b"alice") == []
    of_others = facts(house, OTHER)
    assert ask(house, OTHER, about=b"nobody@nowhere.example") == []
    assert facts(house, OTHER) == of_others


def test_an_answer_to_one_client_tells_nothing_of_another(house: App) -> None:
    """The same question: the same lines, no id or token in common, and nothing beside."""
    answers = [ask(house, label, about=b"alice") for label in SHARED]
    assert len(answers[0]) == len(answers[1]) == 2 * LINES.count(b"\n")
    shapes = [
        [(line.time_ns, line.stream, line.line, line.epoch) for line in answer]
        for answer in answers
    ]
    assert shapes[0] == shapes[1]
    batches = [{line.batch for line in answer} for answer in answers]
    assert not batches[0] & batches[1]


QUESTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a stream": ({"stream": "web"}, {"stream": "none-of-ours"}),
    "a person": ({"about": b"fatou"}, {"about": b"nobody"}),
}


@pytest.mark.parametrize("said", QUESTIONS)
def test_who_may_not_ask_is_told_the_same_of_what_is_there_and_what_is_not(
    house: App, place: Path, said: str
) -> None:
    del house  # a second process on the same home
    with opened(place, who=STRANGER) as other:
        answers = [
            other.caller.call(SearchLog(client=OTHER, purpose="service", **asked))
            for asked in QUESTIONS[said]
        ]
        denials = [answer for answer in answers if isinstance(answer, Denial)]
        assert len(denials) == len(answers)
        assert len({(one.rule, one.sentence, one.purposes) for one in denials}) == 1
        for label in (SHARED[0], "no-such-client"):
            with pytest.raises(errors.NotFound) as caught:
                other.caller.call(SearchLog(client=label, purpose="service"))
            assert caught.value.reason == "errors_clients.not-found"
