"""Telemetry: what a server says of itself to those who watch it: figures and events, of nobody.

Every name, every label's word and every field is of a closed list here or handed in as one; what is
in none is refused.  No id, no label of a client, no address and no text of anybody's is in any.

In reading order:

- metrics: the figures, each with its labels and their words
- measures: what was counted, and is
- exposition: writes the figures as Prometheus reads them
- events: the events, each with its fields, as lines of JSON
"""
