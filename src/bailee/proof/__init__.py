"""The offline verifier: what a ledger handed over, verified by anyone who holds its key.

This package imports the standard library, `cryptography`, `bailee.encoding` and `bailee.text`; it
ships by itself as `bailee-verify.pyz`.  It reads what it is given and writes nothing.
spec/verification.md has every step and condition, spec/ledger.md and receipt.md the formats.

In reading order:

- verify: exports and receipts of entries, in numbered steps
- verify_line: receipts of lines, with the values that they open, likewise
- verdict: the steps that were taken, and one of three verdicts
- export: the export directory, as a log is handed over
- receipt: receipts of entries and lines
- tree: the tree and its signed heads
- malformed: the one exception, for bytes that are not what they should be
- run: opens the files, asks the verifier
- shown: what a receipt shows of a line, as structure
- command: the command line of the verifier
- bundle: makes `bailee-verify.pyz`
"""
