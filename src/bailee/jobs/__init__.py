"""Jobs: the work that a home does by itself, as leased rows: what is due, done, failing, waiting.

A kind of job is one line of `kinds.py`.  Its row says when it is due next; who does it leases the
row first, so that no two do it at once, and whoever dies over it leaves it to be done again.

In reading order:

- what every noun has: model, acts, port, state, service, show
- audit: rows that nobody here wrote
- kinds: the table of kinds: how often each is done, and whether it needs an act
- leases: takes a job and gives it back, each in one transaction
"""
