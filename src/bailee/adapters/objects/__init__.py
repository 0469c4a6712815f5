"""Stores of immutable sealed objects and of ledger tiles: a directory; later any S3 store."""
