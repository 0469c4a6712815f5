"""Turning keys: what makes a deletion final, and what brings keys back when a machine is gone.

The keyring holds keys and knows their tree; here is when they change (`state`, `turn`), who may
ask (`service`), when a scheduled destruction may run (`schedule`), and the paper kit (`recovery`).
"""
