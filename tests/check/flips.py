"""A home with everything in it, to be harmed by one bit at a time and put back as it was."""

import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.answers import done
from tests.check.held import hold_logs
from tests.check.rooms import audit
from tests.run import faults_scenario, homes

from bailee.act import Denial
from bailee.adapters.kms.custodian import KID_BYTES, RECORD_BYTES
from bailee.adapters.sql.rows.logs import SqlLogRows
from bailee.audit import Finding
from bailee.clients.acts import AddClient
from bailee.errors import BaileeError
from bailee.ids import BlobId
from bailee.logs.acts import ExportLog
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.run.private import create
from bailee.run.wiring.app import App

Contents = Mapping[str, list[bytes]]

KINDS: Mapping[str, re.Pattern[str]] = {
    "rows": re.compile(r"home/rows\.db"),
    "object": re.compile(r"home/objects/../bl-.*"),
    "tile": re.compile(r"home/ledger/.*/tile/[0-9]/.*"),
    "bundle": re.compile(r"home/ledger/.*/tile/entries/.*"),
    "checkpoint": re.compile(r"home/ledger/.*/checkpoint"),
    "signer": re.compile(r"home/ledger/.*/signer"),
    "memory": re.compile(r"home/ledger/power"),
    "keyring": re.compile(r"home/keyring"),
    "settings": re.compile(r"home/bailee\.toml"),
    "custodian": re.compile(r"home\.custodian-[12]/(custodian|turn-.*)"),
    "pending": re.compile(r"home\.custodian-[12]/(due-.*|phase)"),
    "anchors": re.compile(r"home\.custodian-[12]/anchors"),
    "backup": re.compile(r"home\.backups/.*"),
}
OBJECT = "object"
OF_LOGS = ("text", "names", "log-secrets", "run")
"""Sealed files of logs lie among those of objects; their rows say which they are."""

_ENDED = (
    "not exists (select 1 from key_epoch k where k.client = {0}.client and k.epoch = {1}"
    " and k.noun = 'names' and k.wrapped is not null)"
)
_ENDED_RUN = _ENDED.format("log_run", "log_run.epoch")
_ENDED_NAMES = "part = 'names' and " + _ENDED.format(  # noqa: S608  # constants
    "log_part",
    "(select b.epoch from log_batch b"
    " where b.client = log_part.client and b.batch = log_part.batch)",
)
_LIVING = (
    "not exists (select 1 from key_epoch k where k.client = log_batch.client"
    " and k.epoch = log_batch.epoch and k.noun = '{}' and k.wrapped is not null{})"
)
_ENDED_TEXT = _LIVING.format("text", "")
_SHUT_PLACE = _LIVING.format("vault", " and k.version = log_batch.vault_version")

UNBOUND: Mapping[tuple[str, str], str] = {
    # Of a key that is gone, and told to the custodians already.
    ("key_pending", "kid"): "true",
    # A key that was ended has left a mark alone; a count of erasures empties memories, no more.
    ("key_epoch", "kid"): "wrapped is null",
    ("key_epoch", "parent"): "wrapped is null",
    ("key_epoch", "version"): "wrapped is null",
    ("key_epoch", "erasures"): "true",
    # Nothing opens an erased value under any version.
    ("vault", "version"): "sealed is null",
    # What was ended with its month: nothing opens it, so nothing looks in it.
    ("log_run", "epoch"): _ENDED_RUN,
    ("log_run", "postings"): _ENDED_RUN,
    ("log_run", "sealed_extent"): _ENDED_RUN,
    ("log_run", "commitment"): _ENDED_RUN,
    ("log_part", "sealed_extent"): _ENDED_NAMES,
    # Bytes that came once, from no lasting source: sent again, they would be taken in anew.  So
    # would be what was received under a vault key that was replaced or ended.
    ("log_batch", "identity"): f"source is null or {_SHUT_PLACE}",
    ("log_batch", "sealed_place"): _SHUT_PLACE,
    ("log_batch", "vault_version"): "true",
    # Compared with the text alone, which had ended.
    ("log_batch", "ended"): _ENDED_TEXT,
    ("log_batch", "unplaced"): _ENDED_TEXT,
}
"""Columns that nothing binds, where a condition holds; what that costs stands above each."""
LOG_TABLES = (
    "log_stream",
    "log_source",
    "log_batch",
    "log_part",
    "log_run",
    "vault",
    "vault_index",
    "key_epoch",
    "ending",
)
"""Tables of logs in custody: a bit of each column of them is flipped, one after another."""
_EMPTY = re.compile(r"home/reserve|home/ledger/.*/signer\.lock")
_PLACES = ("home", "home.custodian-1", "home.custodian-2", "home.backups")


@dataclass(frozen=True)
class Flip:
    """One bit of one file."""

    path: str
    offset: int
    bit: int

    def __str__(self) -> str:
        return f"{self.path}, byte {self.offset}, bit {self.bit}"


