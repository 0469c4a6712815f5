"""Compiled loops that taking in, keeping and giving back share; nothing here knows of batches.

In reading order:

- wide: moves of 64 bytes, and byte order
- hashing: comparing many bytes at once, and the keyed hash of the dictionary
"""
