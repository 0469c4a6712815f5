"""Runs Bailee: the command line, and the wiring that composes services and adapters.

In reading order:

- cli: the command line
- serve: the server
- workers: processes without keys that parse what a server receives
- doctor: names what is wrong around a home, without a key
- follow: files read on as they grow, and their lines pushed
- wiring: composes services and adapters
- demo: the demonstration
- config: `bailee.toml`, the settings of a home
- ways: where notices go, as the settings say it
- sending: makes the ways by which notices go out
- private: files that nobody else may read
- hardening: keeps what is in memory in this process
- warming: compiles the scanner's kernels beforehand
- logins: API tokens of servers elsewhere, each in a file that only its owner reads
"""
