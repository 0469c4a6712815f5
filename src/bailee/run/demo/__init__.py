"""Demo: a story shown by the real commands, on logs that were invented for it."""
