"""Objects: a client's files, sealed, versioned, given back for a purpose.

In reading order:

- what every noun has: acts, model, port, service, show, bind, audit
- naming: naming: which object a name leads to, and the lists of a client's objects, page by page
"""
