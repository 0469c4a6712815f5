"""Ingest: logs come in, as batches that are each durable before the next is begun.

spec/batch.md.  In reading order:

- bind: pairs the requests with their methods
- asking: what a request says, read before anything is opened or compiled
- service: the act of taking logs in
- streams: finds the stream that lines go to, or makes it
- receipts: tags and sealed places by which what was received is known again
- continuing: how much of a source was taken in before
- intake: one source on its way: chunks to blocks, blocks to batches
- parsing: who reads received bytes: this process, or a worker without keys
- charset: what received bytes are written in
- times: when each line happened
- zones: what names of time zones mean
- severity: how severe each line says it is
- values: the distinct values of one batch
- counts: what a batch holds, counted by day and kind
- batch: one batch in the making: blocks in, two objects and an index run out
- committing: a full batch made durable, all at once
- kernels: compiled loops for moments, severity and counts
"""
