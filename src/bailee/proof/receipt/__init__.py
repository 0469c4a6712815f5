"""Receipts: what proves one entry, or one line, to somebody who has the log's key alone.

In reading order:

- entry: what an entry commits to, and how it is opened
- receipt: one entry, opened, with its path to a signed checkpoint
- included: the steps that every kind of receipt shares
- batch: what the entry of a batch says of its blocks
- line: what a batch commits to of its lines and values
- line_receipt: the receipt of a line
"""
