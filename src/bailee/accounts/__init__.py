"""Accounts: actors, who may ask: under which operating-system user or by which API token.

A name is stored keyed, to find the row, and sealed, to show it; never in clear.

In reading order:

- what every noun has: acts, model, port, service, show, bind, audit
- token: how an API token is written and read
- tokens: makes, shows and revokes API tokens
- budgets: shows what each actor opened today, and lets two people agree to more
- admission: who it is that shows one; the one function that a server asks
- throttle: how often what is shown may fail before it is not looked at
"""
