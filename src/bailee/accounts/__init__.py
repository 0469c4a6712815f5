"""Accounts: actors, who may ask: under which operating-system user, with which roles.

A name is stored keyed, to find the row, and sealed, to show it; never in clear.

In reading order:

- what every noun has: acts, model, port, service, show, bind, audit
"""
