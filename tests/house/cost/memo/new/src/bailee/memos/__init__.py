"""Memos: short notes on a client, sealed, found by a keyed name.

In reading order:

- what every noun has: acts, model, service, show, bind
- audit: what `check` compares of them
"""
