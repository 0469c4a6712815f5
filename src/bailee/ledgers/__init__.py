"""The acts on ledgers: heads, keys, entries, receipts and exports, for who may look.

The ledger itself (`ledger/`) lies below the monitor, which writes to it; looking into it is an
act like any other, so it is done from here, above.
"""
