"""Objects: one row for each version."""

from bailee.adapters.sql.table import Digested, blob, clear, integer, sealed, table

object_version = table(
    "object_version",
    blob("client", clear("random id; rows are found and sharded by it"), key=True),
    blob("object", clear("random id"), key=True),
    integer("version", clear("counts versions; says how often, not what"), key=True),
    blob("sealed_label", sealed("name, true size and time, under the label's leaf key")),
    blob("blob", clear("random id of the sealed file", names_file=True)),
    integer("sealed_bytes", clear("padded size, as the store shows it anyway")),
    blob("digest", clear("SHA-256 of ciphertext")),
    blob("commitment", clear("HKDF of a random key; says nothing about the content")),
    set=Digested(owner="client", cell="object"),
)
