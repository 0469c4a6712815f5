"""Store: the kept form of logs: redacted text, identifier map, and the index of tokens.

spec/batch.md, spec/segment.md.  In reading order:

- lines: received bytes cut into blocks of whole lines
- placeholder: stored text from received bytes and back, over whole blocks
- commitment: what a block commits to: roots over its lines and its values
- segment: redacted text and identifier map of a batch, as columns
- segments: those objects as sealed files, written durably and opened against a grant
- columns: what a search reads of the objects
- index: in which row groups a token stands, as sorted runs
- merging: runs of the index made fewer
- kernels: compiled loops for lines, values, text and leaves
"""
