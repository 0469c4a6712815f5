"""Workers: processes without keys that parse what was received.

- starting: starts the program that begins them, and ends each
- program: what they are split off from
"""
