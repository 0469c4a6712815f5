"""The bounds of everything that comes in, each with its unit and its reason.

tests/test_limits.py tries each at n and at n + 1.  `proof/` is shipped alone and may import nothing
from here: what a verifier reads has its bounds there, as constants that end in `_MAX`, which the
same test tries.  Not here: how large a cache grows, and how long something must be to be an
identifier, which is the grammar of `scan/detect/`.
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

BODY_FIELDS = 256
"""Fields of an entry's body: a batch of 22 blocks with eight figures each, and room."""

FIELD_CHARS = 40
"""The name of a field: a few words joined by hyphens, written by our own code."""

SUBJECT_BYTES = 16_384
"""A subject, all fields together: a reason of 4 KiB beside the names it speaks of."""

DOMAIN_CHARS = 253
"""The provider's domain: what DNS can carry, RFC 1035."""

DESTINATIONS_MAX = 16
"""Places for backups: each has two fields in the entry that records a change of them."""

TURN_DAYS_MAX = 31
"""Days between two turns: a person who asks for erasure is owed it within a month (GDPR 12(3))."""

CHECK_DAYS_MAX = 92
"""Days in which a deep check reads everything once: damage is to be found while a backup of before
is still kept."""

MAILBOX_CHARS = 254
"""A mailbox, as SMTP permits it (RFC 5321, 4.5.3.1.3)."""

MAIL_RECIPIENTS_MAX = 16
"""Mailboxes that notices go to: those of functions, each with a line in every outbox."""

WEBHOOKS_MAX = 16
"""Receivers that notices are posted to."""

URL_CHARS = 2_048
"""The URL of a webhook, or the name of a mail server."""

GRANT_SECONDS = 5.0
"""A grant is used at once or not at all."""

UNSEQUENCED_SECONDS = 5.0
"""How long an entry may wait for its checkpoint before no more grants are made."""

RESERVE_BYTES = 64 * 1024 * 1024
"""Kept free so that a full disk can still record refusals and deadlines."""

SETTINGS_BYTES = 16_384
"""`bailee.toml`; tomllib takes time in the square of a name's parts, 2 s for so many bytes."""

CUSTODIANS_MIN = 2
"""Fewer copies of the turn secret than this, and one broken disk loses everything."""

SHARES_MAX = 7
"""Recovery shares: every subset of t gets a part, and 7 over 3 is already 35."""

PASSPHRASE_CHARS_MIN = 12
"""Below this, Argon2id only delays."""

PASSPHRASE_BYTES = 4_096
"""A passphrase from a descriptor or a command: a sentence, not a file."""

SHARE_PAGE_CHARS = 8_192
"""A page of a recovery share as it is typed back; one of the largest kit has under 2,500."""

KEY_FILE_BYTES = 1 << 20
"""A file of a custodian, or the keyring; all but the lists of deleted keys are under 1 KiB."""

DUE_FILE_BYTES = 1 << 26
"""A custodian's list of deleted keys: 262,144 of 256 bytes, then a turn has to come first."""

SEALED_SEGMENTS = 1 << 32
"""Segments of one stream: the index in the nonce is 32 bits, 256 TiB in all."""

BACKUP_HEAD_BYTES = 4_096
"""The head of a backup, read before anything vouches for it; ours has 1,600."""

ARCHIVE_HEAD_BYTES = 65_536
"""A signer's memory or a checkpoint in a backup, held in memory until the rows are there."""

LINE_BYTES = 1024 * 1024
"""A line of a log: a longer one is cut, at a blank when there is one near, and the cut noted."""

COUNTED_DAYS = 400
"""Days of a batch that are counted apart, the fullest: a year and what clocks got wrong."""

OWN_ENTRIES = 65_536
"""Entries of the list of one's own addresses and accounts: each is hashed for each find."""

EXPLAINED_BYTES = 65_536
"""What `--explain` looks at of a line: regular expressions, for a person who reads it."""

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

FOLLOWED_FILES = 10_000
"""Files that one process follows: each has a record, and a look at it twice a second."""

FOLDER_DEPTH = 64
"""Folders in folders that are walked for files to take in: each holds a descriptor open."""

ARCHIVE_MEMBERS = 10_000
"""Files of one archive that is taken in: a year of a host's logs has some thousands."""

STORE_DEPTH = 16
"""Folders in the name of a stored file; ours have three, and a backup names what it brings."""

TEXT_BYTES = 1_024
"""A text that is looked for in lines: kept in the ledger; longer than this it is a line."""

SEARCH_LINES = 1_000_000
"""Lines that one search shows: more is an export."""

REVEAL_VALUES = 500
"""Identifiers opened by one act: its entry names each, and an entry has its own bound."""

TOKENS_MAX = 1_000
"""API tokens that stand: all rows that confer power are read when a process starts."""

TOKEN_NETWORKS = 32
"""Networks that one API token may be shown from: each is compared at each use."""

BUDGET_VALUES_MAX = 1_000_000_000
"""Identifiers a day that two people may agree on: more than any export of a day has."""

BUDGET_DAYS_MAX = 31
"""Days that they may agree on at once: a rights request is answered within a month."""

PUSH_BYTES = 8 * 1024 * 1024
"""Lines of one push, unpacked: one block, and what a group of small pushes is filled up to."""

PUSHES_HELD_BYTES = 64 * 1024 * 1024
"""Lines that were pushed and are not durable yet: beyond it a shipper is told to come again."""

PUSH_SOURCE_BYTES = 256
"""The name of a source of pushed lines: a path with a host's name before it."""
