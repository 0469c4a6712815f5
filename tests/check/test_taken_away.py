"""What is taken away in several tables at once, so that what is left fits together, is named."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.held import CLIENT, LINES, client_of, ingest
from tests.check.rooms import audit, damage
from tests.keys.put_back import edited
from tests.run.homes import make, opened

from bailee import errors
from bailee.adapters.sql.whole import digest_anew
from bailee.audit import Depth, FindingKind
from bailee.clients.acts import AddClient
from bailee.ledger.model import EntryDraft
from bailee.logs.acts import ListStreams
from bailee.objects.acts import DeleteObject, PutObject
from bailee.run.wiring.app import App

NULLED = """update ledger_entry set body = null
where client = (select client from log_stream limit 1)"""
HARMS = {
    "the rows of a stream, and the bodies that tell of it": (
        [NULLED, "delete from log_batch",
         "delete from log_part", "delete from log_run", "delete from log_source",
         "delete from log_stream"],
        {"bodies-missing", "rows-missing log_stream", "rows-missing log_batch"},
    ),
    "one body": (
        ["update ledger_entry set body = null where idx = 3"],
        {"bodies-missing"},
    ),
    "every subject": (
        ["update ledger_entry set subject = null where subject is not null"],
        {"entry-subject"},
    ),
    "what waits for a turn": (
        ["delete from key_pending"],
        {"rows-missing key_pending"},
    ),
    "where a stream comes from": (
        ["update log_stream set origin = 'client-site'"],
        {"rows-missing log_stream"},
    ),
    "months that have ended": (
        ["update key_epoch set wrapped = null"],
        {"rows-missing key_epoch"},
    ),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make(tmp_path)
    with opened(tmp_path) as house:
        house.caller.call(AddClient(label=CLIENT))
        ingest(house, LINES)
        for name in ("a", "b"):
            house.caller.send(PutObject(client=CLIENT, name=name, reason="kept"), [b"content"])
        done(house.caller.call(DeleteObject(client=CLIENT, object="a")))
    return tmp_path


@pytest.fixture
def house(place: Path) -> Iterator[App]:
    with opened(place) as house:
        yield house


def edit(place: Path, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(place / "home" / "rows.db", isolation_level=None)) as rows:
        for statement in statements:
            assert rows.execute(statement).rowcount > 0, statement


def named(house: App, depth: Depth = Depth.DEEP) -> set[str]:
    return {f"{kind} {facts.get('set', '')}".strip() for kind, facts in damage(audit(house, depth))}


@pytest.mark.parametrize("harm", HARMS)
def test_it_is_named(place: Path, harm: str) -> None:
    statements, expected = HARMS[harm]
    edit(place, statements)
    with opened(place) as house:
        assert named(house) >= expected


def test_a_body_that_was_taken_away_is_named_by_a_quick_check_too(place: Path) -> None:
    edit(place, ["update ledger_entry set body = null where idx = 3"])
    with opened(place) as house:
        assert named(house, Depth.QUICK) == {"bodies-missing"}


def digested_anew(place: Path, statement: str) -> None:
    """Change rows and have their digests made anew, as whoever upgrades a home does."""
    edited(place / "home" / "rows.db", statement)
    with opened(place) as house:
        parts = house.parts
        parts.work.run(parts.keyring.provider, digest_anew)


def test_a_stream_is_of_the_origin_that_its_opening_entry_has(place: Path) -> None:
    digested_anew(place, "update log_stream set origin = 'provider-tool'")
    with opened(place) as house:
        ((kind, facts),) = damage(audit(house))
        assert (kind, facts["what"]) == ("stream-recorded", "origin")


def test_a_stream_without_its_row_is_missed_by_its_opening_entry(place: Path) -> None:
    digested_anew(place, "delete from log_stream")
    with opened(place) as house:
        found = [facts for kind, facts in damage(audit(house)) if kind == "stream-recorded"]
        assert [facts["what"] for facts in found] == ["missing"]


def test_deletions_that_only_custodians_know_are_counted(place: Path) -> None:
    kind = FindingKind.ERASURE_UNRECORDED
    with opened(place) as house:
        assert [item for item in audit(house).findings if item.kind is kind] == []
    digested_anew(place, "delete from key_pending")
    with opened(place) as house:
        (said,) = [item for item in audit(house).findings if item.kind is kind]
        # The key of its label and that of its content.
        assert said.facts["count"] == 2


def test_a_stream_of_another_origin_is_not_listed(place: Path) -> None:
    edit(place, HARMS["where a stream comes from"][0])
    with opened(place) as house, pytest.raises(errors.Damaged):
        house.caller.call(ListStreams(client=CLIENT))


def test_a_subject_that_was_forgotten_has_its_entry(house: App) -> None:
    client, parts = client_of(house), house.parts
    draft = EntryDraft(
        kind="object:get", body={}, subject={"reason": "a call"}, t_ms=parts.clock.now_ms()
    )
    entry = parts.ledger.record(client, draft).entry
    parts.work.run(client, lambda tx: parts.ledger.forget_subject(tx, client, entry))
    assert named(house) == set()
