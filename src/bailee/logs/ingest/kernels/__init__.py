"""Compiled loops over the lines of a block that comes in.

In reading order:

- moments: when a line says that it happened
- severity: how severe a line says it is
- counts: lines and finds, counted by day and kind
"""
