"""The ledger: one transparency log per client, and one of the provider.

The law of this room: an entry is durable before the act it permits goes on, and no log ever signs
two roots for one size.  Formats: spec/ledger.md; what checks them: `bailee.proof`.
"""
