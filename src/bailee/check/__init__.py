"""Checking: everything stored is audited, damage is named by its id, and nothing is repaired.

The law of this room: nothing is written but the entries that record the audit itself, and no
finding says more than kinds, ids and counts.  What is opened for it is opened under grants.

In reading order:

- acts, show: the request, and how its answer is shown
- model: the report
- service: audits everything stored, in one act, by the audits of the nouns
- port: what a check needs from outside
- rows: the database as a whole: structure, schema, files that no row names
- power: the rows that confer power, which are of several nouns
- entries: the entries of one ledger, handed on to the audits that follow them
- openings: grants for a check that opens what one client has
"""
