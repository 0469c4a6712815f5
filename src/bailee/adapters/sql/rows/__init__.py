"""Row adapters, one module per noun: hand-written statements behind the noun's port.

In reading order:

- accounts: actors
- clients: clients
- power: rows that confer power: policies and settings, the clock, what a decision rests on
- keys: the key tree
- epochs: the keys of the months of custody
- ledger: ledgers and their entries
- objects: objects
- names: shards of sealed names, what waits for one, what nobody has placed yet
- vault: the vaults, thousands of rows in a statement
- logs: streams, sources, batches and index runs
- blobs: which sealed files rows name
- inspection: what only an audit asks of the rows
- jobs: what a home does by itself
- notices: what a home has to say and sends by itself
- approvals: approval rows: the rows of matters that need two people
"""
