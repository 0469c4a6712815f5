"""Wiring: which adapter stands behind which port; the one room that knows both.

In reading order:

- namespace: whether the system's users are told apart here
- app: the whole program, put together
- parts: stores and engines under the services, bound once for each process
- redoing: deletions that custodians know of and rows do not
- caller: carries a request to its service
- nouns: the list of nouns, each loaded when one of its acts is asked for
- nouns whose `bind` needs more than the parts: keys, backups, checks, retention
- site, init: the places of a new home, and the home
- kit: recovery kits, handed out on paper
- restoring: a home being brought back
- upgrading: a home of an earlier version being brought to today's form
- jobs: bind: pairs the acts on jobs with their methods, and each kind of job with what does it
"""
