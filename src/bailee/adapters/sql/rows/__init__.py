"""Row adapters, one module per noun: hand-written statements behind the noun's port.

In reading order:

- accounts: actors
- clients: clients
- policy: the policies in force, and recorded settings
- clock: how much time has passed for certain
- grounds: what each decision rests on, in one statement
- keys: the key tree
- epochs: the keys of the months of custody
- ledger: ledgers and their entries
- objects: objects
- names: shards of sealed names, what waits for one, what nobody has placed yet
- vault: the vaults, thousands of rows in a statement
- logs: streams, sources, batches and index runs
- blobs: which sealed files rows name
- inspection: what only an audit asks of the rows
- approvals: approval rows: the rows of matters that need two people
"""
