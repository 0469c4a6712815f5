"""Keyring: the tree of keys, and the one room that holds keys in memory.

Root and turn secret give the key of a generation; under it lie wrapping keys, such as a client's,
then bucket keys, then leaf keys.  A caller gets a sealer, which cannot open, or, against a grant
that covers the thing, an opener.  Deleting a leaf key replaces the bucket key above it; the next
turn makes that final in every older copy.  spec/keys.md

In reading order:

- what is kept and said: model, port
- the tree: tree
- the keys of a month's values, and what hangs on them: vault
- deleting, ending, turning: destroy
- what the others are given: service, sealers, grant_check, inspection
- notes: notes: what a home has to say and sends by itself, sealed until it is sent
- held: what opens a thing whose row is there
- sets: set digests: one keyed sum over the rows of a set, which a missing or exchanged row changes
"""
