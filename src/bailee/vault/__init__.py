"""Vault: the one place where identifiers are kept, as token → sealed value, per client and epoch.

A token is random and says nothing; what it stands for opens only against a grant, and a value that
was erased can never be had back from its token.  One value has one token in an epoch until it is
erased, and tokens of two epochs or clients cannot be linked (spec/invariants.md I8).  The next turn
gives a vault in which something was erased a new key, so that older copies of the value open
nowhere.
spec/vault.md

In reading order:

- model: values and tokens
- port: what the vault needs from outside
- epoch: which month of custody something belongs to, and how long its keys live
- service: values in, tokens out, and the way back
- interning: the tokens of many values, looked up or drawn at once
- memory: known tokens, in bounded memory
"""
