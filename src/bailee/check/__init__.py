"""Read-only judgement of everything stored: what is damaged, by its id, and never repaired here.

The law of this room: nothing is written but the entries that record the judgement itself, and no
finding says more than kinds, ids and counts.  What is opened for it is opened under grants.
"""