@dataclass(frozen=True)
class Seen:
    """What a harmed home said: findings that a whole one has not, or why it did not open."""

    findings: tuple[Finding, ...]
    refused: BaileeError | None
    given: Contents
    pending: frozenset[bytes]

    @property
    def damaged(self) -> bool:
        """Tell whether damage was named."""
        return any(item.is_damage for item in self.findings)

    @property
    def told(self) -> bool:
        """Tell whether anything was said at all, or the home refused to open."""
        return self.refused is not None or bool(self.findings)


def everything(house: App) -> None:
    """Fill a home with every sort of thing."""
    for name, step in faults_scenario.STEPS.items():
        if name != "restore":
            step(house)
    _late(house)
    hold_logs(house)


def little(house: App) -> None:
    """Fill it with an object and a deletion: all that the small files of a home are about."""
    done(house.caller.call(AddClient(label="acme")))
    _late(house)


def _late(house: App) -> None:
    for name in ("e.txt", "f.txt"):
        done(house.caller.send(PutObject(client="acme", name=name), [b"late"]))
    done(house.caller.call(DeleteObject(client="acme", object="f.txt")))


class Museum:
    """The home; `restore` puts back whatever a look at it has changed."""

    def __init__(self, place: Path, fill: Callable[[App], None] = everything) -> None:
        self.place = place
        faults_scenario.found(place, {})
        with homes.opened(place) as house:
            fill(house)
        self.of_logs = dict(_files_of_logs(place))
        self.kept = dict(self._files())
        self.whole = Seen((), None, {}, frozenset())
        self.whole = self.look()
        assert self.whole.refused is None
        assert not self.whole.damaged

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for top in _PLACES:
            for path in sorted((self.place / top).rglob("*")):
                name = str(path.relative_to(self.place))
                if path.is_file() and not _EMPTY.fullmatch(name):
                    yield name, path.read_bytes()

    @cached_property
    def by_kind(self) -> Mapping[str, list[str]]:
        """Sort the files; one of no kind would never be harmed."""
        found: dict[str, list[str]] = {kind: [] for kind in (*KINDS, *OF_LOGS)}
        for name in self.kept:
            [kind] = [kind for kind, pattern in KINDS.items() if pattern.fullmatch(name)]
            found[self.of_logs.get(Path(name).name, kind)].append(name)
        return found

    def sample(self, kind: str, count: int, seed: int) -> list[Flip]:
        """Draw flips from all bytes of all files of a kind."""
        draw = random.Random(seed)  # noqa: S311  # a sample
        names = self.by_kind[kind]
        chosen = draw.choices(names, [len(self.kept[name]) for name in names], k=count)
        return [_drawn(draw, name, len(self.kept[name])) for name in chosen]

    def each(self, kind: str, seed: int) -> Iterator[Flip]:
        """Draw one bit of each byte of each file of a kind."""
        draw = random.Random(seed)  # noqa: S311  # a sample
        for name in self.by_kind[kind]:
            for offset in range(len(self.kept[name])):
                yield Flip(name, offset, draw.randrange(8))

    def harm(self, flip: Flip) -> Seen:
        """Flip, judge deeply, read what the home holds, and put everything back."""
        (self.place / flip.path).write_bytes(self._flipped(flip))
        return self.look()

    def _flipped(self, flip: Flip) -> bytes:
        data = bytearray(self.kept[flip.path])
        data[flip.offset] ^= 1 << flip.bit
        return bytes(data)

    def columns(self) -> list[tuple[str, str]]:
        """Name the columns of tables of logs."""
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as rows:
            return [
                (table, row[1])
                for table in LOG_TABLES
                for row in rows.execute(f"pragma table_info({table})")
            ]

    def bend(self, table: str, column: str, seed: int) -> Seen | None:
        """Flip a bit of a column in some row that binds it; None when no row has one."""
        draw = random.Random(seed)  # noqa: S311  # a sample
        with closing(sqlite3.connect(self.place / "home" / "rows.db")) as rows:
            rows.execute("pragma ignore_check_constraints = on")  # the disk knows none
            found = _flipped_row(rows, table, column, draw)
            rows.commit()
        return self.look() if found else None

    def look(self) -> Seen:
        """Judge the home as it is, read what it holds, then put it back as it was."""
        try:
            return self._seen()
        finally:
            self.restore()

    def _seen(self) -> Seen:
        findings: tuple[Finding, ...] = ()
        refused: BaileeError | None = None
        given: dict[str, list[bytes]] = {}
        try:
            with homes.opened(self.place) as house:
                found = audit(house).findings
                findings = tuple(item for item in found if item not in self.whole.findings)
                with suppress(BaileeError):
                    _read(house, given)
        except BaileeError as error:
            refused = error
        return Seen(findings, refused, given, self._pending())

    def _pending(self) -> frozenset[bytes]:
        return frozenset(
            name.encode() + data[at : at + KID_BYTES]
            for name, data in self._files()
            if KINDS["pending"].fullmatch(name)
            for at in range(0, len(data), RECORD_BYTES)
        )

    def restore(self) -> None:
        """Put every file back."""
        now = dict(self._files())
        for name in now.keys() - self.kept.keys():
            (self.place / name).unlink()
        for name, data in self.kept.items():
            if now.get(name) != data:
                path = self.place / name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                with create(path) as file:
                    file.write(data)

    def same_rows(self, flip: Flip) -> bool:
        """Tell whether a harmed database still says the same, by a reader that is not ours."""
        whole = _content(self.place, self.kept[flip.path])
        assert whole is not None
        return _content(self.place, self._flipped(flip)) == whole


