"""Compiled loops over the bytes of a block; no module here allocates or knows what a batch is."""
