"""Key custody, in files: the root, and the custodians of the turn secret.

The root may be copied anywhere in its wrapped form; the turn secret is the one thing whose
destruction is physical, so it is kept where no history is.  In reading order: places, passphrase,
disk; keyring_file, custodian; file, which puts them together as `keyring.port.Kms`.
"""
