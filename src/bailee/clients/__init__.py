"""Clients: each with its own key and its own ledger from the first moment; the provider is one.

A label is stored keyed, to find the row, and sealed, to show it; never in clear.

In reading order:

- labels: finds a client for who asks, without saying which exist
- what every noun has: acts, model, port, service, show, bind, audit
"""
