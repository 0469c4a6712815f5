"""Wiring: which adapter stands behind which port; the one room that knows both.

In reading order:

- app: the whole program, put together
- parts: stores and engines under the services, bound once for each process
- caller: carries a request to its service
- custody: the holding of logs, with its compiled kernels
- ending: what ends in logs, without them
- judging: what an audit looks at
- init: a new home
- kit: recovery kits, handed out on paper
- restoring: a home being brought back
"""
