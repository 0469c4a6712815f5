"""Row adapters, one module per noun: hand-written statements behind the noun's port.

In reading order:

- fence: the write fence as an error: a turn has passed since the caller read its keys
- accounts: actors
- clients: clients
- policy: the policies in force, and recorded settings
- clock: how much time has passed for certain
- grounds: what each decision rests on, in one statement
- keys: the key tree
- epochs: the keys of the months of custody
- ledger: ledgers and their entries
- objects: objects
- vault: the vaults, thousands of rows in a statement
- logs: streams, sources, batches and index runs
- blobs: which sealed files rows name
- inspection: what only an audit asks of the rows
- approvals: approval rows: the rows of matters that need two people
- names: name rows: the rows of shards, of what waits for one, and of what nobody has placed yet
"""
