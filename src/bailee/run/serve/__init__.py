"""Serve: a server of one home: it holds the keys, and does what others ask of it.

In reading order:

- keeper: does the acts that are asked on the home's socket
- place: where it listens, one server at a time
- connections: who is connected, and whose turn it is
- core: on which core short acts are done
- peer: who asks, as the kernel says
- beside: what comes beside a request, called for as the act reads it
- standing: whether who asked still may, while it streams
- upkeep: does the jobs of the home meanwhile
- front: starts the process that speaks HTTP
- open_home: the home while it is open, sealed and opened again
- readiness: says to systemd that the server is there, still there, and ending; sd_notify(3)
- tries: how often somebody may try a passphrase
- health: whether it is ready, and its figures
- own_log: takes what it writes down of itself into custody
- sealed_long: tells of a server that stays sealed
- pushing: what is told of when lines that were pushed are not taken
"""
