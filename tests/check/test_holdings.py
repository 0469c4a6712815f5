"""What harm to logs in custody is named, and by which kind; what nobody harmed is clean."""

import base64
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.harms import Harm, flipped, sql
from tests.check.rooms import answer, audit, damage, kinds
from tests.logs.sources import Held
from tests.patience import HANGS_S
from tests.run.homes import make, opened

from bailee import errors
from bailee.act import Denial
from bailee.audit import Depth
from bailee.clients.acts import AddClient
from bailee.logs.acts import Ingested, IngestLog
from bailee.run.wiring.app import App

KEPT = ("home", "home.backups", "home.custodian-1", "home.custodian-2")
TEXT = b"".join(
    b"2025-10-10T13:55:36Z user=u%d from 10.0.%d.7 mail A%d@Example.org to a%d@example.org\n"
    % (number, number % 250, number % 30, number % 30)
    for number in range(600)
)
MORE = b"password=hunter2zebra for user=late\n" * 30


def ingest(house: App, text: bytes, stream: str = "web", **more: object) -> Ingested:
    query: dict[str, object] = {"client": "acme", "origin": "infrastructure", "stream": stream}
    taken = done(house.caller.send(IngestLog(**{**query, **more}), Held(text)))  # type: ignore[arg-type]  # the act's own fields
    assert isinstance(taken, Ingested)
    return taken


def fill(house: App) -> None:
    """Take in what has all that can be harmed: runs, spellings, secrets, two streams, a source."""
    house.caller.call(AddClient(label="acme"))
    ingest(house, TEXT)
    ingest(house, TEXT + MORE)
    ingest(house, MORE, "app", keep_secrets=True, reason="a dispute")
    ingest(house, MORE, "old", epoch="2001-01")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("holdings")
    make(place)
    with opened(place) as house:
        fill(house)
    for name in KEPT:
        shutil.copytree(
            place / name, place / "kept" / name, ignore=shutil.ignore_patterns("reserve")
        )
    return place


@pytest.fixture
def house(made: Path) -> Iterator[App]:
    with suppress(errors.BaileeError, ValueError), opened(made) as house:
        yield house
    for name in KEPT:
        shutil.rmtree(made / name)
        shutil.copytree(made / "kept" / name, made / name)


def file_of(place: Path, where: str) -> Path:
    """Find the sealed file that a row names."""
    connection = sqlite3.connect(place / "home" / "rows.db")
    (blob,) = connection.execute(f"select blob from {where} order by sealed_bytes desc").fetchone()  # noqa: S608  # a constant
    connection.close()
    name = "bl-" + base64.b32encode(blob).decode().rstrip("=").lower()
    return next((place / "home" / "objects").rglob(name))


def bit_of(where: str, at: int = 70) -> Harm:
    """Flip one bit of a sealed file."""

    def harm(place: Path) -> None:
        path = file_of(place, where)
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    return harm


def cut(where: str) -> Harm:
    def harm(place: Path) -> None:
        path = file_of(place, where)
        path.write_bytes(path.read_bytes()[:-1])

    return harm


def gone(where: str) -> Harm:
    def harm(place: Path) -> None:
        file_of(place, where).unlink()

    return harm


def swapped(part: str) -> Harm:
    """Exchange what the rows of two batches name."""
    columns = ("blob", "sealed_bytes", "sealed_extent", "digest", "commitment")

    def harm(place: Path) -> None:
        connection = sqlite3.connect(place / "home" / "rows.db")
        chosen = f"select batch, {', '.join(columns)} from log_part where part = ? limit 2"  # noqa: S608  # constants
        (one, *first), (other, *second) = connection.execute(chosen, (part,)).fetchall()
        put = ", ".join(f"{column} = ?" for column in columns)
        for batch, facts in ((one, second), (other, first)):
            connection.execute(
                f"update log_part set {put} where part = ? and batch = ?",  # noqa: S608  # constants
                (*facts, part, batch),
            )
        connection.commit()
        connection.close()

    return harm


TEXTS, NAMES = "log_part where part = 'text'", "log_part where part = 'names'"
SECRETS, RUNS = "log_part where part = 'log-secrets'", "log_run"
WITH_SOURCE = "source is not null"

