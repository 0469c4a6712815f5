"""The holding of logs: lines with placeholders sealed apart from the names that belong in them.

A batch becomes two sealed objects that die at different times, *text* and *names*, and an entry
that commits to each line and each value.  spec/batch.md, spec/segment.md

Where a line of code belongs, by what it does with a line of a log:

- taking in: service, intake, charset, lines, times, severity, values, placeholder, counts, batch,
  commitment, committing; compiled loops in kernels
- kept form: model, segment, index, merging, keeping
- looking: searching, wording, about, window, needle, columns, sifting, gathering, pieces, token,
  listing
- giving back and proving: restoring, proving, evidence
- ending: erasing, months, destroying, wishes, ending, expiring
- for all of these: acts, port
"""
