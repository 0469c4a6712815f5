"""Engine: SQLite as the store of rows: WAL, synchronous=FULL, one writer, many acts per commit.

The functions of a batch run in a savepoint each, and are committed once (`group`).
A commit that fails on the disk leaves an unknown outcome: this engine then writes no more, since
a repeated fsync may report success for pages that were lost (PostgreSQL learned it in 2018).
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote

from bailee import errors
from bailee.adapters.sql.following import Commit, Following
from bailee.adapters.sql.group import GroupCommit, Job, Outcome
from bailee.adapters.sql.sets import Sets, Sums, put
from bailee.failpoint import durable
from bailee.ids import ClientId
from bailee.limits import RESERVE_BYTES
from bailee.work import Tx

T = TypeVar("T")
Row = tuple[Any, ...]  # SQLite's types are dynamic: row adapters name them at the border

BUSY_S = 5.0
WRITER_CACHE_KIB = 65_536
"""Rows whose keys are random touch a page each: with SQLite's 2 MB they cost half as much again."""
_STATEMENTS_CACHED = 512
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "journal_size_limit=67108864",
    "temp_store=MEMORY",  # pages as they were before a savepoint, else in a file in /var/tmp
    "schema_version",  # a first look at the file: its shared memory is made here and nowhere else
)
STILL_PRAGMAS = ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON", "temp_store=MEMORY")
"""Of a file that nobody writes."""
_FULL = {"SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR"}
_CORRUPT = {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_CONSTRAINT_NOTNULL"}
"""Of the last: a row that is rewritten already held what its table never let in."""
_DATATYPE_CODE = 3091
"""As that, SQLITE_CONSTRAINT_DATATYPE: a name that Python 3.11 does not know."""
OLDER = "errors_keyring.older-rows"
"""How a snapshot is called that has what custodians know as deleted."""
_NOT_TEXT = "Could not decode to UTF-8"
"""How Python says, without an error of SQLite's, that a text holds other bytes."""


class SqlTx:
    """SQL transaction: one in progress, on one connection."""

    __slots__ = (
        "_connection",
        "commit",
        "failed",
        "last",
        "look",
        "revisions",
        "sets",
        "writes",
    )

    def __init__(
        self,
        connection: sqlite3.Connection,
        sets: Sets | None = None,
        commit: Commit | None = None,
        *,
        revisions: Callable[[], Mapping[bytes, int]] = dict,
        writes: bool = False,
    ) -> None:
        self._connection = connection
        self.writes = writes
        self.revisions = revisions
        """Gives by log what custodians know of its client's sets and these rows must have."""
        self.sets = sets or Sets()
        self.look: object = None
        """What was found of one client's digests, where this reads alone."""
        self.failed = False
        self.commit = commit or Commit()
        self.last: list[Callable[[], object]] = []
        """What runs once the function has returned, and undoes it when it raises."""

    def execute(self, statement: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement with `:name` parameters and return all its rows."""
        return self._run(statement, values).fetchall()

    def change(self, statement: str, values: Mapping[str, object] | None = None) -> int:
        """Run one statement and return how many rows it changed."""
        return self._run(statement, values).rowcount

    def _run(self, statement: str, values: Mapping[str, object] | None) -> sqlite3.Cursor:
        try:
            return self._connection.execute(statement, values or {})
        except sqlite3.Error:
            # SQLite undoes the rows of that statement, but nobody the notes of them.
            self.failed = True
            raise

    def many(self, statement: str, values: Iterable[Mapping[str, object]]) -> None:
        """Run one statement for each set of parameters."""
        try:
            self._connection.executemany(statement, values)
        except sqlite3.Error:
            self.failed = True
            raise

    def stream(self, statement: str, values: Mapping[str, object] | None = None) -> Iterator[Row]:
        """Run one statement and yield its rows without holding them all."""
        yield from self._connection.execute(statement, values or {})

    def pending(self) -> Sums:
        """Return what this transaction has changed that stands in no digest yet."""
        return self.sets.pending() if self.writes else {}

    def add_sums(self, sums: Sums) -> None:
        """Add sums of rows to the digests at once."""
        if self.sets.keys is not None:
            self.commit.ledgers |= put(self._connection, self.sets.keys, sums)


def sql(tx: Tx) -> SqlTx:
    """Look inside a transaction; only row adapters do."""
    return cast("SqlTx", tx)


class SqliteWork:
    """SQLite work: the unit of work on one SQLite file; safe to use from many threads."""

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        if not path.is_file():
            raise errors.NotFound("errors_sql.no-database")
        self._path = path
        self._busy_s = busy_s
        self.is_still: Final = _is_still(path)
        """Whether the file lies where nothing can be written: it is read, and takes no work."""
        # Guards the list of readers and the set of ledgers that moved; held while one is added,
        # never across a statement.
        self._mutex = threading.Lock()
        self._group = GroupCommit(commit=self._commit, clean=self._roll_back, tell=self._tell)
        self._broken = False
        self.defers = False
        """Whether `later` may return at once: of a process that stays, such as a server."""
        # Since somebody asked.
        self._moved: set[ClientId] = set()
        self._halted: errors.BaileeError | None = None
        self._sets = Sets()
        self._notes = False
        self._following: Following | None = None
        self._schema: Callable[[Tx], None] | None = None
        # By connection, which reads the schema when it is opened and whenever its number changed.
        self._compared: dict[sqlite3.Connection, int] = {}
        # A reader for each thread: SQLite's connections are not for two at once, and opening one
        # costs more than most reads. They are closed with the work.
        self._local = threading.local()
        self._readers: list[sqlite3.Connection] = []
        with Translated(), durable("rows.open"):
            self._writer = self._connect()
            self._writer.execute(f"PRAGMA cache_size=-{WRITER_CACHE_KIB}")

    def _connect(self) -> sqlite3.Connection:
        # Immutable: SQLite would else want to write its log of changes and a lock beside the file.
        connection = sqlite3.connect(
            still_place(self._path) if self.is_still else self._path,
            uri=self.is_still,
            timeout=self._busy_s,
            # Python's own transactions would begin and commit at moments of their choosing.
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS_CACHED,
        )
        for pragma in STILL_PRAGMAS if self.is_still else _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def follow(self, following: Following) -> None:
        """Have each commit that moves logs followed by this, before its jobs are answered."""
        self._following = following

    def require(self, schema: Callable[[Tx], None]) -> None:
        """Have nothing done on rows whose schema this refuses; asked again whenever it changed.

        Asked at once, too: what it raises is raised.
        """
        self._schema = schema
        self.read(lambda _tx: None)

    def _look_at_schema(self, connection: sqlite3.Connection) -> None:
        """Refuse a schema that is not ours: a trigger runs within our own transactions.

        Within a transaction, on whose snapshot the number of the schema stands.  Who sets it back
        after a change has changed nothing for this connection, which goes by the number as well,
        and is seen by each that is opened later.
        """
        if self._schema is None:
            return
        ((number,),) = connection.execute("PRAGMA schema_version")
        if number != self._compared.get(connection):
            self._schema(SqlTx(connection, self._sets))
            self._compared[connection] = number

    def run(self, client: ClientId, fn: Callable[[Tx], T]) -> T:  # noqa: ARG002  # PostgreSQL shards by it
        """Run `fn` in a transaction and return once it is durable; see `work.Work`."""
        if self.is_still:
            raise errors.CannotRecord("errors_sql.still")
        return self._group.run(fn)

    def later(self, client: ClientId, fn: Callable[[Tx], object]) -> None:
        """Run `fn` in a transaction soon; see `work.Work`."""
        if self.defers:
            self._group.later(fn)
        else:
            self.run(client, fn)

    def flush(self) -> None:
        """Return once all that was to be done later is durable, or has failed."""
        self._group.flush()

    def _tell(self) -> None:
        if self._following is not None:
            self._following.tell()

    def _commit(self, batch: list[Job[Any]]) -> Outcome:
        """Run a batch in one transaction; return what befell all of it, and whether logs moved."""
        if self._broken:
            return errors.CannotRecord("errors_sql.stopped-writing"), False
        try:
            with Translated():
                if not self._notes:
                    # Not when it is opened: rows of an older form lack tables, and are refused
                    # before anything is written.
                    self._sets.install(self._writer)
                    self._notes = True
                # The write lock before anything is read: a lock that is upgraded later can fail
                # halfway.
                self._writer.execute("BEGIN IMMEDIATE")
                self._look_at_schema(self._writer)
        except errors.BaileeError as error:
            self._roll_back()
            return error, False
        commit, kept = Commit(), None
        try:
            with Translated():
                for job in batch:
                    self._run_one(job, commit)
                commit.ledgers |= self._sets.write(self._writer)
                if self._following is not None and commit.ledgers:
                    kept = self._following.fold(SqlTx(self._writer, self._sets), commit.ledgers)
        except errors.BaileeError as error:
            self._roll_back()
            return error, False
        try:
            # From here the outcome is the disk's. A crash before it loses the whole batch, and
            # nobody was told anything; one after it loses nothing.
            with durable("rows.commit"):
                self._writer.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            return self._commit_failed(error), False
        if kept is not None:
            kept()
        with self._mutex:
            self._moved |= commit.ledgers
        return None, kept is not None

    def _run_one(self, job: Job[Any], commit: Commit) -> None:
        tx = SqlTx(self._writer, self._sets, commit, revisions=self._revisions, writes=True)
        # Each in its own: one that fails is undone alone, and the others of the batch are
        # committed.
        self._writer.execute("SAVEPOINT job")
        before = self._sets.settle()
        try:
            job.result = job.fn(tx)
            assert not tx.failed, "a statement failed, and the transaction went on"
            self._sets.settle()
            self._compare(tx)
            # After all that may yet refuse the work, so that custodians hear of a deletion only
            # when nothing but the commit is left; before the commit, or a crash would lose it.
            for call in tx.last:
                call()
        # A disk that is full or broken befalls the batch, not this job alone.
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  # undone alone and raised at its caller
            self._writer.execute("ROLLBACK TO job")
            self._sets.undo(before)
            job.error = _constraint(error)
        self._writer.execute("RELEASE job")

    def _compare(self, tx: SqlTx) -> None:
        """Refuse rows of before under what a job changed without an entry: it would renew them."""
        if self._following is None:
            return
        compared = tx.commit.compared
        for client in self._sets.changed() - compared:
            self._following.compare(tx, client, again=bool(compared))
            compared.add(client)

    def _revisions(self) -> Mapping[bytes, int]:
        return {} if self._following is None else self._following.revisions

    def _commit_failed(self, error: sqlite3.Error | OSError) -> errors.BaileeError:
        self._roll_back()
        if isinstance(error, sqlite3.Error) and _name(error).startswith("SQLITE_FULL"):
            return _disk_full()
        if isinstance(error, sqlite3.Error) and _name(error).startswith("SQLITE_BUSY"):
            return errors.LockedByOther("errors_sql.busy")
        # For good: what a failed fsync left in the cache may look written, and a later success
        # would be believed for pages that are not there. Opening the home again reads what is.
        self._broken = True
        return errors.OutcomeUnknown("errors_sql.commit-unknown")

    def _roll_back(self) -> None:
        # Whatever stopped the batch, an interrupt too: added to a later one, notes of rows that are
        # not there would leave digests that fit nothing, for good.
        self._sets.undo({})
        if self._writer.in_transaction:
            self._writer.execute("ROLLBACK")

    def moved(self) -> set[ClientId]:
        """Give the clients whose ledgers this process moved since it was asked the last time."""
        with self._mutex:
            moved, self._moved = self._moved, set()
        return moved

    def halt(self, error: errors.BaileeError) -> None:
        """Have every read fail from now on, so that acts under way end; writes go on."""
        # Not writes: the outcome of what ends so is one.
        self._halted = error

    def resume(self) -> None:
        """Take that back: nothing is under way any more."""
        self._halted = None

    def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one snapshot, on a connection of this thread that cannot write."""
        if self._halted is not None:
            raise type(self._halted)(self._halted.reason)
        connection = self._reader()
        # Before the snapshot: what others commit meanwhile would else be missed in it.
        revisions = self._revisions()
        with Translated():
            connection.execute("BEGIN")
            try:
                ((version,),) = connection.execute("PRAGMA data_version")
                self._look_at_schema(connection)
                return fn(SqlTx(connection, self._sets, revisions=lambda: revisions))
            except errors.Damaged as error:
                moved = error.reason == OLDER and self._is_overtaken(connection, version)
                raise errors.Conflict("errors_sql.moved-meanwhile") if moved else error from None
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _is_overtaken(self, connection: sqlite3.Connection, version: int) -> bool:
        """Tell whether others committed since a snapshot: then it is old, and nobody put it back.

        Custodians hear of a deletion before its commit, and a reader may see theirs before its own
        rows.  So what is being committed is waited for: it comes before this empty job.
        """
        connection.execute("ROLLBACK")
        try:
            self._group.run(lambda _tx: None)
        except errors.BaileeError:  # nothing is written any more: then nobody left it behind
            return False
        ((now,),) = connection.execute("PRAGMA data_version")
        moved: bool = now != version
        return moved

    def _reader(self) -> sqlite3.Connection:
        connection = cast("sqlite3.Connection | None", getattr(self._local, "reader", None))
        if connection is None:
            with durable("rows.open"):
                connection = self._connect()
            # Refused by SQLite itself: a read that wrote would do so without the writer's lock and
            # fence.
            connection.execute("PRAGMA query_only=ON")
            self._local.reader = connection
            with self._mutex:
                self._readers.append(connection)
        return connection

    def copy_to(self, target: Path) -> None:
        """Write a consistent copy of the whole file, free pages left out, for a backup.

        On a connection of its own: the writer's may be within another thread's transaction.
        """
        with Translated(), durable("rows.copy"), closing(self._connect()) as connection:
            connection.execute("VACUUM INTO :target", {"target": str(target)})

    def check(self) -> list[str]:
        """Ask SQLite for what it finds wrong with its own structure; names of pages only."""
        return integrity(self._reader())

    def close(self) -> None:
        """Close all connections; the last one folds the write-ahead log into the file."""
        self._group.close()
        with Translated(), durable("rows.close"):
            for connection in self._readers:
                connection.close()
            self._writer.close()


def still_place(path: Path) -> str:
    """Name a file of rows to be opened for reading alone, as one that nobody changes."""
    return f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"


def _is_still(path: Path) -> bool:
    """Tell whether a file of rows lies on a file system that takes no writes.

    CannotRecord where it was not closed before: what was committed last is then beside it.
    """
    if not os.statvfs(path.parent).f_flag & os.ST_RDONLY:
        return False
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        raise errors.CannotRecord("errors_sql.still-unclosed")
    return True


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[Tx]:
    """Read one snapshot on a connection that cannot write."""
    with Translated():
        connection.execute("BEGIN")
        try:
            yield SqlTx(connection)
        finally:
            connection.execute("ROLLBACK")


def integrity(connection: sqlite3.Connection) -> list[str]:
    """Ask SQLite for what it finds wrong with its own structure; names of pages only."""
    with Translated():
        rows = connection.execute("PRAGMA integrity_check").fetchall()
    return [str(row[0]) for row in rows if row[0] != "ok"]


class Translated:
    """Turns SQLite's errors into ours; its texts are dropped, since some quote data."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Begin; nothing is kept, so one serves all."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error):
            raise _ours(error) from None
        if isinstance(error, UnicodeDecodeError):  # a damaged schema, quoted where SQLite says so
            raise errors.Damaged("errors_sql.damaged") from None
        if isinstance(error, OSError):
            raise errors.CannotRecord("errors_sql.not-writable") from None


def _name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or ""


def _ours(error: sqlite3.Error) -> errors.BaileeError:
    name = _name(error)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return errors.LockedByOther("errors_sql.busy")
    if name.startswith("SQLITE_FULL"):
        return _disk_full()
    if any(name.startswith(prefix) for prefix in _FULL):
        return errors.CannotRecord("errors_sql.not-writable")
    if any(name.startswith(prefix) for prefix in _CORRUPT) or _is_foreign(error):
        return errors.Damaged("errors_sql.damaged")
    if isinstance(error, sqlite3.IntegrityError):
        return errors.Conflict("errors_sql.constraint")
    return errors.BaileeError("errors_sql.failed", code=name or "unknown")


def _disk_full() -> errors.CannotRecord:
    # As much as the reserve needs: with less, the next act would be refused.
    return errors.CannotRecord("errors_sql.disk-full", mib=2 * RESERVE_BYTES >> 20)


def _is_foreign(error: sqlite3.Error) -> bool:
    """Tell whether a row held what nobody here can have written."""
    code = getattr(error, "sqlite_errorcode", None)
    return code == _DATATYPE_CODE or str(error).startswith(_NOT_TEXT)


def _constraint(error: Exception) -> Exception:
    return _ours(error) if isinstance(error, sqlite3.Error) else error
