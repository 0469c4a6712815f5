"""Backups on this machine: the files of a home read, and a home built beside its place."""
