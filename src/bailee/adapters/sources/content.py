"""Content: tells by its first bytes what is a log, and what nobody here could read as one.

Taken in as text, bytes that mean something else would hide every identifier in them, and count as
whole.  So what is recognised as another form is refused, with what to do instead; and so is what
is no text in any encoding that is read.
"""

from bailee import errors
from bailee.scan.encodings import encoding_of

_FORMS: tuple[tuple[bytes, str], ...] = (
    (b"LPKSHHRH", "journal"),
    (b"ElfFile\0", "evtx"),
    (b"\x1f\x9d", "compressed"),
    (b"\x1f\xa0", "compressed"),
    (b"LZIP", "compressed"),
    (b"\x89LZO\0\r\n\x1a\n", "compressed"),
    (b"\xff\x06\0\0sNaPpY", "compressed"),
    (b"\x02\x21\x4c\x18", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"MSCF\0\0\0\0", "archive"),
    (b"!<arch>\n", "archive"),
    (b"070701", "archive"),
    (b"070702", "archive"),
    (b"070707", "archive"),
    (b"\xc7\x71", "archive"),
    (b"SQLite format 3\0", "binary"),
    (b"PAR1", "binary"),
    (b"\xd4\xc3\xb2\xa1", "binary"),
    (b"\xa1\xb2\xc3\xd4", "binary"),
    (b"\x0a\x0d\x0d\x0a", "binary"),
    (b"\x7fELF", "binary"),
    (b"%PDF-", "binary"),
)
"""First bytes of what is refused by its name; the second word is of its message."""

_CONTROLS = frozenset(range(1, 0x20)) - frozenset(b"\a\b\t\n\v\f\r\x1a\x1b")
_PROBED_MIN = 64
"""Of fewer bytes nothing is said: a short line may hold anything."""
_CONTROLS_SHARE, _BROKEN_SHARE = 0.04, 0.1
# EBCDIC: its space is 0x40 and its digits and letters lie above 0x80; it has no newline of ASCII.
_EBCDIC_SPACE, _EBCDIC_SHARE, _EBCDIC_SPACES = 0x40, 0.5, 0.04
_ASCII_BLANKS = b" \n"


def require_text(head: bytes) -> None:
    """Refuse what is no log by its first bytes; PartlyDone says what it is."""
    for magic, what in _FORMS:
        if head.startswith(magic):
            raise errors.PartlyDone(f"errors_sources.form-{what}")
    if not encoding_of(head) and _is_no_text(head):
        raise errors.PartlyDone("errors_sources.form-unknown")


def _is_no_text(head: bytes) -> bool:
    # A log whose writer went on where a truncated file had ended begins with zeros: they say
    # nothing.
    probe = head.replace(b"\0", b"")
    if len(probe) < _PROBED_MIN:
        return False
    broken = _broken(probe)
    controls = sum(byte in _CONTROLS for byte in probe)
    # Both: text of another encoding is broken as UTF-8, and some logs write control characters.
    if controls > _CONTROLS_SHARE * len(probe) and broken > _BROKEN_SHARE * len(probe):
        return True
    spaces = probe.count(_EBCDIC_SPACE)
    return (
        broken > _EBCDIC_SHARE * len(probe)
        and spaces > _EBCDIC_SPACES * len(probe)
        and not any(blank in probe for blank in _ASCII_BLANKS)
    )


def _broken(probe: bytes) -> int:
    """Count the bytes that are no part of UTF-8."""
    text = probe.decode("utf-8", "surrogateescape")
    return sum("\udc80" <= char <= "\udcff" for char in text)
