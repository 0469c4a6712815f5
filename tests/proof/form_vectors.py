"""Vectors of the ledger about form: what has one spelling, what is bounded, what may be absent."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.proof.honest_log import HonestLog
from tests.proof.vectors import (
    UNJUDGED,
    Files,
    Vector,
    exported,
    flip,
    log_of,
    put,
)

from bailee.proof.receipt.entry import (
    BODY_BYTES_MAX,
    encode_body,
)
from bailee.proof.tree.checkpoint import sign_checkpoint
from bailee.proof.tree.note import (
    NOTE_BYTES_MAX,
    SIGNATURES_MAX,
    Note,
    NoteSignature,
)

WITNESS = NoteSignature(name="witness.example/w", key_id=b"\0\1\2\3", blob=bytes(72))
TEXTS = {
    "": "",
    "blank": " \t\n\r\b\f",
    "control": "\x00\x01\x1f\x7f\x85",
    "mark": "\"\\/<>&'",
    "wide": "é\u2028\u2029\ufeff\U0001f511",
    "\uffff": "below the next, by code points",
    "\U00010000": "above, though its first half is smaller",
}
"""What a line of openings must write in one way; the last two keys tell the two orders apart."""


def checkpointed(
    why: str, change: Callable[[Note], Note], failed: str = "", log: HonestLog | None = None
) -> Vector:
    """Export with another note around the same head."""
    log = log or log_of()
    note = change(log.checkpoint().note).encode()
    return exported(log, why, damage=lambda files: files.update(checkpoint=note), failed=failed)


def notes() -> Iterator[tuple[str, Vector]]:
    """Lines of a checkpoint: their order, their number, their names."""

    def lines(*order: int, more: int = 0) -> Callable[[Note], Note]:
        def change(note: Note) -> Note:
            all_lines = (*note.signatures, WITNESS)
            kept = tuple(all_lines[at] for at in order) + (WITNESS,) * more
            return replace(note, signatures=kept)

        return change

    for name, why, change, failed in (
        ("witness", "a line of another key after the log's", lines(0, 1, 2), ""),
        ("witness-first", "a line of another key before them", lines(2, 0, 1), "signer_lines"),
        ("witness-between", "a line of another key between", lines(0, 2, 1), "signer_lines"),
        ("turned", "the timed line first", lines(1, 0), "signer_lines"),
        ("plain-twice", "the plain line twice", lines(0, 1, 0), "signer_lines"),
        ("timed-twice", "the timed line twice", lines(0, 1, 1), "signer_lines"),
        ("sixteen", "sixteen lines", lines(0, 1, more=SIGNATURES_MAX - 2), ""),
        ("seventeen", "seventeen lines", lines(0, 1, more=SIGNATURES_MAX - 1), "note_signatures"),
    ):
        yield f"lines-{name}", checkpointed(why, change, failed)
    sized = checkpointed("65,536 bytes", long_note(0))
    yield "note-size", sized
    yield "note-size-over", checkpointed("65,537 bytes", long_note(1), "note_size")
    high = replace(WITNESS, name="witness.example/é")
    yield (
        "witness-name",
        checkpointed(
            "the name of another key is not ASCII",
            lambda note: replace(note, signatures=(*note.signatures, high)),
            "note",
        ),
    )


def long_note(more: int) -> Callable[[Note], Note]:
    """Fill a note up to its bound, and so many bytes beyond, in base64 without padding."""

    def change(note: Note) -> Note:
        def filled(bytes_: int, name: str) -> Note:
            blob = NoteSignature(name=name, key_id=bytes(4), blob=bytes(bytes_))
            return replace(note, signatures=(*note.signatures, blob))

        left = NOTE_BYTES_MAX - len(filled(2, "w").encode())
        found = filled(2 + left // 4 * 3, "w" * (1 + left % 4 + more))
        assert len(found.encode()) == NOTE_BYTES_MAX + more
        return found

    return change


def heads() -> Iterator[tuple[str, Vector]]:
    """The three lines of a checkpoint."""
    log = log_of()
    head = log.checkpoint().head
    root = base64.b64encode(head.root)
    five = b"\n5\n"
    for name, why, old, new, failed in (
        ("plus", "a size with a sign", five, b"\n+5\n", "decimal"),
        ("minus-zero", "a size of minus zero", five, b"\n-0\n", "decimal"),
        ("size-beyond", "a size of 2^63", five, b"\n%d\n" % (1 << 63), "decimal"),
        ("no-size", "an empty size", five, b"\n\n", "decimal"),
        ("root-31", "a root of 31 bytes", root, base64.b64encode(head.root[:31]), "checkpoint"),
        ("root-spelt", "a root with other spare bits", root, root[:-2] + b"N=", "checkpoint"),
        ("extension", "an extension line", root, root + b"\nmore", "checkpoint"),
        ("empty-root", "no entry, and yet a root", five, b"\n0\n", "checkpoint"),
        ("space", "a blank after the root", root, root + b" ", "checkpoint"),
    ):
        yield (
            f"checkpoint-{name}",
            exported(log, why, damage=put("checkpoint", old, new), failed=failed),
        )
    for name, origin in (
        ("high", "provider.example/lg-é"),
        ("escape", "provider.example/lg-\x1b[2J"),
        ("delete", "provider.example/lg-\x7f"),
        ("plus", "provider.example/lg+1"),
        ("blank", "provider.example/lg 1"),
    ):
        odd = HonestLog(origin=origin).fill(2)
        yield (
            f"origin-{name}",
            replace(exported(odd, "an origin that is no name", failed="note"), key=str(log.vkey())),
        )
    yield "time-beyond", _timed(log, 1 << 63, "a claimed time of 2^63 seconds", "signature_bad")
    yield "time-last", _timed(log, (1 << 63) - 1, "the last time that can be claimed", "")


def _timed(log: HonestLog, time_s: int, why: str, failed: str) -> Vector:
    private = log.private(0)
    public = private.public_key().public_bytes_raw()
    signed = sign_checkpoint(log.checkpoint().head, public, private.sign, time_s).encode()
    return exported(log, why, damage=lambda files: files.update(checkpoint=signed), failed=failed)


def lined(change: Callable[[bytes], bytes]) -> Callable[[Files], None]:
    """Change the second line of the openings, that of an entry with a subject."""

    def damage(files: Files) -> None:
        lines = files["openings.jsonl"].splitlines(keepends=True)
        before = lines[1]
        lines[1] = change(before)
        assert lines[1] != before
        files["openings.jsonl"] = b"".join(lines)

    return damage


def spelt(change: Callable[[dict[str, Any]], object]) -> Callable[[Files], None]:
    """Change its fields, and write it in its one form again."""

    def rewritten(line: bytes) -> bytes:
        fields = json.loads(line)
        found = change(fields)
        written = found if isinstance(found, dict) else fields
        return json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    return lined(rewritten)


def openings() -> Iterator[tuple[str, Vector]]:
    """Lines of `openings.jsonl`: one opening has one line."""
    log = log_of()
    texts = log_of(2)
    texts.add("later-kind-of-an-act-with-thirty:" + "x" * 32, TEXTS, TEXTS)
    yield "opening-texts", exported(texts, "texts with all that is escaped, a kind of later")
    for name, why, damage in (
        ("blank", "a blank between tokens", lined(lambda row: row.replace(b",", b", ", 1))),
        ("minus-zero", "an index of minus zero", put("openings.jsonl", b":0,", b":-0,")),
        ("exponent", "a number with an exponent", lined(lambda row: row.replace(b"1,", b"1e0,"))),
        ("escaped", "a letter as an escape", lined(lambda row: row.replace(b"f1", b"\\u00661"))),
        ("slash", "an escape for the sake of it", lined(lambda row: row.replace(b"/", b"\\/"))),
        ("returns", "CR before the newline", lined(lambda row: row.replace(b"\n", b"\r\n"))),
        ("empty-line", "an empty line", lined(lambda row: row + b"\n")),
        ("order", "two fields change places", spelt(lambda row: dict(reversed(row.items())))),
        ("body-order", "two keys change places", spelt(_turned("body"))),
        ("more", "a field more", spelt(lambda row: row.update(note=""))),
        ("less", "a field less", spelt(lambda row: row.pop("kind"))),
        ("subject-alone", "a subject without nonce", spelt(lambda row: row.pop("subject_nonce"))),
        ("nonce-alone", "a nonce without subject", spelt(lambda row: row.pop("subject"))),
        ("null", "null for the subject", spelt(lambda row: row.update(subject=None))),
        ("number", "a number in the body", spelt(lambda row: row["body"].update(count=1))),
        ("true", "true for a number", spelt(lambda row: row.update(index=True))),
        ("negative", "a negative time", spelt(lambda row: row.update(time_ms=-1))),
        ("time", "a time of 2^63", spelt(lambda row: row.update(time_ms=1 << 63))),
        ("id", "an id in capitals", spelt(lambda row: row.update(entry=row["entry"].upper()))),
        ("id-bits", "an id with spare bits", spelt(lambda row: row.update(entry=_spare(row)))),
        ("kind", "a kind with a digit", spelt(lambda row: row.update(kind="object:get2"))),
        ("kind-33", "a word of 33 letters", spelt(lambda row: row.update(kind="a" * 33))),
        ("kind-dash", "a kind that starts with a dash", spelt(lambda row: row.update(kind="-a"))),
        ("kind-colons", "two colons", spelt(lambda row: row.update(kind="a:b:c"))),
        ("base64", "base64 without padding", spelt(_unpadded("nonce"))),
        ("commitment", "a commitment of 31 bytes", spelt(_short("subject_commitment"))),
        ("surrogate", "half a pair", lined(lambda row: row.replace(b"f1", b"\\ud800"))),
        ("utf-8", "bytes that are no text", lined(lambda row: row.replace(b"f1", b"\xff"))),
        (
            "overlong",
            "a longer form than needed",
            lined(lambda row: row.replace(b"f1", b"\xc1\xa6")),
        ),
        ("array", "an array", lined(lambda row: b"[" + row[:-1] + b"]\n")),
        ("mark", "a mark of byte order", lined(lambda row: b"\xef\xbb\xbf" + row)),
    ):
        yield f"opening-{name}", exported(log, why, damage=damage, failed="opening")
    for name, why, damage, failed in (
        ("format", "another version", spelt(lambda row: row.update(version=2)), "opening_format"),
        ("subject-nonce", "a nonce of 31 bytes", spelt(_short("subject_nonce")), "nonce"),
        ("twice", "a line twice", lined(lambda row: row + row), "opening_order"),
        ("beyond", "an index beyond", spelt(lambda row: row.update(index=5)), "opening_order"),
        ("other", "the next entry's index", spelt(lambda row: row.update(index=2)), ""),
    ):
        yield (
            f"opening-{name}",
            exported(log, why, damage=damage, failed=failed or "opening_differs"),
        )
    yield (
        "opening-cut",
        exported(
            log,
            "the last newline is gone",
            damage=lambda files: files.update({"openings.jsonl": files["openings.jsonl"][:-1]}),
            failed="opening",
        ),
    )
    yield (
        "openings-absent",
        exported(log, "nothing opens any more", damage=lambda files: files.pop("openings.jsonl")),
    )
    for name, why, more, failed in (
        ("body-size", "a body of 65,536 bytes", 0, ""),
        ("body-size-over", "a body of 65,537 bytes", 1, "opening_size"),
    ):
        large = log_of(1)
        room = BODY_BYTES_MAX - len(encode_body({"k": ""}))
        large.add("object:get", {"k": "x" * (room + more)})
        yield name, exported(large, why, failed=failed)


def _turned(name: str) -> Callable[[dict[str, Any]], object]:
    def change(row: dict[str, Any]) -> None:
        row[name] = dict(reversed(row[name].items()))

    return change


def _spare(row: dict[str, Any]) -> str:
    return str(row["entry"])[:-1] + "b"


def _short(name: str) -> Callable[[dict[str, Any]], object]:
    def change(row: dict[str, Any]) -> None:
        row[name] = base64.b64encode(base64.b64decode(row[name])[:31]).decode()

    return change


def _unpadded(name: str) -> Callable[[dict[str, Any]], object]:
    def change(row: dict[str, Any]) -> None:
        row[name] = row[name].rstrip("=")

    return change


def files() -> Iterator[tuple[str, Vector]]:
    """Files of an export: too long, of another sort, or more than needed."""
    log = log_of()
    tile, bundle = "tile/0/000.p/5", "tile/entries/000.p/5"

    def longer(path: str, more: bytes) -> Callable[[Files], object]:
        return lambda found: found.update({path: found[path] + more})

    def folder(path: str) -> Callable[[Files], object]:
        return lambda found: found.update({f"{path}/inside": found.pop(path, b"")})

    for name, why, damage, failed in (
        ("tile-longer", "a byte more at the end of a tile", longer(tile, b"\0"), "tile_differs"),
        ("bundle-longer", "a byte more in a bundle", longer(bundle, b"\0"), "tile_length"),
        ("bundle-more", "an entry more", longer(bundle, b"\0\x20" + bytes(32)), "tile_length"),
        ("bundle-33", "an entry of 33 bytes", longer_entry(bundle), "tile_length"),
        ("tile-folder", "a folder for a tile", folder(tile), "tile_missing"),
        ("bundle-folder", "a folder for a bundle", folder(bundle), "tile_missing"),
        ("file-more", "a file that nobody looks at", lambda found: found.update(more=b"x"), ""),
    ):
        yield name, exported(log, why, damage=damage, failed=failed)
    for name, path in (
        ("checkpoint-folder", "checkpoint"),
        ("keys-folder", "keys"),
        ("openings-folder", "openings.jsonl"),
    ):
        vector = exported(log, f"a folder for the file {path}", damage=folder(path))
        yield name, replace(vector, exit=UNJUDGED, decided_by="verify.unreadable")
    broken = flip("tile/0/000.p/5", 40)

    def both(found: Files) -> None:
        broken(found)
        folder("openings.jsonl")(found)

    yield (
        "openings-folder-late",
        exported(
            log, "openings that cannot be read, after a failure", damage=both, failed="tile_differs"
        ),
    )


def longer_entry(path: str) -> Callable[[Files], object]:
    """Make the last entry of a bundle one byte longer."""

    def damage(found: Files) -> None:
        blob = found[path]
        found[path] = blob[:-34] + b"\0\x21" + blob[-32:] + b"\0"

    return damage


def form_vectors() -> Iterator[tuple[str, Vector]]:
    """Give them all."""
    for vectors in (notes, heads, openings, files):
        yield from vectors()
