"""Scanning: finds identifiers in the bytes of any log; bytes in, finds out, pure.

`Scanner` is loaded when it is asked for: numpy takes a while to import, and most of what the
program does needs no kernel.  spec/scan.md

In reading order:

- kinds: the closed vocabulary of what can be found, and of what is known about a find
- scanner: the library: a text or a stream in, columns of finds out
- recipes: what each log format says of its fields, as data
- vm: the instructions and tables that kernels share
- detect: the kernels: from places that are worth a look to finds
- buffers: the arrays that a scan works in
- encodings: UTF-16 becomes UTF-8 before anything is scanned
- propagate: names that were found once, found again where no rule did
- armour: private keys that stand over several lines
- carried: secrets that stand on the lines after their keys
- own: the operator's own servers and accounts get a flag
- dictionary: distinct values of some finds, numbered
- canonical: one form per value, for keyed indexes
- summary: counts by kind, with samples that show no value
- explain: why something that looks like an identifier was not taken for one
- listing: listing: the finds of a block as text, a line each, written by a kernel
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
