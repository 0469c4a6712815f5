"""Retention: how kept logs end: values by erasure, batches by their terms, months by their keys."""
