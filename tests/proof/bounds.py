"""What the bounds of `bailee.proof` are tried on: each says whether something so large is taken.

Where nothing can be as large as a bound and whole, it says that the size is not what is refused.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.proof.honest_log import HonestLog
from tests.proof.make_line_vectors import whole

from bailee.proof.export import CHECKPOINT, open_export, read_line
from bailee.proof.malformed import Malformed
from bailee.proof.receipt import batch
from bailee.proof.receipt.entry import EntryOpening, decode_body, encode_body
from bailee.proof.receipt.line_receipt import LineReceipt, OpenedValue, read_line_receipt
from bailee.proof.receipt.receipt import read_receipt
from bailee.proof.tree import chain
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.note import (
    TIMESTAMPED,
    Note,
    NoteSignature,
    read_note,
    sign,
    signatures_by,
)
from bailee.proof.tree.tiles import ENTRIES, WIDTH, Tile, bundle

Row = Callable[[int, Path], bool]


def takes(read: Callable[[], object], slug: str = "") -> bool:
    """Tell whether what is read is taken; with a slug, whether it is not refused for that."""
    try:
        read()
    except Malformed as error:
        return bool(slug) and error.reason != slug
    return True


# --- receipts --------------------------------------------------------------------------------


def _receipt(**changed: object) -> LineReceipt:
    return replace(whole(), **changed)  # type: ignore[arg-type]  # the fields of each row


def _value(ordinal: int, raw: bytes = b"x") -> OpenedValue:
    return OpenedValue(ordinal=ordinal, salt=bytes(16), r=bytes(32), raw=raw, path=())


def _reads(made: LineReceipt) -> bool:
    return takes(lambda: read_line_receipt(made.encode()))


def _values(size: int, _: Path) -> bool:
    return _reads(_receipt(values=tuple(map(_value, range(size)))))


def _leaf(size: int, _: Path) -> bool:
    return _reads(_receipt(leaf=bytes(size)))


def _raw(size: int, _: Path) -> bool:
    return _reads(_receipt(values=(_value(0, bytes(size)),)))


def _path(size: int, _: Path) -> bool:
    return _reads(_receipt(path=(bytes(32),) * size))


def _line_receipt(size: int, _: Path) -> bool:
    return takes(lambda: read_line_receipt(bytes(size)), "receipt_size")


def _whole_receipt(size: int, _: Path) -> bool:
    return takes(lambda: read_receipt(bytes(size)), "receipt_size")


def _batch(**changed: str) -> EntryOpening:
    opening = whole().entry.opening
    return replace(opening, body=encode_body({**decode_body(opening.body), **changed}))


def _epoch(size: int, _: Path) -> bool:
    return takes(lambda: batch.read_batch(_batch(epoch=str(size))))


# --- entries ---------------------------------------------------------------------------------


def _opening(**changed: object) -> EntryOpening:
    return replace(HonestLog().fill(1).openings[0], **changed)  # type: ignore[arg-type]  # as above


def _time_ms(size: int, _: Path) -> bool:
    return takes(_opening(time_ms=size).check)


def _body(size: int, _: Path) -> bool:
    return takes(_opening(body=bytes(size)).check)


def _export_line(size: int, _: Path) -> bool:
    return takes(lambda: read_line(b" " * size), "opening_size")


# --- the tree --------------------------------------------------------------------------------


def _keys(size: int, _: Path) -> bool:
    """Take the longest chain of so many bytes; past the bound, the shortest that is longer."""
    log, found = HonestLog(), b""
    for term in range(chain.KEYS_BYTES_MAX):
        change = log.change_key()
        both = (log.private(term).sign, log.private(term + 1).sign)
        note = chain.sign_key_change(change, *both).encode()
        if len(found) + len(note) > size and (size <= chain.KEYS_BYTES_MAX or len(found) >= size):
            break
        found += note
    return takes(lambda: chain.read_key_changes(found, log.origin))


def _size(size: int, _: Path) -> bool:
    return takes(lambda: read_size(str(size)))


def _note(text: str, signatures: int = 1) -> bytes:
    lines = (NoteSignature(name="a", key_id=bytes(4), blob=bytes(64)),) * signatures
    return Note(text=text, signatures=lines).encode()


def _signatures(size: int, _: Path) -> bool:
    return takes(lambda: read_note(_note("text\n", size)))


def _note_size(size: int, _: Path) -> bool:
    rest = len(_note("\n"))
    return takes(lambda: read_note(_note("x" * (size - rest) + "\n")))


def _signed_time(size: int, _: Path) -> bool:
    log = HonestLog()
    key = log.vkey().of_type(TIMESTAMPED)
    line = sign("text\n", key, log.private(0).sign, time_s=size)
    return takes(lambda: signatures_by(Note(text="text\n", signatures=(line,)), key))


def _level(size: int, _: Path) -> bool:
    return takes(lambda: Tile.parse(f"tile/{size}/000"))


def _entry(size: int, _: Path) -> bool:
    try:
        return Tile(level=ENTRIES, index=0, width=1).entries(bundle([bytes(size)])) == [bytes(size)]
    except OverflowError:  # its length is 16 bits
        return False


def _tile(size: int, folder: Path) -> bool:
    """Read a bundle of the longest entries, and what else is in the file up to this size."""
    tile = Tile(level=ENTRIES, index=0)
    place = folder / tile.path
    place.parent.mkdir(parents=True, exist_ok=True)
    full = bundle([bytes(0xFFFF)] * WIDTH)
    place.write_bytes(full + bytes(size - len(full)))
    (folder / CHECKPOINT).write_bytes(b"")
    return takes(lambda: tile.entries(open_export(folder).read_tile(tile)))


PROOF: dict[str, Row] = {
    "receipt.batch.EPOCH_MAX": _epoch,
    "receipt.entry.BODY_BYTES_MAX": _body,
    "receipt.entry.TIME_MS_MAX": _time_ms,
    "receipt.line_receipt.LEAF_BYTES_MAX": _leaf,
    "receipt.line_receipt.LINE_RECEIPT_BYTES_MAX": _line_receipt,
    "receipt.line_receipt.RAW_BYTES_MAX": _raw,
    "receipt.line_receipt.VALUES_MAX": _values,
    "receipt.receipt.RECEIPT_BYTES_MAX": _whole_receipt,
    "tree.chain.KEYS_BYTES_MAX": _keys,
    "tree.checkpoint.SIZE_MAX": _size,
    "tree.merkle.PATH_MAX": _path,
    "tree.note.NOTE_BYTES_MAX": _note_size,
    "tree.note.SIGNATURES_MAX": _signatures,
    "tree.note.TIME_MAX": _signed_time,
    "tree.tiles.ENTRY_BYTES_MAX": _entry,
    "tree.tiles.LEVEL_MAX": _level,
    "export.LINE_BYTES_MAX": _export_line,
    "export.TILE_BYTES_MAX": _tile,
}
"""By module below `bailee.proof`, and name."""
