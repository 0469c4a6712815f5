"""Names: what things are called, in sealed shards, found exactly, in order and by prefix.

A name leads to a thing's id and its newest version; what else is known of the thing stands in rows
of its own noun.  Shards follow from sealed labels, which stay: one that was lost is made anew.
"""
