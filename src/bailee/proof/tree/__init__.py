"""The transparency log's tree and its signed heads: the formats of C2SP and RFC 6962, verified.

In reading order:

- merkle: roots, inclusion and consistency
- growing: a tree that grows by its right edge, with proofs
- tiles: where nodes and entries lie, as files
- note: signed notes and verifier keys
- checkpoint: the signed head of a log
- chain: how a log changes its key
"""
