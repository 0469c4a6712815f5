"""Checking: everything stored is audited, damage is named by its id, and nothing is repaired.

The law of this room: nothing is written but the entries that record the audit itself, and no
finding says more than kinds, ids and counts.  What is opened for it is opened under grants.

In reading order:

- acts, show: the request, and how its answer is shown
- model: kinds of damage and of warnings
- port: what an audit needs from outside
- service: audits everything stored, in one act
- rows: the database: structure, schema, keys, rows that confer power
- names: the sealed names of actors and clients
- logs: one ledger: signer, head, checkpoint, leaves
- entries: the entries of one ledger
- objects: one client's objects
- batches: one client's logs, by their rows
- segments: what sealed files of logs hold
- openings: grants for an audit that opens what one client has
"""
