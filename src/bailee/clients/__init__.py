"""Clients: each with its own key and its own log from the first moment; the provider is one.

A label is stored keyed, to find the row, and sealed, to show it; never in clear.
"""
