"""Ledger: one transparency log for each client, and one for the provider.

An entry is durable before the act that it permits goes on (spec/invariants.md I3), and no ledger
ever signs two roots for one size (I4).  Formats: spec/ledger.md; what verifies them:
`bailee.proof`.

In reading order:

- what is recorded: vocabulary, model, port
- what custodians know of a ledger, and what is compared with it: anchor, anchoring
- writing, and signing what was written: service, sequencer
- reading tiles as the tree of an earlier size has them: tiles
- opening it again, under a grant: reading
- upkeep: heads, keychange
"""
