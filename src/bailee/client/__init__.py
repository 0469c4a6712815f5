"""Client: the same acts, carried to a server that holds the keys.

A program asks a server elsewhere by `RemoteServer(url, token).caller`, with the request classes
that stand in the `acts` module of each noun (docs/machines.md).

- caller: carries requests as messages, and gives the answers that a home's own caller gives
- beside: what comes beside a request, handed over as the server calls for it
- server: finds the server of a home, and speaks with it
- records: Python's `logging` into custody
- remote: a server elsewhere, over HTTPS; loaded by whoever asks one, for it loads TLS
"""

from bailee.client.caller import SocketCaller
from bailee.client.server import AskedServer, Server, find_server

__all__ = ["AskedServer", "Server", "SocketCaller", "find_server"]
