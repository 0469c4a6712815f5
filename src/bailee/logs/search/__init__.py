"""Search: lines by time, stream, text and person; identifiers stay tokens until they are opened.

In reading order:

- bind: pairs the requests with their methods
- service: the acts of searching and of opening identifiers, each recorded before it reads
- about: one value as a person writes it, as what the vault may hold it by
- wording: which texts may be looked for as words
- pattern: a text looked for in stored text
- filter: which lines of one batch are meant
- scan: lines out of the batches within reach, in order of receipt
- ordering: the same by the time at which they happened
- listing: which streams there are, counted
- pasted: pasted: what a person copies around an identifier, taken off again
"""