HARMS: dict[str, tuple[Harm, str]] = {
    # files
    "a text is flipped": (bit_of(TEXTS), "segment-content"),
    "names are flipped": (bit_of(NAMES), "segment-content"),
    "kept secrets are flipped": (bit_of(SECRETS), "segment-content"),
    "a run is flipped": (bit_of(RUNS), "segment-content"),
    "a text is cut": (cut(TEXTS), "segment-size"),
    "a run is cut": (cut(RUNS), "segment-size"),
    "a text is gone": (gone(TEXTS), "segment-missing"),
    "names are gone": (gone(NAMES), "segment-missing"),
    "a run is gone": (gone(RUNS), "segment-missing"),
    # batches
    "the offset of a batch is changed": (
        sql('update log_batch set "offset" = "offset" + 1'),
        "batch-row",
    ),
    "the length of a batch is changed": (sql("update log_batch set length = 1"), "batch-row"),
    "the count of lines is changed": (sql("update log_batch set lines = lines + 1"), "batch-row"),
    "the count of values is changed": (
        sql('update log_batch set "values" = "values" + 1'),
        "batch-row",
    ),
    "a batch is moved to another month": (
        sql("update log_batch set epoch = epoch - 100"),
        "batch-row",
    ),
    "the receipt of a batch is changed": (
        sql("update log_batch set received_ms = received_ms + 1"),
        "batch-stray",
    ),
    "a batch names another entry": (flipped("log_batch", "entry"), "batch-stray"),
    "a batch names another place in the log": (
        sql("update log_batch set log_index = log_index + 1"),
        "batch-stray",
    ),
    "a batch is given another id": (flipped("log_batch", "batch"), "batch-lost"),
    "a batch is given another stream": (flipped("log_batch", "stream"), "batch-stray"),
    "a batch is given another source": (
        flipped("log_batch", "source", WITH_SOURCE),
        "batch-stray",
    ),
    "the first time of a batch is changed": (
        sql("update log_batch set first_ns = first_ns + 1"),
        "segment-differs",
    ),
    "the last time of a batch is changed": (
        sql("update log_batch set last_ns = last_ns + 1"),
        "segment-differs",
    ),
    "the lines of a batch that nothing dates are counted otherwise": (
        sql("update log_batch set unplaced = unplaced + 1"),
        "segment-differs",
    ),
    "the identity of a batch is flipped": (
        flipped("log_batch", "identity", WITH_SOURCE),
        "batch-row",
    ),
    "the place of a batch is flipped": (flipped("log_batch", "sealed_place"), "batch-row"),
    "two batches change places": (
        sql(
            "update log_batch set sealed_place = (select sealed_place from log_batch b"
            " where b.client = log_batch.client and b.epoch = log_batch.epoch"
            " and b.batch <> log_batch.batch and b.sealed_place is not null limit 1)"
        ),
        "batch-row",
    ),
    "the place of a batch is of a later key": (
        sql("update log_batch set vault_version = vault_version + 1"),
        "batch-row",
    ),
    "the place of a batch is gone": (
        sql("update log_batch set sealed_place = null"),
        "batch-row",
    ),
    "a batch ended otherwise": (
        sql("update log_batch set ended = 1 - ended"),
        "segment-differs",
    ),
    "a batch is deleted": (
        sql("delete from log_batch where batch = (select min(batch) from log_batch)"),
        "batch-lost",
    ),
    # their objects
    "a digest is flipped": (flipped("log_part", "digest"), "batch-row"),
    "the commitment of an object is flipped": (flipped("log_part", "commitment"), "batch-row"),
    "the true size of an object is flipped": (
        flipped("log_part", "sealed_extent"),
        "segment-closed",
    ),
    "an object is given another file": (flipped("log_part", "blob"), "segment-missing"),
    "a sealed size is changed": (
        sql("update log_part set sealed_bytes = sealed_bytes + 1"),
        "segment-size",
    ),
    "secrets are kept for longer": (
        sql("update log_part set until_ms = until_ms + 1 where until_ms is not null"),
        "batch-row",
    ),
    "a text is given an end": (
        sql("update log_part set until_ms = 1 where part = 'text'"),
        "batch-row",
    ),
    "an object is given to another batch": (flipped("log_part", "batch"), "batch-stray"),
    "the row of a text is deleted": (sql("delete from log_part where part = 'text'"), "batch-lost"),
    "the row of names is deleted": (sql("delete from log_part where part = 'names'"), "batch-lost"),
    "the row of kept secrets is deleted": (
        sql("delete from log_part where part = 'log-secrets'"),
        "batch-lost",
    ),
    "two texts change places": (swapped("text"), "segment-closed"),
    "two names change places": (swapped("names"), "segment-closed"),
    # the index
    "a run is deleted": (sql("delete from log_run"), "index-differs"),
    "the count of a run is changed": (
        sql("update log_run set postings = postings + 1"),
        "segment-closed",
    ),
    "a run is moved to another month": (
        sql("update log_run set epoch = epoch - 1"),
        "index-differs",
    ),
    "a run is given another stream": (flipped("log_run", "stream"), "batch-stray"),
    "a run is given to the other stream": (
        sql("update log_run set stream = (select max(stream) from log_stream)"),
        "segment-closed",
    ),
    "the digest of a run is flipped": (flipped("log_run", "digest"), "segment-content"),
    "the commitment of a run is flipped": (flipped("log_run", "commitment"), "segment-closed"),
    "the true size of a run is flipped": (flipped("log_run", "sealed_extent"), "segment-closed"),
    # streams and sources
    "the name of a stream is flipped": (flipped("log_stream", "sealed_label"), "stream-label"),
    "a stream is found by another name": (flipped("log_stream", "label_key"), "stream-label"),
    "a stream is of another origin": (
        sql("update log_stream set origin = 'elsewhere'"),
        "stream-label",
    ),
    "a stream is given another id": (flipped("log_stream", "stream"), "stream-label"),
    "a source lies elsewhere": (flipped("log_source", "address_key"), "source-differs"),
    "a source is given another id": (flipped("log_source", "source"), "batch-stray"),
    "a source is given another stream": (flipped("log_source", "stream"), "batch-stray"),
    # the vault
    "a value is flipped": (flipped("vault", "sealed"), "key-damaged"),
    "a commitment is flipped": (flipped("vault", "commitment"), "key-damaged"),
    "a token is flipped": (flipped("vault", "token"), "value-differs"),
    "a value is of another kind": (
        sql("update vault set kind = kind + 1 where kind = 4"),
        "key-damaged",
    ),
    "a value is of another version": (sql("update vault set version = 7"), "value-stray"),
    "a value is of another month": (sql("update vault set epoch = epoch - 1"), "value-stray"),
    "a value is taken away": (
        sql("delete from vault where token = (select min(token) from vault)"),
        "value-differs",
    ),
    "a value is made to look erased": (
        sql("update vault set sealed = null, kind = null where kind = 4"),
        "key-damaged",
    ),
    "an index key is flipped": (flipped("vault_index", "key"), "key-damaged"),
    "a sealed token is flipped": (flipped("vault_index", "sealed"), "key-damaged"),
    "an index row is of another version": (
        sql("update vault_index set version = 7"),
        "value-stray",
    ),
    # the keys of months
    "the key of a month is flipped": (
        flipped("key_epoch", "wrapped", "wrapped is not null"),
        "key-damaged",
    ),
    "the id of a key of a month is flipped": (flipped("key_epoch", "kid"), "key-damaged"),
    "a key of a month is of another version": (
        sql("update key_epoch set version = 3"),
        "key-damaged",
    ),
    "a key of a month is of another month": (
        sql("update key_epoch set epoch = epoch - 1 where noun = 'text'"),
        "key-damaged",
    ),
    "a key of a month is marked for no turn": (
        sql("update key_epoch set pending_gen = 9 where noun = 'vault'"),
        "key-mark",
    ),
    "a leaf is of a month that never was": (
        sql("update key_leaf set epoch = 199001 where noun = 'text'"),
        "key-stray",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_each_harm_is_named(harm: str, made: Path, house: App) -> None:
    do, kind = HARMS[harm]
    do(made)
    report = audit(house)
    assert kind in kinds(report), damage(report)
    assert report.exit_code == 10


@pytest.mark.parametrize("depth", Depth)
def test_logs_that_nobody_harmed_are_clean(depth: Depth, house: App) -> None:
    report = audit(house, depth)
    assert damage(report) == []
    assert report.counts["batches"] == 4
    assert "files-unnamed" not in {str(item.kind) for item in report.findings}


QUICK = {
    "a text is cut": "segment-size",
    "names are gone": "segment-missing",
    "a run is gone": "segment-missing",
    "a batch names another entry": "batch-stray",
    "the place of a batch is flipped": "batch-row",
}


@pytest.mark.parametrize("harm", QUICK)
def test_what_quick_looks_at(harm: str, made: Path, house: App) -> None:
    HARMS[harm][0](made)
    assert QUICK[harm] in kinds(audit(house, Depth.QUICK))


def test_a_quick_judgement_loads_no_kernel(made: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tests.run.homes import opened\n"
        "from tests.check.rooms import audit\n"
        "from bailee.audit import Depth\n"
        "with opened(pathlib.Path(sys.argv[1])) as house:\n"
        "    assert audit(house, Depth.QUICK).clean\n"
        "assert not {'pyarrow', 'bailee.scan.vm.machine'} & set(sys.modules), 'loaded'\n"
        "with opened(pathlib.Path(sys.argv[1])) as house:\n"
        "    assert audit(house).clean\n"
        "assert 'bailee.scan.vm.linking' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(made)], check=True, timeout=HANGS_S)


def test_no_value_is_opened_by_a_judgement(house: App) -> None:
    """Nor could it be: the grants of `check:run` name no value."""
    assert not isinstance(answer(house), Denial)
