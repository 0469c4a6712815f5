"""The demo: a story told by the real commands, on what was invented for it."""
