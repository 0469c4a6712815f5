"""Ledgers: the acts on ledgers: heads, keys, entries, receipts and exports, for who may look.

The ledger itself (`ledger/`) lies below the monitor, which writes to it; looking into it is an
act like any other, so it is done from here, above.  In reading order:

- what every noun has: acts, port, service, show, bind
- audit: one ledger compared with its signer, its head and its tiles
"""
