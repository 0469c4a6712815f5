"""Wire: how an act travels between processes: its request, what comes beside, its answer.

In reading order:

- codec: values by their declared types, as msgpack has them (spec/socket.md)
- frames: what is sent over a socket, one message after another
- credentials: which user is at the other end
- asks: what is asked of a server, acts and what is around them
- json_form: values by their declared types, as JSON has them, and their schemas
- moment: moments as people write and read them
"""
