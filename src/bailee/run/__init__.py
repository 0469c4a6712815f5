"""Composition only: configuration, wiring, the command line.  Nothing here decides anything."""
