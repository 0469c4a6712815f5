"""REST: every act as a route of HTTP, derived from its declaration; spec/rest.md.

In reading order:

- routes: which act answers to which method and path, and where each field stands
- app: from a request of HTTP to an act, and from its answer to one of HTTP
- bodies: what is sent with a request: an object of JSON, or that and bytes
- raw: bytes as they come, packed or not
- answers: what is sent back of one request, in order (ASGI)
- framed: the messages of a home's socket, carried by HTTP
- problems: what is refused or fails, as RFC 9457 has it
- openapi: the description of all routes, for programs
"""
