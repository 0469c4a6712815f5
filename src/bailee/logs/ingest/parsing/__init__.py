"""Parsing: who reads received bytes: this process, or a worker that has no keys.

docs/decisions/0028-a-worker-says-where.md.  In reading order:

- port: what a parser does
- held: received bytes that are not stored yet
- own: parsing in this process
- window: the memory that a worker shares, and the messages beside it
- far: parsing in a worker; all that it says is checked
- answering: a worker's side
"""
