"""Names: sealed shards, what waits for one, and what nobody has placed yet."""

from bailee.adapters.sql.table import Digested, blob, check, clear, integer, sealed, table, text

_CLIENT = "random id; rows are found and sharded by it"
_NOUN = "which kind of thing is named"
_START = "leading bits of a keyed hash of names, as many as there are shards: which one changed"
_ID = "random id"
_PLACE = check("length(start) = 2")

name_shard = table(
    "name_shard",
    blob("client", clear(_CLIENT), key=True),
    # Before the noun: what one cell of the digest is over lies in one stretch.
    blob("start", clear(_START), key=True),
    text("noun", clear(_NOUN), key=True),
    integer("bits", clear("how many of them are the same in all its names")),
    blob("shard", clear(_ID)),
    integer("version", clear("counts how often it was sealed under one key")),
    blob("sealed", sealed("ids, versions and names, under the leaf key of the shard")),
    _PLACE,
    # Sealed for the shard and version beside it, of which there is one: digested as well, 64 KiB
    # would be read and hashed wherever a name is looked up.
    set=Digested(owner="client", cell="start", marks=("sealed",)),
)

name_waiting = table(
    "name_waiting",
    blob("client", clear(_CLIENT), key=True),
    blob("start", clear(_START), key=True),
    text("noun", clear(_NOUN), key=True),
    blob("id", clear(_ID), key=True),
    integer("version", clear("counts versions; says how often, not what")),
    _PLACE,
    set=Digested(owner="client", cell="start"),
)

name_unplaced = table(
    "name_unplaced",
    blob("client", clear(_CLIENT), key=True),
    text("noun", clear(_NOUN), key=True),
    blob("id", clear(_ID), key=True),
    set=Digested(owner="client"),
)
