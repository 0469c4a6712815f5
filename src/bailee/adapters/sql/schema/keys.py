"""Key tables: the key tree: wrapped keys only, which open nothing without the turn secret.

Triggers are the write fence: no wrap of a generation that a turn has left, no bucket under a
client key that was renewed.  They hold for whoever has the database open, in any version.
"""

from bailee.adapters.sql.table import (
    Digested,
    Undigested,
    blob,
    check,
    clear,
    fence,
    index,
    integer,
    keyed,
    sealed,
    table,
    text,
)

_ID = "random id"
# A nonce of 12 bytes, a key of 32, a tag of 16: anything else was not written here.
_WRAPPED_BYTES = check("length(wrapped) = 60")
# In the database itself: a process that read its keys before a turn would else write a wrap that
# the turn has already left behind, and T3 would destroy it.
_STALE = "new.gen < (select write_gen from key_state)"
_RENEWED = (
    "new.parent is not (select version from key_trunk where noun = 'client' and id = new.client)"
)

key_state = table(
    "key_state",
    integer("one", clear("always 1: there is one row"), key=True),
    blob("install", clear(_ID)),
    blob("provider", clear(_ID)),
    integer("generation", clear("a count of turns")),
    integer("write_gen", clear("a count of turns")),
    text("phase", clear("where a turn stands")),
    integer("new_root", clear("whether the turn brings a new root")),
    integer("began_ms", clear("when the turn began: the provider's own act")),
    integer("turned_ms", clear("when the last turn ended: the provider's own act")),
    blob("mac", keyed("the internal key, domain row")),
    check("one = 1"),
    rowid=True,
    set=Undigested("one row under a MAC; custodians know its phase"),
)

key_trunk = table(
    "key_trunk",
    text("noun", clear("which kind of key"), key=True),
    blob("id", clear(_ID), key=True),
    integer("gen", clear("a count of turns")),
    integer("version", clear("a count of renewals")),
    integer("pending_gen", clear("that something below was deleted"), null=True),
    blob("wrapped", sealed("the key of the generation")),
    _WRAPPED_BYTES,
    fence("key_trunk_insert_fence", "insert", _STALE),
    fence("key_trunk_update_fence", "update of gen, wrapped", _STALE),
    set=Digested(owner="", marks=("pending_gen",)),
)

key_bucket = table(
    "key_bucket",
    blob("client", clear(_ID), key=True),
    integer("bucket", clear("two bytes of random ids"), key=True),
    integer("version", clear("a count of deletions")),
    integer("parent", clear("a count of renewals")),
    blob("wrapped", sealed("the client key")),
    _WRAPPED_BYTES,
    fence("key_bucket_insert_fence", "insert", _RENEWED),
    fence("key_bucket_update_fence", "update", _RENEWED),
    set=Undigested("rows that name what lies in a bucket have sets"),
)

key_leaf = table(
    "key_leaf",
    blob("client", clear(_ID), key=True),
    integer("bucket", clear("two bytes of random ids"), key=True),
    text("noun", clear("which kind of thing"), key=True),
    blob("id", clear(_ID), key=True),
    integer("version", clear("a count"), key=True),
    blob("kid", clear("random, for the custodians once the key is deleted")),
    integer("epoch", clear("a month of receipt; 0 when the thing has none")),
    blob("wrapped", sealed("the bucket key")),
    _WRAPPED_BYTES,
    # Partial: leaves without a month are most, and would make it as large as the table.
    index("key_leaf_epoch", "client", "epoch", where="epoch > 0"),
    set=Undigested("rows that name what it opens have sets"),
)

key_epoch = table(
    "key_epoch",
    blob("client", clear(_ID), key=True),
    integer("epoch", clear("a month of receipt"), key=True),
    text("noun", clear("vault, names or text"), key=True),
    integer("version", clear("a count of renewals"), key=True),
    integer("parent", clear("a count of renewals")),
    blob("kid", clear("random, for the custodians once the key is ended")),
    integer("erasures", clear("a count: tells memories that something was erased")),
    integer("pending_gen", clear("that a turn has work here"), null=True),
    blob("wrapped", sealed("the client key; null once it was ended"), null=True),
    _WRAPPED_BYTES,
    index("key_epoch_pending", "pending_gen", where="pending_gen IS NOT NULL"),
    fence("key_epoch_insert_fence", "insert", f"new.wrapped is not null and {_RENEWED}"),
    fence("key_epoch_update_fence", "update", f"new.wrapped is not null and {_RENEWED}"),
    set=Digested(owner="client"),
)

key_law = table(
    "key_law",
    blob("client", clear(_ID), key=True),
    integer("year", clear("a calendar year"), key=True),
    blob("kid", clear("random, for the custodians once the key is deleted")),
    integer("parent", clear("a count of renewals")),
    blob("wrapped", sealed("the legal-term key")),
    _WRAPPED_BYTES,
    set=Digested(owner="client"),
)

key_pending = table(
    "key_pending",
    blob("kid", clear("random; the key itself is gone"), key=True),
    blob("client", clear(_ID)),
    text("noun", clear("which kind of thing")),
    integer("gen", clear("a count of turns")),
    integer("requested_ms", clear("when something was deleted, not what")),
    set=Digested(owner="client"),
)

key_turn = table(
    "key_turn",
    integer("gen", clear("a count of turns"), key=True),
    integer("new_root", clear("whether the turn brought a new root")),
    integer("began_ms", clear("the provider's own act")),
    integer("finished_ms", clear("the provider's own act")),
    integer("effective_ms", clear("from when on older copies do not open")),
    integer("erased", clear("a count")),
    integer("confirmations", clear("a count of custodians")),
    text("wrap_class", clear("hardware or file")),
    rowid=True,
    set=Digested(owner=""),
)
