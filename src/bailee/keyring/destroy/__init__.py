"""Destroying keys: deletions of leaf keys, erasures of values, and what a turn does to the rows."""
