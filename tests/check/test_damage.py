"""What harm is named, and by which kind: rows, keys, logs, entries, objects, custody, backups."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.check.harms import Harm, flipped, narrowest, removed, rewritten, sql, tampered
from tests.check.rooms import audit, damage, kinds
from tests.run.homes import make, opened

from bailee import errors
from bailee.backup.model import BackupKind as Backup
from bailee.clients.acts import AddClient
from bailee.objects.acts import DeleteObject, PutObject
from bailee.run.wiring.app import App
from bailee.run.wiring.backups import writer

KEPT = ("home", "home.backups", "home.custodian-1", "home.custodian-2")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a home that did a bit of everything, and keep a copy of it beside."""
    place = tmp_path_factory.mktemp("damage")
    make(place)
    with opened(place) as house:
        call = house.caller.call
        call(AddClient(label="acme"))
        call(AddClient(label="zebu"))
        for name in ("one", "two", "three"):
            asked = PutObject(client="acme", name=name, reason="a reason")
            house.caller.send(asked, [b"x" * 70_000])
        call(DeleteObject(client="acme", object="three"))
        writer(house.parts).make(Backup.ROWS)
    for name in KEPT:
        shutil.copytree(
            place / name, place / "kept" / name, ignore=shutil.ignore_patterns("reserve")
        )
    return place


@pytest.fixture
def house(made: Path) -> Iterator[App]:
    """Open the home; whatever was done to it meanwhile is undone."""
    with suppress(errors.BaileeError, ValueError), opened(made) as house:
        yield house
    for name in KEPT:
        shutil.rmtree(made / name)
        shutil.copytree(made / "kept" / name, made / name)


SUBJECT = "subject is not null"
OBJECT = "noun = 'object'"

