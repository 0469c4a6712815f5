"""Actors: who may ask, under which operating-system user, with which roles.

A name is stored keyed, to find the row, and sealed, to show it; never in clear.
"""
