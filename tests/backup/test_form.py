"""The file of a backup: what opens it, what each changed byte does, and the page's example."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from tests.backup.memory import Held, member

from bailee import errors
from bailee.backup.archive import Unpacking, pack
from bailee.backup.form import MAGIC, open_stream, read_head, seal
from bailee.backup.model import About, BackupKind
from bailee.encoding import enc
from bailee.ids import BackupId, InstallId
from bailee.limits import BACKUP_HEAD_BYTES, SEGMENT_BYTES
from bailee.seal.envelope import open_from, recovery_public

SEED = bytes(range(32))
OTHER = bytes(32)
PUBLIC = recovery_public(SEED)
ABOUT = About(
    id=BackupId(b"backup-sixteen-b"),
    install=InstallId(b"instal-sixteen-b"),
    kind=BackupKind.ROWS,
    generation=3,
    position=41,
    made_ms=1_790_000_000_000,
    recovery=sha256(PUBLIC).digest(),
)


def sealed(data: bytes = b"k", about: About = ABOUT) -> bytes:
    chunks = seal(about, pack([member("keyring", data)]), PUBLIC)
    return b"".join(map(bytes, chunks))


def opened(file: bytes, seed: bytes = SEED) -> tuple[About, dict[str, bytes]]:
    about, reader = open_stream(Held(file), lambda info, box: open_from(seed, info, box))
    members = Unpacking(reader, reader.extent.true_size)
    return about, {name: b"".join(content) for name, _, content in members}


@pytest.mark.parametrize("size", [0, 1, 511, 512, SEGMENT_BYTES, 3 * SEGMENT_BYTES + 7])
def test_the_recovery_key_opens_it(size: int) -> None:
    about, files = opened(sealed(b"k" * size))
    assert about == ABOUT
    assert files == {"keyring": b"k" * size}


def test_the_info_of_the_envelope_is_about_as_it_stands_in_the_file() -> None:
    head, _ = read_head(Held(sealed()))
    about = enc(
        *("backup", 1, ABOUT.id.raw, ABOUT.install.raw, "rows"),
        *(ABOUT.generation, ABOUT.position, ABOUT.made_ms, ABOUT.recovery),
    )
    assert len(open_from(SEED, about, head.envelope)) == 32
    with pytest.raises(errors.Damaged, match=r"errors_seal\.envelope"):
        open_from(SEED, b"", head.envelope)
    page = Path(__file__).parents[2] / "spec" / "sealed-object.md"
    assert "the `info` of a backup's envelope is its `about`" in page.read_text("utf-8")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(errors.Damaged) as caught:
        opened(sealed(), OTHER)
    assert caught.value.reason == "errors_seal.envelope"


def test_the_head_is_read_without_any_key() -> None:
    assert read_head(Held(sealed()))[0].about == ABOUT


def test_two_backups_of_the_same_share_no_key() -> None:
    one, other = read_head(Held(sealed()))[0], read_head(Held(sealed()))[0]
    assert one.commitment != other.commitment
    assert one.envelope != other.envelope


def test_every_changed_byte_of_the_head_is_refused() -> None:
    file = sealed()
    start = read_head(Held(file))[1]
    for at in range(start + 41):  # the head, and the header of the stream
        tampered = bytearray(file)
        tampered[at] ^= 1
        with pytest.raises(errors.Damaged):
            opened(bytes(tampered))


def test_every_cut_is_refused() -> None:
    file = sealed(b"k" * 140_000)
    start = read_head(Held(file))[1]
    cuts = {
        *range(0, start + 60, 7),
        start + SEGMENT_BYTES,
        start + 2 * SEGMENT_BYTES,
        len(file) - 1,
    }
    for cut in cuts:
        with pytest.raises(errors.Damaged):
            opened(file[:cut])


@pytest.mark.parametrize(
    "change",
    [
        {"generation": 4},
        {"position": 42},
        {"kind": BackupKind.HOME},
        {"made_ms": 0},
        {"id": BackupId(bytes(16))},
        {"install": InstallId(bytes(16))},
    ],
    ids=str,
)
def test_a_head_cannot_be_given_to_another_stream(change: dict[str, object]) -> None:
    file = sealed()
    tampered = replace(ABOUT, **change)  # type: ignore[arg-type]  # one field of each type
    moved = file.replace(ABOUT.encode(), tampered.encode())
    assert read_head(Held(moved))[0].about == tampered
    with pytest.raises(errors.Damaged) as caught:
        opened(moved)
    assert caught.value.reason == "errors_seal.envelope"


NO_BACKUPS = {
    "an empty file": b"",
    "another magic": b"bailee backup 2\n" + bytes(8),
    "a head longer than any": MAGIC + (BACKUP_HEAD_BYTES + 1).to_bytes(4, "big") + bytes(5_000),
    "a head that is cut": MAGIC + (100).to_bytes(4, "big"),
    "a head of another label": MAGIC + (41).to_bytes(4, "big") + enc("backup", b"", b""),
    "an unknown kind": MAGIC
    + len(enc("backup-file", b"", b"", b"")).to_bytes(4, "big")
    + enc("backup-file", b"", b"", b""),
}


@pytest.mark.parametrize("what", NO_BACKUPS)
def test_what_is_no_backup_says_so(what: str) -> None:
    with pytest.raises(errors.Damaged) as caught:
        read_head(Held(NO_BACKUPS[what]))
    assert caught.value.reason == "errors_backup.header"


def test_an_about_of_another_format_is_refused() -> None:
    blob = ABOUT.encode()
    for tampered in (blob.replace(b"rows", b"cows"), blob[:-1], blob + b"x", enc("backup")):
        with pytest.raises(errors.Damaged):
            About.decode(tampered)
