"""Names: which names one log has as it is rotated: `a.log`, `a.log.1`, `a-20261201.log.gz`."""

import re
from typing import Final

_PACKED: Final = r"(?:\.(?:gz|zst|xz|bz2|lzma|lz4))?"
_NUMBER: Final = r"[-._]\d[-._\dT:Z+]*?"
_BEHIND: Final = re.compile(rf"(?P<name>.+?)(?:{_NUMBER}|\.old|\.bak){_PACKED}", re.DOTALL)
_WITHIN: Final = re.compile(
    rf"(?P<stem>.+?){_NUMBER}(?P<end>\.[A-Za-z][A-Za-z0-9]*?){_PACKED}", re.DOTALL
)
_ALONE: Final = re.compile(rf"(?P<name>.+?){_PACKED}", re.DOTALL)


def family(name: str) -> str:
    """Give the name that a log has before it is rotated: its own, when it is not."""
    found = _BEHIND.fullmatch(name)
    if found is not None:
        return found["name"]
    found = _WITHIN.fullmatch(name)
    # Of `a-1.gz` what is left is no ending of a log: it was found above already.
    if found is not None:
        return found["stem"] + found["end"]
    found = _ALONE.fullmatch(name)
    return name if found is None else found["name"]
