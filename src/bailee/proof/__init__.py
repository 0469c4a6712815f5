"""Proving, alone: what a log said, checked by anyone who holds its verifier key.

This package imports the standard library, `cryptography`, `bailee.encoding` and `bailee.text`; it
ships by itself as `bailee-verify.pyz`.  It reads what it is given and writes nothing.
spec/ledger.md has every format, `verify.py` the numbered steps.

In reading order:

- verify: the verifier: what a log handed over, step by step
- verify_line: the same for one line of a log, with the values that its receipt opens
- verdict: the steps that were taken, and one of three verdicts
- export: the export directory, as a log is handed over
- receipt: receipts of entries and lines
- tree: the tree and its signed heads
- malformed: what is said of bytes that are not what they should be
- run: opens the files, asks the verifier
- shown: what a receipt shows of a line, as structure
- command: the command line of the verifier
- bundle: makes `bailee-verify.pyz`
"""
