"""The holding of logs: lines with placeholders sealed apart from the names that belong in them.

A batch becomes two sealed objects that die at different times, *text* and *names*, and an entry
that commits to each line and each value.  spec/batch.md, spec/segment.md
"""
