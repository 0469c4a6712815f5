"""Makes the vectors of spec/backup.md: `python -m tests.backup.vectors`.

An envelope draws its own randomness, so they are kept, not compared with new ones: run this only
to add one, and look at the difference.
"""

import tarfile
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from tests.backup.memory import member

from bailee.backup.archive import pack
from bailee.backup.form import seal
from bailee.backup.model import About, BackupKind
from bailee.encoding import u64
from bailee.ids import BackupId, InstallId
from bailee.seal.envelope import recovery_public
from bailee.seal.port import Chunk

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "backup"
SEED = sha256(b"recovery seed").digest()
ABOUT = About(
    id=BackupId(b"backup-sixteen-b"),
    install=InstallId(b"instal-sixteen-b"),
    kind=BackupKind.ROWS,
    generation=3,
    position=41,
    made_ms=1_790_000_000_000,
    recovery=sha256(recovery_public(SEED)).digest(),
)


def made(chunks: Iterable[Chunk]) -> bytes:
    return b"".join(map(bytes, seal(ABOUT, chunks, recovery_public(SEED))))


def tar(change: Callable[[tarfile.TarInfo], object]) -> Iterable[Chunk]:
    info = tarfile.TarInfo("keyring")
    info.size = 1
    change(info)
    return [info.tobuf(tarfile.PAX_FORMAT), b"k".ljust(512, b"\0"), bytes(1_024)]


def flipped(file: bytes, at: int) -> bytes:
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]


def vectors() -> dict[str, tuple[str, bytes]]:
    """Return expectation and file of each, by name."""
    valid = made(pack([member("rows.db", b"rows"), member("keyring", b"k")]))
    head = 20 + int.from_bytes(valid[16:20], "big")
    generation = valid.index(u64(8) + u64(ABOUT.generation)) + 15
    damaged = "damaged errors_backup."
    return {
        "valid": ("opens rows.db keyring", valid),
        "empty": ("opens", made(pack([]))),
        "flipped-magic": (damaged + "header", flipped(valid, 0)),
        "flipped-generation": (
            "damaged errors_seal.envelope",
            flipped(valid, generation),
        ),
        "flipped-envelope": ("damaged errors_seal.envelope", flipped(valid, 700)),
        "flipped-commitment": ("damaged errors_seal.key", flipped(valid, head - 1)),
        "flipped-stream": ("damaged errors_seal.segment", flipped(valid, head + 300)),
        "cut": ("damaged errors_seal.segment", valid[:-1]),
        "cut-head": (damaged + "header", valid[: head - 1]),
        "climbs": (damaged + "member-name", made(tar(lambda i: setattr(i, "name", "../rows.db")))),
        "absolute": (damaged + "member-name", made(tar(lambda i: setattr(i, "name", "/keyring")))),
        "link": (damaged + "member-type", made(tar(lambda i: setattr(i, "type", b"2")))),
        "too-large": (damaged + "archive", made(tar(lambda i: setattr(i, "size", 1 << 40)))),
        "no-end": (damaged + "archive", made(list(tar(lambda _: None))[:2])),
    }


def main() -> None:
    """Write them anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    about = "# Backups of spec/backup.md, each <name>.bailee, and what must come of it.\n"
    lines = [about, f'seed = "{SEED.hex()}"\n\n[expect]\n']
    for name, (expect, file) in vectors().items():
        (FOLDER / f"{name}.bailee").write_bytes(file)
        lines.append(f'{name} = "{expect}"\n')
    (FOLDER / "vectors.toml").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    main()
