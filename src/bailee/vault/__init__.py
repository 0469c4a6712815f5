"""The one place where identifiers live: token → sealed value, per client and month of custody.

A token is random and says nothing; what it stands for opens only against a grant, and a value that
was erased can never be had back from its token.  One value has one token in an epoch until it is
erased, and tokens of two epochs or clients cannot be linked.  spec/vault.md
"""
