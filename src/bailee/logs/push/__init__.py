"""Push: lines that machines send as they write them, each answered once it is durable.

In reading order:

- acts: what is asked, and how it is answered
- model: how far a source was taken in, in a row that cannot be raised by whoever writes rows
- marks: reads and writes those rows
- group: one group of pushes as one source, and which of them are there already
- gathering: which pushes go together, and when a group begins
- service: from a group to batches
- bind: the request with its method
"""
