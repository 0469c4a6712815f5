"""Serve: a server of one home: it holds the keys, and does what others ask of it.

In reading order:

- keeper: takes connections on the home's socket and does the acts that are asked on them
- peer: who asks, as the kernel says
- beside: what comes beside a request, called for as the act reads it
- open_home: the home while it is open, sealed and opened again
"""
