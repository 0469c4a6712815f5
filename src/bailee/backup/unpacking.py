"""Unpacking: from backup files to a staged home: newest rows, objects they name, newest heads.

Default-deny: what lives after a restore is what the newest rows have keys for.  Objects may be of
any age and come from any of the files; one that no row names is left where it is.  Of the heads
that the files remember, a log takes the largest, and the others are kept to be compared.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bailee import errors
from bailee.backup.archive import (
    CHECKPOINT,
    LEDGER,
    OBJECTS,
    ROWS,
    SIGNER,
    ArchiveFile,
    Unpacking,
)
from bailee.backup.form import open_stream, read_head
from bailee.backup.model import About
from bailee.backup.port import BackupFolder, NamedBlobs, Staging
from bailee.backup.writer import Recovery
from bailee.ids import LedgerId
from bailee.ledger.model import SignerHead
from bailee.limits import ARCHIVE_HEAD_BYTES
from bailee.proof.tree.checkpoint import read_size
from bailee.proof.tree.merkle import HASH_BYTES
from bailee.proof.tree.note import unbase64


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Opened: one of the files, by its head."""

    path: str
    about: About
    source: ArchiveFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Unpacked: what lies in the staging place; `heads` are all that any of the files remembers."""

    rows: About
    objects: int
    missing: int
    heads: Mapping[LedgerId, Sequence[SignerHead]]


@contextmanager
def opened(
    store: BackupFolder, paths: Sequence[str], recovery: Recovery
) -> Iterator[Sequence[Opened]]:
    """Open the files, newest first, and refuse what cannot be one restore."""
    with ExitStack() as stack:
        found = []
        for path in paths:
            source = store.open(path)
            stack.callback(source.close)
            found.append(Opened(path=path, about=read_head(source)[0].about, source=source))
        if not found:
            raise errors.UsageError("errors_backup.no-file")
        # Keys of two installations do not open each other's rows: the mixture would be no home.
        if len({item.about.install for item in found}) > 1:
            raise errors.UsageError("errors_backup.mixed")
        if any(item.about.recovery != recovery.id for item in found):
            raise errors.Sealed("errors_backup.other-recovery-key")
        yield sorted(found, key=lambda item: item.about.age, reverse=True)


def require_newest(store: BackupFolder, newest: Opened) -> None:
    """Refuse rows older than others that lie beside them: newer ones know of more deletions.

    All that are newer are named at once.
    """
    newer = []
    for path in store.beside(newest.path):
        source = store.open(path)
        try:
            about = read_head(source)[0].about
        # Not a backup, or one that is broken: neither knows of deletions.
        except errors.Damaged:
            continue
        finally:
            source.close()
        if about.install == newest.about.install and about.age > newest.about.age:
            newer.append(str(about.id))
    if newer:
        raise errors.Conflict("errors_backup.newer-there", backups=" ".join(newer))


def unpack(
    files: Sequence[Opened], staging: Staging, recovery: Recovery, objects: NamedBlobs
) -> Unpacked:
    """Fill the staging place from the files, newest first."""
    filling = _Filling(staging, objects)
    for item in files:
        try:
            _take(filling, item, recovery, newest=item is files[0])
        except errors.Damaged as error:
            if not error.reason.startswith("errors_seal."):
                raise
            # It is the backup that does not verify: no stored file, and in no backup.
            raise errors.Damaged("errors_backup.not-whole", backup=str(item.about.id)) from None
    return filling.done(files[0].about)


def _take(filling: "_Filling", item: Opened, recovery: Recovery, *, newest: bool) -> None:
    _, reader = open_stream(item.source, recovery.open)
    held: dict[str, bytes] = {}
    for name, size, content in Unpacking(reader, reader.extent.true_size):
        if is_head(name):
            held[name] = _small(size, content)
        else:
            filling.take(name, content, newest=newest)
    filling.remember(held)


class _Filling:
    """Filling: a staging place while it is filled."""

    def __init__(self, staging: Staging, objects: NamedBlobs) -> None:
        self._staging = staging
        self._objects = objects
        self._taken: set[str] = set()
        self._wanted: set[str] = set()
        self._named = 0
        self._heads: defaultdict[LedgerId, list[tuple[SignerHead, bytes]]] = defaultdict(list)

    def take(self, name: str, content: Iterator[bytes], *, newest: bool) -> None:
        """Take a file when it is needed; what is passed over here is passed over in the stream."""
        folder, _, rest = name.partition("/")
        if folder == OBJECTS:
            # Only what the newest rows name: an object that was deleted since stays in the older
            # file.
            needed = rest in self._wanted
            self._wanted.discard(rest)
        else:
            needed = name not in self._taken if folder == LEDGER else newest
        if needed:
            self._taken.add(name)
            self._staging.take(name, content)
        # Rows come before objects in every backup of ours: only then is it known which are wanted.
        if name == ROWS and newest:
            with self._staging.rows() as rows:
                self._wanted = set(rows.read(self._objects.blobs))
            self._named = len(self._wanted)

    def remember(self, held: Mapping[str, bytes]) -> None:
        """Keep the heads of one file, by log."""
        for name, data in held.items():
            folder, _, kind = name.rpartition("/")
            if kind == SIGNER:
                log = LedgerId.parse(folder.removeprefix(f"{LEDGER}/"))
                note = held.get(f"{folder}/{CHECKPOINT}", b"")
                self._heads[log].append((read_signer(data), note))

    def done(self, rows: About) -> Unpacked:
        """Put the newest heads in their place."""
        for log, found in self._heads.items():
            # The largest: a signer that forgot a head it had published could sign another of that
            # size.
            signer, note = max(found, key=lambda head: head[0].size)
            self._staging.ledgers.signer(log).save(signer)
            if note:
                self._staging.ledgers.tiles(log).replace(CHECKPOINT, note)
        return Unpacked(
            rows=rows,
            objects=self._named - len(self._wanted),
            missing=len(self._wanted),
            heads={log: [signer for signer, _ in found] for log, found in self._heads.items()},
        )


def is_head(name: str) -> bool:
    """Tell whether a member is a log's signer state or checkpoint."""
    return name.startswith(f"{LEDGER}/") and name.rpartition("/")[2] in (SIGNER, CHECKPOINT)


def read_signer(data: bytes) -> SignerHead:
    """Read what a signer remembers: the three lines of a checkpoint, one spelling each."""
    try:
        origin, size, root, end = data.decode().split("\n")
        found = SignerHead(origin=origin, size=read_size(size), root=unbase64(root, "checkpoint"))
    except ValueError:  # Malformed and decoding errors are
        raise errors.Damaged("errors_backup.head") from None
    if end or len(found.root) != HASH_BYTES:
        raise errors.Damaged("errors_backup.head")
    return found


def _small(size: int, content: Iterator[bytes]) -> bytes:
    # Held in memory, unlike all others, and its size is a claim of the file.
    if size > ARCHIVE_HEAD_BYTES:
        raise errors.Damaged("errors_backup.head")
    return b"".join(content)
