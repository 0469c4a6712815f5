"""Proving, alone: what a log said, checked by anyone who holds its verifier key.

This package imports the standard library, `cryptography`, `bailee.encoding` and `bailee.text`; it
ships by itself as `bailee-verify.pyz`.  It reads what it is given and writes nothing.
spec/ledger.md has every format, `verify.py` the numbered steps.
"""
