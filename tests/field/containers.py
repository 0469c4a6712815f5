"""Every container and encoding that a log arrives in, as its own tools write it."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping

import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import zstandard

Pack = Callable[[bytes], bytes]

SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0\0\0\0\0"
"""A frame that is passed over, as pzstd begins each of its frames with one."""


def lz4(data: bytes) -> bytes:
    made = pa.BufferOutputStream()
    with pa.CompressedOutputStream(made, "lz4") as stream:
        stream.write(data)
    return bytes(made.getvalue().to_pybytes())


def in_two(pack: Pack) -> Pack:
    return lambda data: pack(data[:1_000]) + pack(data[1_000:])


# tstack/lnav#87 (xz), tstack/lnav#1156 (zstd), indygreg/python-zstandard#59 (frames),
# facebook/zstd#904 (frames passed over), fcambus/logswan#6 (gzip read as text).
PACKED: Mapping[str, Pack] = {
    "gzip": gzip.compress,
    "gzip of two members": in_two(gzip.compress),
    "gzip padded": lambda data: gzip.compress(data) + bytes(512),
    "gzip of gzip": lambda data: gzip.compress(gzip.compress(data)),
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "bzip2 of two streams": in_two(bz2.compress),
    "xz": lzma.compress,
    "xz of two streams": in_two(lzma.compress),
    "xz padded": lambda data: lzma.compress(data) + bytes(8),
    "lzma": lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
    "zstd": zstandard.compress,
    "zstd of two frames": in_two(zstandard.compress),
    "pzstd": in_two(lambda data: SKIPPED + zstandard.compress(data)),
    "zstd, seekable": lambda data: zstandard.compress(data) + SKIPPED,
    "lz4": lz4,
    "lz4 of two frames": in_two(lz4),
    "lz4 behind what is passed over": lambda data: SKIPPED + lz4(data),
}


def tar(files: Mapping[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("current")
        link.type, link.linkname = tarfile.SYMTYPE, "../../etc/passwd"
        archive.addfile(link)
    return made.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("logs/", b"")
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


Archive = Callable[[Mapping[str, bytes]], bytes]

# tstack/lnav#208 (zip), allinurl/goaccess#2141.
ARCHIVES: Mapping[str, Archive] = {
    "tar": tar,
    "tar of GNU": lambda files: tar(files, tarfile.GNU_FORMAT),
    "tar of old": lambda files: tar(files, tarfile.USTAR_FORMAT),
    "tar.gz": lambda files: gzip.compress(tar(files)),
    "tar.bz2": lambda files: bz2.compress(tar(files)),
    "tar.xz": lambda files: lzma.compress(tar(files)),
    "tar.zst": lambda files: zstandard.compress(tar(files)),
    "tar.lz4": lambda files: lz4(tar(files)),
    "zip": zipped,
    "zip, stored": lambda files: zipped(files, zipfile.ZIP_STORED),
    "zip by bzip2": lambda files: zipped(files, zipfile.ZIP_BZIP2),
    "zip by lzma": lambda files: zipped(files, zipfile.ZIP_LZMA),
}

RUSSIAN = "2025-11-30 08:00:01 пользователь вошёл с адреса 192.0.2.1 как anna@example.com\n" * 20  # noqa: RUF001  # Russian
ENGLISH = "2025-11-30 08:00:01 sign in from 192.0.2.1 by anna@example.com\n" * 20

# fluent/fluent-bit#7497, fluent/fluentd#4990, logstash-plugins/logstash-input-file#226.
WIDE: Mapping[str, bytes] = {
    f"{name}, {mark}, {said}": front + text.encode(name)
    for said, text in (("english", ENGLISH), ("russian", RUSSIAN))
    for name, bom in (
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-32-le", b"\xff\xfe\0\0"),
        ("utf-32-be", b"\0\0\xfe\xff"),
    )
    for mark, front in (("with a mark", bom), ("without", b""))
}

NOISE = zlib.compress(bytes(n * n % 251 for n in range(1 << 16)))[2:] * 3
OTHERS: Mapping[str, tuple[bytes, str]] = {
    "a binary journal": (b"LPKSHHRH" + bytes(400), "form-journal"),
    "windows events": (b"ElfFile\0" + bytes(400), "form-evtx"),
    "compress": (b"\x1f\x9d\x90" + NOISE, "form-compressed"),
    "lzip": (b"LZIP\x01" + NOISE, "form-compressed"),
    "lzop": (b"\x89LZO\0\r\n\x1a\n" + NOISE, "form-compressed"),
    "snappy": (b"\xff\x06\0\0sNaPpY" + NOISE, "form-compressed"),
    "lz4, legacy": (b"\x02\x21\x4c\x18" + NOISE, "form-compressed"),
    "7-zip": (b"7z\xbc\xaf\x27\x1c" + NOISE, "form-archive"),
    "rar": (b"Rar!\x1a\x07\0" + NOISE, "form-archive"),
    "cpio": (b"070701" + b"0" * 200, "form-archive"),
    "a capture": (b"\xd4\xc3\xb2\xa1" + bytes(200), "form-binary"),
    "sqlite": (b"SQLite format 3\0" + bytes(200), "form-binary"),
    "brotli, which has no name": (NOISE, "form-unknown"),
    "EBCDIC": (ENGLISH.encode("cp037"), "form-unknown"),
}
