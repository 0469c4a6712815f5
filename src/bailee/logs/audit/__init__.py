"""Audit of logs: their rows, their sealed files, and what the ledger recorded of both.

Opened under the grants of a check; no value is opened.  In reading order:

- recorded: what a client's ledger records of its batches
- batches: rows against files and entries
- sources: how far each source was read
- months: whether keys end sooner than the term of what was really in custody
- segments: what the sealed files hold; loads kernels and Arrow, for a deep check alone
- orphans: rows that hang on nothing
- bind: what `check` is given of all this
"""
