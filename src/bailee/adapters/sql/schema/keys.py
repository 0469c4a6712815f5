"""The key tree: wrapped keys only, which open nothing without the turn secret.

Triggers are the write fence: no wrap of a generation that a turn has left, no bucket under a
client key that was renewed.  They hold for whoever has the database open, in any version.
"""

from sqlalchemy import DDL, CheckConstraint, Index, Integer, Table, Text, event

from bailee.adapters.sql.schema import clear, column, keyed, metadata, sealed

_ID = "random id"
_WRAPPED_BYTES = "length(wrapped) = 60"

key_state = Table(
    "key_state",
    metadata,
    column("one", Integer, info=clear("always 1: there is one row"), primary_key=True),
    column("install", info=clear(_ID)),
    column("provider", info=clear(_ID)),
    column("generation", Integer, info=clear("a count of turns")),
    column("write_gen", Integer, info=clear("a count of turns")),
    column("phase", Text, info=clear("where a turn stands")),
    column("new_root", Integer, info=clear("whether the turn brings a new root")),
    column("began_ms", Integer, info=clear("when the turn began: the provider's own act")),
    column("turned_ms", Integer, info=clear("when the last turn ended: the provider's own act")),
    column("mac", info=keyed("the internal key, domain row")),
    CheckConstraint("one = 1"),
    sqlite_strict=True,
)

key_trunk = Table(
    "key_trunk",
    metadata,
    column("noun", Text, info=clear("which kind of key"), primary_key=True),
    column("id", info=clear(_ID), primary_key=True),
    column("gen", Integer, info=clear("a count of turns")),
    column("version", Integer, info=clear("a count of renewals")),
    column("pending_gen", Integer, info=clear("that something below was deleted"), nullable=True),
    column("wrapped", info=sealed("the key of the generation")),
    CheckConstraint(_WRAPPED_BYTES),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

key_bucket = Table(
    "key_bucket",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("bucket", Integer, info=clear("two bytes of random ids"), primary_key=True),
    column("version", Integer, info=clear("a count of deletions")),
    column("parent", Integer, info=clear("a count of renewals")),
    column("wrapped", info=sealed("the client key")),
    CheckConstraint(_WRAPPED_BYTES),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

key_leaf = Table(
    "key_leaf",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("bucket", Integer, info=clear("two bytes of random ids"), primary_key=True),
    column("noun", Text, info=clear("which kind of thing"), primary_key=True),
    column("id", info=clear(_ID), primary_key=True),
    column("version", Integer, info=clear("a count"), primary_key=True),
    column("kid", info=clear("random, for the custodians once the key is deleted")),
    column("epoch", Integer, info=clear("a month of receipt; 0 when the thing has none")),
    column("wrapped", info=sealed("the bucket key")),
    CheckConstraint(_WRAPPED_BYTES),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

Index("key_leaf_epoch", key_leaf.c.client, key_leaf.c.epoch, sqlite_where=key_leaf.c.epoch > 0)

key_epoch = Table(
    "key_epoch",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("epoch", Integer, info=clear("a month of receipt"), primary_key=True),
    column("noun", Text, info=clear("vault, names or text"), primary_key=True),
    column("version", Integer, info=clear("a count of renewals"), primary_key=True),
    column("parent", Integer, info=clear("a count of renewals")),
    column("kid", info=clear("random, for the custodians once the key is ended")),
    column("erasures", Integer, info=clear("a count: tells memories that something was erased")),
    column("pending_gen", Integer, info=clear("that a turn has work here"), nullable=True),
    column("wrapped", info=sealed("the client key; null once it was ended"), nullable=True),
    CheckConstraint(_WRAPPED_BYTES),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

Index(
    "key_epoch_pending",
    key_epoch.c.pending_gen,
    sqlite_where=key_epoch.c.pending_gen.is_not(None),
)

key_law = Table(
    "key_law",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("year", Integer, info=clear("a calendar year"), primary_key=True),
    column("kid", info=clear("random, for the custodians once the key is deleted")),
    column("parent", Integer, info=clear("a count of renewals")),
    column("wrapped", info=sealed("the law key")),
    CheckConstraint(_WRAPPED_BYTES),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

key_pending = Table(
    "key_pending",
    metadata,
    column("kid", info=clear("random; the key itself is gone"), primary_key=True),
    column("client", info=clear(_ID)),
    column("noun", Text, info=clear("which kind of thing")),
    column("gen", Integer, info=clear("a count of turns")),
    column("requested_ms", Integer, info=clear("when something was deleted, not what")),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

key_turn = Table(
    "key_turn",
    metadata,
    column("gen", Integer, info=clear("a count of turns"), primary_key=True),
    column("new_root", Integer, info=clear("whether the turn brought a new root")),
    column("began_ms", Integer, info=clear("the provider's own act")),
    column("finished_ms", Integer, info=clear("the provider's own act")),
    column("effective_ms", Integer, info=clear("from when on older copies do not open")),
    column("erased", Integer, info=clear("a count")),
    column("confirmations", Integer, info=clear("a count of custodians")),
    column("wrap_class", Text, info=clear("hardware or file")),
    sqlite_strict=True,
)

_STALE = "new.gen < (select write_gen from key_state)"
_RENEWED = (
    "new.parent is not (select version from key_trunk where noun = 'client' and id = new.client)"
)


def _fence(table: Table, name: str, moment: str, condition: str) -> None:
    statement = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy left its __init__ untyped
        f"create trigger {name} before {moment} on {table.name} when {condition} "
        "begin select raise(abort, 'write fence'); end"
    )
    event.listen(table, "after_create", statement.execute_if(dialect="sqlite"))


_fence(key_trunk, "key_trunk_insert_fence", "insert", _STALE)
_fence(key_trunk, "key_trunk_update_fence", "update of gen, wrapped", _STALE)
_fence(key_bucket, "key_bucket_insert_fence", "insert", _RENEWED)
_fence(key_bucket, "key_bucket_update_fence", "update", _RENEWED)
_fence(key_epoch, "key_epoch_insert_fence", "insert", f"new.wrapped is not null and {_RENEWED}")
_fence(key_epoch, "key_epoch_update_fence", "update", f"new.wrapped is not null and {_RENEWED}")
