"""Vault keys: ciphers under one, chains of spellings, and how a turn replaces it."""
