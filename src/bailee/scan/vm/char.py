"""Names of bytes, for comparisons with text: `char.DOT` where a decimal would say 46.

Law: a byte that text is compared with has one name, and it stands here; a word of several bytes
is spelt where it is used, `word(b"time")`, in the order in which a kernel loads it.  All are plain
integers of a module, which numba compiles in as constants: a name costs no instruction.
"""

# A line of a log is one of text: the bytes below the printable ones that a verifier meets, and
# those of which JSON has a short form.
TAB, NEWLINE, RETURN, ESCAPE, SPACE = b"\t\n\r\x1b "
BACKSPACE, FORM_FEED = b"\b\f"
EXCLAMATION, QUOTE, HASH, DOLLAR, PERCENT, AMPERSAND, APOSTROPHE = b"!\"#$%&'"
OPEN_PAREN, CLOSE_PAREN, STAR, PLUS, COMMA, DASH, DOT, SLASH = b"()*+,-./"
ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE = b"0123456789"
COLON, SEMICOLON, LESS, EQUALS, GREATER, QUESTION, AT_SIGN = b":;<=>?@"
OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, CARET, UNDERSCORE, BACKTICK = b"[\\]^_`"
OPEN_BRACE, BAR, CLOSE_BRACE, TILDE, DELETE = b"{|}~\x7f"

UPPER_A, UPPER_D, UPPER_E, UPPER_F, UPPER_I, UPPER_K, UPPER_T = b"ADEFIKT"
UPPER_V, UPPER_W, UPPER_Z = b"VWZ"
LOWER_A, LOWER_B, LOWER_C, LOWER_D, LOWER_E, LOWER_F, LOWER_G, LOWER_H = b"abcdefgh"
LOWER_L, LOWER_M, LOWER_N, LOWER_O, LOWER_P, LOWER_R, LOWER_S, LOWER_T = b"lmnoprst"
LOWER_U, LOWER_V, LOWER_X, LOWER_Z = b"uvxz"

QUOTES = (QUOTE, APOSTROPHE)

# From here on a byte is no ASCII: part of a character in UTF-8, or a letter in Latin-1.
HIGH = 0x80
# UTF-8 begins the signs of Latin-1 (no-break space, guillemets) with C2, and the punctuation and
# spaces that word processors write (curved quotes, narrow spaces) with E2.
LATIN_LEAD, PUNCTUATION_LEAD = 0xC2, 0xE2

# The bit by which a small letter differs from its capital.  Setting it also maps other bytes to
# each other (`@` to `` ` ``, `[` to `{`), so that only a comparison with a letter may use it.
CASE = 0x20
CASE_TWO, CASE_THREE, CASE_FOUR, CASE_SIX = 0x2020, 0x20_2020, 0x2020_2020, 0x2020_2020_2020
"""The same bit in each byte of a word."""
THREE_BYTES = 0xFF_FFFF
"""Mask of a word's first three bytes: kernels load two, four or eight."""


def word(text: bytes) -> int:
    """Return the number that a load of this text gives: x86 and ARM put the first byte lowest."""
    return int.from_bytes(text, "little")
