"""Front: what others speak with: wire to acts and back, without a key.

- link: the connections to the keeper, which a front is given and cannot make
- confine: what a front gives up before it reads a byte of anybody's
- rest: every act as a route of HTTP
- watch: whether a server is ready, and its figures
"""