HARMS: dict[str, tuple[Harm, str]] = {
    # rows that confer power
    "a role is added to an actor": (
        sql('update actor set roles = \'["operations", "dpo"]\''),
        "power-forged",
    ),
    # keys
    "a leaf key is flipped": (flipped("key_leaf", "wrapped", OBJECT), "key-damaged"),
    "the id of a leaf key is flipped": (flipped("key_leaf", "id", OBJECT), "key-damaged"),
    "a leaf key is moved to another bucket": (
        sql("update key_leaf set bucket = bucket + 1 where noun = 'object'"),
        "key-stray",
    ),
    "the version of a leaf key is changed": (
        sql("update key_leaf set version = 9 where noun = 'object-label' and version = 1"),
        "key-damaged",
    ),
    "the epoch of a leaf key is changed": (sql("update key_leaf set epoch = 1"), "key-damaged"),
    "a bucket key is flipped": (flipped("key_bucket", "wrapped"), "key-damaged"),
    "the version of a bucket is changed": (
        sql("update key_bucket set version = version + 1"),
        "key-damaged",
    ),
    "a client's key is flipped": (
        flipped("key_trunk", "wrapped", "noun = 'client'"),
        "key-damaged",
    ),
    "a client's key is given to another id": (
        flipped("key_trunk", "id", "noun = 'client'"),
        "key-damaged",
    ),
    "a log's seed is flipped": (flipped("key_trunk", "wrapped", "noun = 'log'"), "log-key"),
    "a body key is flipped": (flipped("key_law", "wrapped"), "key-damaged"),
    "a body key is given to another year": (sql("update key_law set year = 1999"), "key-damaged"),
    "a mark for renewal is taken away": (
        sql("update key_trunk set pending_gen = null where pending_gen is not null"),
        "key-mark",
    ),
    "a mark for renewal is put in the future": (
        sql("update key_trunk set pending_gen = 7 where pending_gen is not null"),
        "key-mark",
    ),
    # logs
    "the origin of a log is changed": (
        sql("update ledger set origin = 'evil' || substr(origin, 5)"),
        "log-origin",
    ),
    "the public key of a log is flipped": (flipped("ledger", "public_key"), "log-key"),
    "the root of a head is flipped": (flipped("ledger", "root"), "log-head"),
    "the size of a head is changed": (sql("update ledger set size = size - 1"), "log-head"),
    "the note of a head is flipped": (flipped("ledger", "checkpoint", at=-9), "log-head"),
    "the time of a head is changed": (
        sql("update ledger set signed_ms = signed_ms + 60000"),
        "log-head",
    ),
    "the count of a log is changed": (sql("update ledger set count = count + 1"), "log-count"),
    "when a head was taken is changed": (
        sql("update ledger set taken_ms = taken_ms + 1 where taken_ms > 0"),
        "log-taken",
    ),
    "the head that was taken is changed": (
        sql("update ledger set taken_signed_ms = taken_signed_ms + 1 where taken_ms > 0"),
        "log-taken",
    ),
    "a signer's memory is of another root": (
        rewritten("home/ledger/lg-*/signer", at=-4),
        "log-fork",
    ),
    "a signer's memory is cut": (tampered("home/ledger/lg-*/signer", at=-1), "log-signer"),
    "a signer's memory is of another log": (
        tampered("home/ledger/lg-*/signer", at=2),
        "log-signer",
    ),
    "a signer's memory is gone": (removed("home/ledger/lg-*/signer"), "log-signer"),
    "a checkpoint is flipped": (tampered("home/ledger/lg-*/checkpoint", at=-9), "log-checkpoint"),
    "a tile is flipped": (tampered("home/ledger/lg-*/tile/0/000.p/*"), "log-tile"),
    "a bundle is flipped": (tampered("home/ledger/lg-*/tile/entries/000.p/*"), "log-tile"),
    "an older, narrower tile is flipped": (narrowest("home/ledger/lg-*/tile/0/000.p"), "log-tile"),
    "an older, narrower bundle is flipped": (
        narrowest("home/ledger/lg-*/tile/entries/000.p"),
        "log-tile",
    ),
    # entries
    "a leaf is flipped": (flipped("ledger_entry", "leaf"), "entry-damaged"),
    "a body is flipped": (flipped("ledger_entry", "body"), "entry-damaged"),
    "a subject is flipped": (flipped("ledger_entry", "subject", SUBJECT), "entry-subject"),
    "the id of an entry is flipped": (flipped("ledger_entry", "entry"), "entry-damaged"),
    "the time of an entry is changed": (
        sql("update ledger_entry set time_ms = time_ms + 1"),
        "entry-damaged",
    ),
    "an entry is moved to the end": (
        sql("update ledger_entry set idx = 100000 where idx = 0"),
        "log-count",
    ),
    "an entry is deleted": (sql("delete from ledger_entry where idx = 1"), "log-count"),
    "an entry is given to nobody": (
        sql("update ledger_entry set client = zeroblob(16) where rowid = 1"),
        "log-count",
    ),
    # objects
    "a sealed file is flipped": (tampered("home/objects/*/bl-*", at=60_000), "object-content"),
    "a sealed file is gone": (removed("home/objects/*/bl-*"), "object-missing"),
    "a digest is flipped": (flipped("object_version", "digest"), "object-content"),
    "a commitment is flipped": (flipped("object_version", "commitment"), "object-row"),
    "a sealed size is changed": (
        sql("update object_version set sealed_bytes = sealed_bytes + 1"),
        "object-size",
    ),
    "a label is flipped": (flipped("object_version", "sealed_label"), "object-label"),
    "a version is renamed": (sql("update object_version set version = 5"), "object-row"),
    "an object is given another file": (flipped("object_version", "blob"), "object-missing"),
    "a row of an object is deleted": (
        sql("delete from object_version where object = (select min(object) from object_version)"),
        "object-lost",
    ),
    # the form
    "the version of the schema is changed": (
        sql("update alembic_version set version_num = '0000'"),
        "rows-version",
    ),
    # custody
    "a backup is flipped": (tampered("home.backups/*.bailee", at=3_000), "backup-damaged"),
    "the head of a backup is flipped": (tampered("home.backups/*.bailee", at=90), "backup-damaged"),
    "a turn secret is flipped": (tampered("home.custodian-2/turn-1", at=-30), "custodian-damaged"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_each_harm_is_named(harm: str, made: Path, house: App) -> None:
    do, kind = HARMS[harm]
    do(made)
    report = audit(house)
    assert kind in kinds(report), damage(report)
    assert report.exit_code == 10
