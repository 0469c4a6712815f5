"""Rows that confer power: policies and settings, the clock, and what each decision rests on."""
