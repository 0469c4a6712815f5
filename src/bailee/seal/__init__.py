"""Sealing: bytes in, sealed bytes out, and back; pure, without I/O, keys only behind ports.

Nothing here knows of grants: who holds a `Sealer` may seal, who holds an `Opener` may open, and
the keyring decides who holds which.  In reading order:

- what it needs from outside: port
- how keys are derived: kdf, leaf
- small values, as padded rows: row, padding
- large things, as streams in Tink's wire format: layout, stream
- backups, sealed to a public key whose other half is on paper: envelope
- what hides a log line that stands beside a proven one: salts
"""
