"""Retention: how kept logs end: values by erasure, secrets by their term, months by their keys."""
