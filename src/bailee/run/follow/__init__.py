"""Follow: files are read on as they grow, and their lines pushed: nothing lost, nothing twice.

In reading order:

- names: which names one log has as it is rotated
- finding: the files that lie at the given paths, and those beside them that a rotation left
- opened: one file that is read on, whatever becomes of its name
- followed: what is known of each file, in a record that survives a crash
- likeness: whether a file is one that is known, by its bytes
- follower: from the files that are there to pushes
"""
