"""Vault tables: sealed values by random token, and keyed indexes that find a value's token.

Both tables begin with client and epoch, so that a month's rows lie together and go together, and
no statement reaches over two clients.  Sizes of sealed values are padded, so that they hardly say
how long a name is.
"""

from bailee.adapters.sql.table import Digested, blob, check, clear, integer, keyed, sealed, table

_ID = "random id"
_MONTH = "a month of receipt"
_RENEWALS = "a count of renewals of the vault key"

vault = table(
    "vault",
    blob("client", clear(_ID), key=True),
    integer("epoch", clear(_MONTH), key=True),
    blob("token", clear("10 random bytes"), key=True),
    integer("version", clear(_RENEWALS)),
    integer("kind", clear("which kind of value, bound in the seal"), null=True),
    blob("commitment", keyed("r of the value, random and sealed beside it")),
    blob("sealed", sealed("the vault key; null once erased"), null=True),
    check("length(token) = 10 and length(commitment) = 32"),
    # Erased means both: a kind that stayed would say what sort of value a person had erased.
    check("(sealed is null) = (kind is null)"),
    set=Digested(
        owner="client",
        by=("epoch",),
        cell="token",
        widths={"token": 10, "version": 8, "kind": 1, "commitment": 32},
    ),
)

vault_index = table(
    "vault_index",
    blob("client", clear(_ID), key=True),
    integer("epoch", clear(_MONTH), key=True),
    integer("version", clear(_RENEWALS), key=True),
    blob("key", keyed("the vault key, over form, kind and value"), key=True),
    blob("sealed", sealed("the vault key; always 38 bytes")),
    check("length(key) = 16 and length(sealed) = 38"),
    set=Digested(
        owner="client",
        by=("epoch", "version"),
        cell="key",
        widths={"key": 16, "sealed": 38},
    ),
)
