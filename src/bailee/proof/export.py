"""The export directory: a log as it is handed over, and the lines that open its entries.

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
"""Body and subject in JSON take six bytes for one at most, twelve bodies' worth with the rest."""
TILE_BYTES_MAX = WIDTH * (2 + ENTRY_BYTES_MAX)

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
    """What the verifier reads of a log, wherever it lies."""

    checkpoint: bytes
    keys: bytes
    read_tile: ReadTile
    openings: Callable[[], Iterator[bytes]]


def open_export(folder: Path) -> Export:
    """Open an export directory; FileNotFoundError when it holds no checkpoint."""

    def read_tile(tile: Tile) -> bytes:
        return read_file(folder / tile.path, TILE_BYTES_MAX)

    keys = folder / KEYS
    return Export(
        checkpoint=read_file(folder / CHECKPOINT, NOTE_BYTES_MAX),
        keys=read_file(keys, KEYS_BYTES_MAX) if keys.exists() else b"",
        read_tile=read_tile,
        openings=lambda: _lines(folder / OPENINGS),
    )


def read_file(path: Path, limit: int) -> bytes:
    """Read a plain file of at most so many bytes; one byte more when it is longer."""
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as file:
        return file.read(limit + 1)


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines one by one; a log whose bodies are all gone has no such file."""
    if not path.exists():
        return
    if not path.is_file():
        raise FileNotFoundError
    with path.open("rb") as file:
        while line := file.readline(LINE_BYTES_MAX + 1):
            yield line


def write_line(index: int, opening: EntryOpening) -> bytes:
    """Write one line of `openings.jsonl`."""
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
    """Write JSON in its one form: no blanks, the least escaping.  ValueError for half a pair."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def read_line(line: bytes) -> tuple[int, EntryOpening]:
    """Read one line of `openings.jsonl`: index and opening; Malformed when its form is wrong."""
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
    if not isinstance(found, dict) or [*found] not in _FORMS:
        return False
    if any(type(value) is not _TYPES[name] for name, value in found.items()):
        return False
    return all(_is_sorted(value) for value in found.values() if isinstance(value, dict))


def _is_sorted(value: dict[str, object]) -> bool:
    return [*value] == sorted(value) and all(isinstance(text, str) for text in value.values())


def _whole(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise Malformed("opening")
    return value


def _texts(value: object) -> Mapping[str, str]:
    """Take a map that `_is_record` has looked at."""
    return cast("Mapping[str, str]", value)


def _base64(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
