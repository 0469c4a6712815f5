"""Client: the same acts, carried to a server that holds the keys.

- caller: carries requests over a connection, and gives the answers that a home's own caller gives
- beside: what comes beside a request, handed over as the server calls for it
- server: finds the server of a home, and speaks with it
- records: Python's `logging` into custody
"""

from bailee.client.caller import SocketCaller
from bailee.client.server import Server, find_server

__all__ = ["Server", "SocketCaller", "find_server"]
