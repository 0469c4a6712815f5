"""Compiled loops between received bytes and what is kept of them.

In reading order:

- lines: where lines begin and end, and that no find owns what ends one
- values: distinct values of a batch and of its blocks, numbered
- text: stored text from received bytes, and back
- sha: SHA-256 of many short messages, two at a time
- leaf: salted leaves of lines, and the root over them
"""
