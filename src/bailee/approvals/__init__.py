"""Approvals: matters that need two people: what waits, agreeing to it, taking it back.

What they confer is decided in `monitor/approval.py`, for every act that the policies name; asking
is giving the command of the act itself.

In reading order:

- what every noun has: acts, model, service, show, bind
"""
