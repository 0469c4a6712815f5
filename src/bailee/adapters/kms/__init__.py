"""Key custody, in files: the root, and the custodians of the turn secret.

The root may be copied anywhere in its wrapped form; the turn secret is the one thing whose
destruction is physical, so it is kept where no history is.

In reading order:

- places: where custodians and backups may lie: outside the home, apart from each other
- passphrase: read from a descriptor, a command or a prompt
- disk: small private files, whole or not there, overwritten to destroy
- keyring_file: the root under its passphrase, and the register of copies
- custodian: one keeper of the turn secret
- journal: how far each ledger has come, with each custodian
- file: puts them together as `keyring.port.Kms`
"""
