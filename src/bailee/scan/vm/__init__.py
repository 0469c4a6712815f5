"""The machine under the kernels: instructions that numba lacks, and the memory that they share.

The law of this room: nothing here knows what an identifier is.

In reading order:

- declared, machine: kernels, their pieces, instructions; raw loads, comparisons of 64 bytes
- char: names of the bytes that text is compared with
- context: the memory that kernels share, one array of slots
- emit: writes finds, leftmost first and never overlapping
- table: byte classes and hash tables, laid out
- words: words and keys looked up in those tables
- lanes: masks of eight steps computed at once
- planes: which bytes are worth a look: the anchors
- teddy: short words found 64 bytes at a time
- rows: columns of finds, merged
- cpu, cache: for which processor kernels are compiled, and where they are kept
- compiling, linking: machine code made by numba, and brought into a process without it
"""
