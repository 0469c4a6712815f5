"""Keys: the acts on them; turning, which makes deletions final; and what brings them back.

The keyring holds keys and knows their tree; this room decides when they change.  In reading order:

- who may ask, and what is shown: acts, model, port, service, show
- a turn: state, turn
- when a deletion is final, and when a destruction by date may run: erasure, finality, schedule
- how late it is: clocks
- the root on paper: recovery, shares
- after a restore: restore
- every key opened as a test: audit
- a server that drops its keys, or is given them: seals
"""
