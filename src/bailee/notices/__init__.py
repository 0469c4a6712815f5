"""Notices: what a home has to say to those who run it, kept until it is sent: the outbox.

A notice joins in the transaction of what it is about, one for each address, and once for each
cause.  It is sent by a job, at least once, under an id by which whoever receives it twice knows.

In reading order:

- what every noun has: model, port, service, audit
- outbox: adds a notice in the transaction of its cause
- wording: what a notice says, in the language of its address
"""
