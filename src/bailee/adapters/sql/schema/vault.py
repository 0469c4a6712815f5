"""The vaults: sealed values by random token, and keyed indexes that find a value's token.

Both tables begin with client and epoch, so that a month's rows lie together and go together, and
no statement reaches over two clients.  Sizes of sealed values are padded, so that they hardly say
how long a name is.
"""

from sqlalchemy import CheckConstraint, Integer, Table

from bailee.adapters.sql.schema import clear, column, keyed, metadata, sealed

_ID = "random id"
_MONTH = "a month of receipt"
_RENEWALS = "a count of renewals of the vault key"

vault = Table(
    "vault",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("epoch", Integer, info=clear(_MONTH), primary_key=True),
    column("token", info=clear("10 random bytes"), primary_key=True),
    column("version", Integer, info=clear(_RENEWALS)),
    column("kind", Integer, info=clear("which kind of value, bound in the seal"), nullable=True),
    column("commitment", info=keyed("r of the value, random and sealed beside it")),
    column("sealed", info=sealed("the vault key; null once erased"), nullable=True),
    CheckConstraint("length(token) = 10 and length(commitment) = 32"),
    CheckConstraint("(sealed is null) = (kind is null)"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

vault_index = Table(
    "vault_index",
    metadata,
    column("client", info=clear(_ID), primary_key=True),
    column("epoch", Integer, info=clear(_MONTH), primary_key=True),
    column("version", Integer, info=clear(_RENEWALS), primary_key=True),
    column("key", info=keyed("the vault key, over form, kind and value"), primary_key=True),
    column("sealed", info=sealed("the vault key; always 38 bytes")),
    CheckConstraint("length(key) = 16 and length(sealed) = 38"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
