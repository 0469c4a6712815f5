"""Compiled loops over the lines of a block that comes in.

In reading order:

- moments: when a line says that it happened
- epochs: seconds as numbers, and keys of times
- dates: the date before a time of day
- clock: the time of day, and the zone behind it
- calendar: digits, months and days
- severity: how severe a line says it is
- counts: lines and finds, counted by day and kind
"""
