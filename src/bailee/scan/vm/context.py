"""Context: the memory that kernels share, one array of 64-bit slots, whose numbers are here.

Law: a kernel gets the address of this array and nothing else.  The first slots say where text,
tables and columns are, the rest is the state of the sweep.  `Context` holds every array whose
address it hands out, so that nothing moves or dies under a kernel.
"""

# Slots are named by their offset in bytes, so that a kernel adds it to the array's address; `get`
# and `put` of `Columns` divide it by eight.
TEXT = 0
"""Address of the block's first byte; finds are counted from here."""
SIZE = 8
ANCHORS = 16
CLASSES = 24
"""256 words of 16 bits: the classes of each byte, below."""
KEYS = 32
KEYS_MASK = 40
KEY_ENDS = 48
"""Bitmap of how keys end."""
WORDS = 56
WORDS_MASK = 64
OPS = 72
"""Template instructions, four words of 32 bits each."""
LITERALS = 80
TEMPLATES = 88
"""Per template eight words of 32 bits: first op; first bytes and their mask; rule; number of a
space, bytes beside it, their mask, and how far from the space they begin, plus 8."""
LINE_FORMS = 96
"""Per opening of a line (a date, one with a T, a stamp, another) and first byte, a bit per line
template that may start so; the line templates are the first of all templates."""
PROGRAMS = 104
PROGRAMS_MASK = 112
PHRASES = 120
"""Where the rows of each gram begin, by its slot; rows of six words of 32 bits: gram, literal's
offset, its length, the gram's place in it, first op, rule; 2³² - 1 is the last gram."""
FORM_FITS = 128
"""Per line template, how many lines it fitted."""
IBANS = 136
PLANS = 144
PLANES = 168
"""Where the planes of a group of steps are noted."""

OUT_START = 200
OUT_END = 208
OUT_KIND = 216
OUT_RULE = 224
OUT_FLAGS = 232
OUT_LINE = 240
OUT_COUNT = 248
LINE_STARTS = 256
LINE = 264
LINE_START = 272
LINE_END = 280
FLOOR = 288
"""Nothing may start before this address any more."""
CLAIMS = 296
CLAIM_COUNT = 304
CLAIM_AT = 312
CLAIM_NEXT = 320
"""Address where the next claim of the line's recipe starts."""
# What bounds the work on hostile lines: without these notes, each anchor of `eyJeyJ…`, `@@@@…` or
# `::::…` is followed to the end of the run, and a line costs the square of its length.
NO_TOKEN = 328
"""Up to this address a long look-ahead has already failed, per verifier."""
NO_MAIL = 336
NO_COLON = 344
SPACES = 416
"""Where the first four spaces of a line or message are; the first of these slots is not used."""
SPACES_MAX = 4
NO_CLOSE = 480
NO_HOST = 488
SWEPT = 496
"""How much of the block has been swept; 0 begins a new one."""
ESCAPED = 352
"""Lines set aside because they hold escapes: their numbers."""
ESCAPED_COUNT = 360
DECODED = 368
"""1 when the text has been decoded already, and escapes mean nothing any more."""
SCRATCH = 376
"""Where a phrase keeps its finds until it has matched whole."""
PROGRAM = 384
"""Number of the program whose message is read; 0 is any without a recipe."""
PROGRAM_STARTS = 392
"""Per program and first byte of a message, a bit per template that may start so."""
MESSAGE_AT = 400
PROGRAM_ROWS = 408
"""Per program, the number of its first template."""
DECODED_ROWS = 416
"""How many rows of the decoded text there are."""
LAYOUT = 456
"""Address of the layout of columns that a header gave, or 0."""
LAYOUTS = 464
LAYOUT_COUNT = 472
FRESH = 504
"""How many lines of a stream are still looked at for a header."""
PERSON = 160
"""Address of the brace that opens a person's object; it counts on its own line."""
PERSON_AT = 184
"""How far the object's braces have been counted."""
PERSON_DEPTH = 192
ESCAPED_LAYOUTS = 152
"""Per line set aside, the layout of its columns."""
SLOTS_BYTES = 512

# Classes are bits of a word of 16: one look-up tells several.
DIGIT = 1
ALPHA = 2
"""A letter of ASCII, or any byte above it."""
HEX = 4
LOCAL = 8
"""May stand left of @ in a mail address."""
HOST = 16
KEY = 32
STOP = 64
"""Ends a value that is not quoted."""
TOKEN = 128
BLANK = 256
WORD = 512
ACCOUNT = 1024
INNER = 2048
"""A letter or digit of ASCII, or `_`: none of these stands beside a number or an address."""
PLAIN = 4096
"""A letter or digit of ASCII."""
ALNUM = DIGIT | ALPHA

# What the table of words says of one; a word may be several of these.
IS_PLACEHOLDER = 1
IS_SYSTEM = 2
IS_COMMON = 4
IS_VERSION = 8
IS_CALL = 16
"""Words near a telephone number."""
IS_FILE = 32
"""An ending of file names or of systemd units, never a top-level domain."""
IS_SHARED = 64
"""A folder of homes that is nobody's, such as `Public`."""
IS_GRAMMAR = 128
"""A word of sentences, never the account behind `for user`."""
IS_PRODUCT = 256
"""A program, or what is done to one: small numbers after it are a version, others are not."""

IS_LINK = 512
"""A word between the word version and the version: `is`, `installed`, `from`."""
IS_UPDATED = 1024
"""What was done to a program, before from and to."""
IS_PLACE = 4096
"""A word that stands before an address, even one of small numbers."""
IS_ENDING = 2048
"""What versions end in: `-SNAPSHOT`, `.Final`."""

IS_SERIAL = 8192
"""Words before a number of a certificate or a machine."""
IS_PROSE = 32768
"""A word that stands behind `user` or `for` in prose; of a machine it may be the name."""
IS_PROTOCOL = 16384
"""Domains behind the @ of names that programs agree on, not of mail."""

IS_TOPIC = 65536
"""A word that a sentence about an account has: `authentication`, `password`."""
IS_FOLDER = 131072
"""A collection that holds those of each account: `/dav/files/`."""

# An address that no process has: CPUs give one at most 2⁵⁶ bytes.
FAR = 1 << 62
