"""Backup: one sealed file of a home, or of its rows alone, and the way back.

The law of this room: a backup opens nothing by itself.  What it holds was sealed already, under
the key of a generation that no backup has; the envelope hides the rest (sizes, counts, times).
spec/backup.md

In reading order:

- acts, show: the requests, and how their answers are shown
- model: what a backup says of itself, what was written where, what came back
- port: what backups need from outside
- service: the act of making one
- writer: writes backups, reads them back, removes old ones
- form: the file of a backup: a head in clear, then one sealed stream
- archive: the archive inside: a plain tar
- restore: the act of bringing a home back, or rehearsing it
- unpacking: from backup files to a staged home
- mending: the tiles of restored logs, made whole
- audit: backups, custodians and places, as a check compares them
"""
