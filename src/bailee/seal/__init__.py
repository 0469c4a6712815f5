"""Sealing: bytes in, sealed bytes out, and back; pure, without I/O, keys only behind ports.

Large things are streams in Tink's wire format (`stream`), small ones padded rows (`row`), backups
go to an offline public key (`envelope`).  Nothing here knows of grants: who holds a `Sealer` may
seal, who holds an `Opener` may open, and the keyring decides who holds which.
"""
