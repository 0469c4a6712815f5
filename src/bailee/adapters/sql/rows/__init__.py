"""Row adapters, one module per noun: hand-written statements behind the noun's port."""
