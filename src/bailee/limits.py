"""The bounds of everything that comes in, each with its unit and its reason.

tests/house/test_limits.py tries each at n and at n + 1.
"""

SEGMENT_BYTES = 65_536
"""Sealed segment of the Tink format: 4 KiB anywhere costs one segment, 18 µs as measured."""

LABEL_CHARS = 63
"""A client's label: a DNS label, so that it can become a host name later."""

NAME_BYTES = 1_024
"""An object's name in UTF-8: the bound of S3 keys, whose front comes on top of this."""

REASON_BYTES = 4_096
"""A free-text reason: a paragraph, not a file."""

OS_USER_BYTES = 256
"""An operating-system user name; Linux stops at 32, directory services at 256."""

LOG_ENTRY_BYTES = 65_535
"""An entry in a tile bundle, C2SP tlog-tiles: its length is a uint16."""

GRANT_SECONDS = 5.0
"""A grant is used at once or not at all."""

UNSEQUENCED_SECONDS = 5.0
"""How long an entry may wait for its checkpoint before no more grants are made."""

RESERVE_BYTES = 64 * 1024 * 1024
"""Kept free so that a full disk can still record refusals and deadlines."""

CUSTODIANS_MIN = 2
"""Fewer copies of the turn secret than this, and one broken disk loses everything."""

SHARES_MAX = 7
"""Recovery shares: every subset of t gets a part, and 7 over 3 is already 35."""

PASSPHRASE_CHARS_MIN = 12
"""Below this, Argon2id only delays."""

NOTE_SIGNATURES_MAX = 16
"""Signatures on one checkpoint; C2SP signed-note asks for at least 16."""

BLOCK_LINES = 50_000
"""Lines of a block: what stays linked after the names have died, and what one proof spans."""

BATCH_BYTES = 64 * 1024 * 1024
"""Received bytes of a batch: what is redone after a crash, and half of the memory it takes."""

BATCH_LINES = 400_000
"""Lines of a batch, for logs of short lines."""

BATCH_BLOCKS = 22
"""Blocks of a batch: their roots must fit one ledger entry."""

ABOUT_BYTES = 4_096
"""One value that is asked about: a user agent is the longest, and some are a few KiB."""

FOLDER_DEPTH = 64
"""Folders in folders that are walked for files to take in: each holds a descriptor open."""

TEXT_BYTES = 1_024
"""A text that is looked for in lines: kept in the ledger; longer than this it is a line."""

SEARCH_LINES = 1_000_000
"""Lines that one search shows: more is an export."""

REVEAL_VALUES = 500
"""Identifiers opened by one act: its entry names each, and an entry has its own bound."""
