"""Commands that do more than ask and show, a file each; all others are derived.

In reading order:

- object, ledger: bytes beside a request: a file in, a folder out
- log, scanned: a scan, which stores nothing and needs no home, and how it is shown
- log_ingest: many sources, progress, and an interrupt that leaves all whole
- log_search, log_streams: lines with tokens, opened when asked; streams by day
- init, backup, home, key: homes that are not there yet or too old, and recovery shares on paper
- verify, promise, demo: nothing is opened
- serve: holds a home open for others
- doctor: doctor command: `bailee doctor` names what is wrong around a home, and what to do about it
"""