def _files_of_logs(place: Path) -> Iterator[tuple[str, str]]:
    """Say which sealed files are of logs, and of what part."""
    with closing(sqlite3.connect(place / "home" / "rows.db")) as rows:
        parts = rows.execute("select blob, part from log_part").fetchall()
        parts += rows.execute("select blob, 'run' from log_run").fetchall()
    return ((str(BlobId(blob)), part) for blob, part in parts)


def _flipped_row(rows: sqlite3.Connection, table: str, column: str, draw: random.Random) -> bool:
    """Flip one bit of one value, past the triggers, which only guard against our own writers."""
    about = rows.execute(f"pragma table_info({table})").fetchall()
    keys = [f'"{row[1]}"' for row in about if row[5]]
    bound = f"not ({UNBOUND.get((table, column), 'false')})"
    query = f'select "{column}", {", ".join(keys)} from {table}'  # noqa: S608  # names of the schema
    found = rows.execute(f'{query} where "{column}" is not null and {bound}').fetchall()
    if not found:
        return False
    value, *key = draw.choice(sorted(found, key=repr))
    triggers = rows.execute(
        "select name, sql from sqlite_schema where type = 'trigger' and tbl_name = ?", (table,)
    ).fetchall()
    for name, _ in triggers:
        rows.execute(f"drop trigger {name}")
    put = "cast(? as text)" if isinstance(value, str) else "?"
    where = " and ".join(f"{name} = ?" for name in keys)
    rows.execute(
        f'update {table} set "{column}" = {put} where {where}',  # noqa: S608  # names of the schema
        (_tampered(value, draw), *key),
    )
    for _, statement in triggers:
        rows.execute(statement)
    return True


def _tampered(value: int | bytes | str, draw: random.Random) -> int | bytes:
    if isinstance(value, int):
        return value ^ (1 << draw.randrange(max(8, value.bit_length())))
    data = bytearray(value.encode() if isinstance(value, str) else value)
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def _drawn(draw: random.Random, name: str, size: int) -> Flip:
    return Flip(name, draw.randrange(size), draw.randrange(8))


def _read(house: App, given: dict[str, list[bytes]]) -> None:
    """Take out every version of every object, one that is refused left out."""
    versions = house.caller.call(ListObjects(client="acme"))
    for listed in () if isinstance(versions, Denial) else versions:
        asked = GetObject(
            client="acme",
            object=str(listed.object),
            version=listed.version,
            purpose="client-request",
        )
        content = b""
        with suppress(BaileeError):
            answer = house.caller.call(asked)
            for chunk in () if isinstance(answer, Denial) else answer.chunks:
                content += bytes(chunk)  # what came out before a refusal counts too
        given.setdefault(listed.name, []).append(content)
    _read_logs(house, given)


def _read_logs(house: App, given: dict[str, list[bytes]]) -> None:
    """Give back every batch, one that is refused left out."""
    client = house.parts.find_client(house.caller.who, "acme")
    for row in house.parts.work.read(lambda tx: SqlLogRows().batches(tx, client)):
        asked = ExportLog(client="acme", batch=str(row.batch), purpose="client-request")
        content = b""
        with suppress(BaileeError):
            answer = house.caller.call(asked)
            for chunk in () if isinstance(answer, Denial) else answer.chunks:
                content += bytes(chunk)
        given.setdefault(str(row.batch), []).append(content)


def _content(place: Path, data: bytes) -> object:
    copy = place / "copy.db"
    copy.write_bytes(data)
    try:
        with closing(sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)) as rows:
            rows.text_factory = bytes
            schema = repr(rows.execute("select * from sqlite_schema").fetchall()).casefold()
            tables = rows.execute("select name from sqlite_schema where type = 'table'").fetchall()
            held = {name: _rows_of(rows, name.decode()) for (name,) in tables}
            return schema, held, rows.execute("pragma integrity_check").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    finally:
        copy.unlink()


def _rows_of(rows: sqlite3.Connection, table: str) -> object:
    columns = [row[1].decode() for row in rows.execute(f"pragma table_info({table})")]
    told = ", ".join(
        f'case when {UNBOUND.get((table, name), "false")} then null else "{name}" end'
        for name in columns
    )
    return rows.execute(f"select {told} from {table}").fetchall()  # noqa: S608  # names of the schema
