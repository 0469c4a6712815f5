"""The holding of logs: lines with placeholders sealed apart from the names that belong in them.

A batch becomes two sealed objects that die at different times, *text* and *names*, and an entry
that commits to each line and each value.  spec/batch.md, spec/segment.md

In reading order:

- what is asked and recorded: acts, show, facts
- what is kept: model, steps, state, port
- a line comes in: ingest, push, times
- it is kept: store
- it is looked for: search, window, pieces, token, tally
- it is given back and proven: proof
- it ends: retention
- it is compared with all that speaks of it: audit
- compiled loops for several of these: kernels
"""
