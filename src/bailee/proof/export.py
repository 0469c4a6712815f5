"""Export directories: a ledger as it is handed over, and the lines that open its entries.

Reading only.  Every read is bounded and refuses what is not a plain file, so that a hostile export
neither fills the memory nor makes the verifier wait on a pipe.  spec/ledger.md, "Export directory"
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bailee.proof.malformed import Malformed
from bailee.proof.receipt.entry import (
    BODY_BYTES_MAX,
    FORMAT,
    EntryOpening,
    decode_body,
    decode_subject,
    encode_body,
    encode_subject,
    entry_text,
    read_entry_text,
)
from bailee.proof.tree.chain import KEYS_BYTES_MAX
from bailee.proof.tree.note import NOTE_BYTES_MAX, unbase64
from bailee.proof.tree.tiles import ENTRY_BYTES_MAX, WIDTH, ReadTile, Tile

CHECKPOINT = "checkpoint"
KEYS = "keys"
OPENINGS = "openings.jsonl"

LINE_BYTES_MAX = 16 * BODY_BYTES_MAX
"""A line of openings: body and subject, each byte at most six in JSON, are twelve bodies."""
TILE_BYTES_MAX = WIDTH * (2 + ENTRY_BYTES_MAX)
"""A bundle: no tile or bundle of C2SP tlog-tiles is longer."""

_FIELDS = {
    "index": int,
    "entry": str,
    "kind": str,
    "version": int,
    "time_ms": int,
    "body": dict,
    "nonce": str,
    "subject_commitment": str,
}
_SUBJECT = {"subject": dict, "subject_nonce": str}
_FORMS = ([*_FIELDS], [*_FIELDS, *_SUBJECT])
_TYPES = _FIELDS | _SUBJECT


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Export of a ledger, wherever it lies: what the verifier reads of it."""

    checkpoint: bytes
    keys: bytes
    read_tile: ReadTile
    openings: Callable[[], Iterator[bytes]]


def open_export(folder: Path) -> Export:
    """Open an export directory; FileNotFoundError when checkpoint or keys are no plain file."""

    def read_tile(tile: Tile) -> bytes:
        return read_file(folder / tile.path, TILE_BYTES_MAX)

    # absent means "no change of key" here; what is there and cannot be read is another matter
    keys = folder / KEYS
    return Export(
        checkpoint=read_file(folder / CHECKPOINT, NOTE_BYTES_MAX),
        keys=read_file(keys, KEYS_BYTES_MAX) if keys.exists() else b"",
        read_tile=read_tile,
        openings=lambda: _lines(folder / OPENINGS),
    )


def read_file(path: Path, limit: int) -> bytes:
    """Read a plain file of at most so many bytes; one byte more when it is longer.

    FileNotFoundError when it is absent or no plain file.
    """
    # a pipe or a device would block, or never end
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as file:
        # one byte beyond the limit, so that whoever parses it can tell "too long" from "full"
        return file.read(limit + 1)


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines, bounded, one by one; a ledger whose bodies are all gone has no such file."""
    if not path.exists():
        return
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as file:
        # bounded: a file without a newline would otherwise be read into memory whole
        while line := file.readline(LINE_BYTES_MAX + 1):
            yield line


def write_line(index: int, opening: EntryOpening) -> bytes:
    """Encode one line of `openings.jsonl`."""
    fields: dict[str, object] = {
        "index": index,
        "entry": entry_text(opening.entry),
        "kind": opening.kind,
        "version": FORMAT,
        "time_ms": opening.time_ms,
        "body": decode_body(opening.body),
        "nonce": _base64(opening.nonce),
        "subject_commitment": _base64(opening.subject_commitment),
    }
    if opening.subject is not None and opening.subject_nonce is not None:
        fields["subject"] = decode_subject(opening.subject)
        fields["subject_nonce"] = _base64(opening.subject_nonce)
    return _json(fields)


def _json(fields: Mapping[str, object]) -> bytes:
    """Encode JSON in its one form: no blanks, the least escaping.

    ValueError for a text that has no UTF-8, which JSON can spell as half of a surrogate pair.
    """
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_line(line: bytes) -> tuple[int, EntryOpening]:
    """Parse one line of `openings.jsonl` into index and opening; Malformed when it is none."""
    if len(line) > LINE_BYTES_MAX:
        raise Malformed("opening_size", limit=LINE_BYTES_MAX)
    fields = _fields(line)
    if fields["version"] != FORMAT:
        raise Malformed("opening_format")
    subject, subject_nonce = fields.get("subject"), fields.get("subject_nonce")
    opening = EntryOpening(
        entry=read_entry_text(str(fields["entry"])),
        kind=str(fields["kind"]),
        time_ms=_whole(fields["time_ms"]),
        body=encode_body(_texts(fields["body"])),
        nonce=unbase64(str(fields["nonce"]), "opening"),
        subject_commitment=unbase64(str(fields["subject_commitment"]), "opening"),
        subject=None if subject is None else encode_subject(_texts(subject)),
        subject_nonce=None if subject_nonce is None else unbase64(str(subject_nonce), "opening"),
    )
    return _whole(fields["index"]), opening.check()


def _fields(line: bytes) -> dict[str, object]:
    """Parse a line; Malformed unless it is, byte for byte, what would be written.

    One line has one form: else a field named twice, `-0`, a second escape or a blank would let two
    readers see two things, and every port would have to guess what this parser lets pass.
    """
    try:
        found = json.loads(line.decode())
        if not _is_record(found) or _json(found) != line:
            raise Malformed("opening")
    except (ValueError, RecursionError):
        raise Malformed("opening") from None
    return dict(found)


def _is_record(found: object) -> bool:
    """Tell whether it has the fields in order, each of its type, and its maps are sorted text."""
    # The types come first: what is compared and written below is flat then, however deep the
    # brackets of a hostile line are.
    if not isinstance(found, dict) or [*found] not in _FORMS:
        return False
    # `type`, not `isinstance`: True is an int to Python
    if any(type(value) is not _TYPES[name] for name, value in found.items()):
        return False
    return all(_is_sorted(value) for value in found.values() if isinstance(value, dict))


def _is_sorted(value: dict[str, object]) -> bool:
    return [*value] == sorted(value) and all(isinstance(text, str) for text in value.values())


def _whole(value: object) -> int:
    # the bound of all numbers on the pages, so that every language has a type for them
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise Malformed("opening")
    return value


def _texts(value: object) -> Mapping[str, str]:
    """Take a map that `_is_record` has looked at."""
    return cast("Mapping[str, str]", value)


def _base64(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
