"""Custody of the root and of the turn secret.

The root may be copied anywhere in its wrapped form; the turn secret is the one thing whose
destruction is physical, so it lives where no history is kept.  `file` is the default adapter.
"""
