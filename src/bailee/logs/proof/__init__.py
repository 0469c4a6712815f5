"""Proof: logs given back as they were received, and receipts that anyone can verify.

In reading order:

- export: the act of giving received bytes back, batch by batch
- restoring: from sealed objects back to received bytes
- service: the act of proving one line
- evidence: what a receipt takes from an opened block
"""
