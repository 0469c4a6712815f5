"""Finds identifiers in any log: bytes in, finds out, pure.  See `scanner` and spec/scan.md.

`Scanner` is loaded when it is asked for: numba takes a second to import, and most of what the
program does needs no kernel.
"""

from typing import TYPE_CHECKING, Any

from bailee.scan.kinds import Flag, Kind, Rule

if TYPE_CHECKING:
    from bailee.scan.own import Own
    from bailee.scan.scanner import Finds, Scanner, Stream

__all__ = ["Finds", "Flag", "Kind", "Own", "Rule", "Scanner", "Stream"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from bailee.scan import own, scanner  # noqa: PLC0415  # the point of this function

    return getattr(own if name == "Own" else scanner, name)
