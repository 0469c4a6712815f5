"""Words: 256 of four letters, one for each byte, made by a rule so that a slip shows.

A word is consonant, vowel, consonant, vowel.  For the byte 16·h + l: the consonants numbered h and
(h + 5·l + 3) mod 16, around the vowels numbered l div 4 and l mod 4.  The second consonant
follows from the rest, so no two words differ in one letter alone: a letter misread gives no word.
"""

CONSONANTS = "bdfghjklmnprstvz"
VOWELS = "aiou"


def word(byte: int) -> str:
    """Return the word of a byte."""
    high, low = divmod(byte, 16)
    # 5 is prime to 16, so for one first consonant no two bytes share the second.
    first, second = CONSONANTS[high], CONSONANTS[(high + 5 * low + 3) % 16]
    return first + VOWELS[low // 4] + second + VOWELS[low % 4]


WORDS = tuple(word(byte) for byte in range(256))


def in_words(data: bytes) -> str:
    """Write bytes as words."""
    return " ".join(WORDS[byte] for byte in data)
