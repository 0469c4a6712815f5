"""Backups: one sealed file of a home, or of its rows alone, and the way back.

The law of this room: a backup opens nothing by itself.  What it holds was sealed already, under
the key of a generation that no backup has; the envelope hides the rest (sizes, counts, times).
spec/backup.md
"""
