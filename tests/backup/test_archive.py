"""The archive: any tar reads what we write, and we read nothing that no home would hold."""

import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backup.memory import Held, Hollow, Stream, member

from bailee import errors
from bailee.backup.archive import Member, Unpacking, check_name, pack
from bailee.ids import BlobId, LedgerId

BLOB = f"objects/{BlobId(bytes(16))}"
LOG = f"ledger/{LedgerId(bytes(16))}"
NAMES = ("rows.db", "keyring", "bailee.toml", BLOB, f"{LOG}/signer", f"{LOG}/tile/0/000.p/7")


def unpack(blob: bytes) -> dict[str, bytes]:
    return {name: b"".join(content) for name, _, content in Unpacking(Stream(blob), len(blob))}


def packed(*members: Member) -> bytes:
    return b"".join(map(bytes, pack(members)))


@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=2_000)))
def test_what_went_in_comes_out_in_order(files: dict[str, bytes]) -> None:
    blob = packed(*(member(name, data) for name, data in files.items()))
    assert list(unpack(blob).items()) == list(files.items())


@given(st.dictionaries(st.sampled_from(NAMES), st.binary(max_size=2_000)))
def test_any_tar_reads_it(files: dict[str, bytes]) -> None:
    blob = packed(*(member(name, data) for name, data in files.items()))
    with tarfile.open(fileobj=io.BytesIO(blob), mode="r|") as tar:
        found = {}
        for info in tar:
            file = tar.extractfile(info)
            assert file is not None
            found[info.name] = file.read()
    assert found == files


def test_padding_after_the_end_is_zeros() -> None:
    blob = packed(member("keyring", b"x"))
    assert unpack(blob + bytes(5_000)) == {"keyring": b"x"}
    with pytest.raises(errors.Damaged):
        unpack(blob + bytes(4_999) + b"x")


def test_a_file_of_more_than_eight_gibibytes_goes_in_and_out() -> None:
    size = (8 << 30) + 5
    chunks = pack([Member(name="rows.db", open=lambda: Hollow(size)), member("keyring", b"k")])
    head = bytes(next(chunks))
    assert len(head) == 3 * 512  # a size record before the plain header

    class Long:
        """The header, and zeros for as long as they are asked for."""

        left = head

        def read(self, length: int, /) -> bytes:
            part, self.left = self.left[:length], self.left[length:]
            return part or bytes(length)

    name, found, content = next(iter(Unpacking(Long(), len(head) + size + 2_000)))
    assert (name, found) == ("rows.db", size)
    assert next(content) == bytes(1024 * 1024)


def test_what_vanished_is_left_out_and_what_must_be_there_is_not() -> None:
    def gone() -> Held:
        raise errors.NotFound("errors_objects_store.missing")

    vanished = Member(name=BLOB, open=gone, may_vanish=True)
    assert unpack(packed(vanished, member("keyring", b"k"))) == {"keyring": b"k"}
    with pytest.raises(errors.NotFound):
        packed(Member(name="keyring", open=gone))


def test_a_file_that_shrinks_while_it_is_read_ends_the_backup() -> None:
    class Shrinking(Held):
        def read_at(self, offset: int, length: int) -> bytes:
            return b""[offset:length]

    with pytest.raises(errors.Damaged) as caught:
        packed(Member(name="keyring", open=lambda: Shrinking(b"k")))
    assert caught.value.reason == "errors_backup.source-shrank"


HOSTILE_NAMES = (
    "",
    ".",
    "..",
    "/etc/passwd",
    "../rows.db",
    "rows.db/",
    "objects",
    "objects/",
    "objects/../rows.db",
    f"{BLOB}/x",
    f"./{BLOB}",
    "objects/bl-aaaa",
    f"{LOG}/../rows.db",
    f"{LOG}/signer.lock",
    f"{LOG}/tile/0/0",
    f"{LOG}/tile/../signer",
    "ledger/power",
    "backup/rows.db",
    "reserve",
    "ROWS.DB",
    "turn-1",
    "custodian/turn-1",
)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_that_no_home_has_is_refused_both_ways(name: str) -> None:
    with pytest.raises(errors.Damaged):
        check_name(name)
    with pytest.raises(errors.Damaged):
        packed(member(name, b"x"))
    with pytest.raises(errors.Damaged):
        unpack(tar_of(lambda info: setattr(info, "name", name)))


def test_a_name_ends_where_tar_ends_it() -> None:
    with pytest.raises(errors.Damaged):
        check_name("rows.db\0")
    assert list(unpack(tar_of(lambda info: setattr(info, "name", "rows.db\0x")))) == ["rows.db"]


def tar_of(*changes: Callable[[tarfile.TarInfo], object], data: bytes = b"x" * 600) -> bytes:
    info = tarfile.TarInfo("keyring")
    info.size = len(data)
    for change in changes:
        change(info)
    body = data + bytes(-len(data) % 512)
    return info.tobuf(tarfile.PAX_FORMAT) + body + bytes(1_024)


def kind(value: bytes) -> Callable[[tarfile.TarInfo], object]:
    return lambda info: setattr(info, "type", value)


HOSTILE = {
    "a symbolic link": tar_of(kind(tarfile.SYMTYPE)),
    "a hard link": tar_of(kind(tarfile.LNKTYPE)),
    "a directory": tar_of(kind(tarfile.DIRTYPE)),
    "a device": tar_of(kind(tarfile.CHRTYPE)),
    "a fifo": tar_of(kind(tarfile.FIFOTYPE)),
    "a sparse file of GNU": tar_of(kind(tarfile.GNUTYPE_SPARSE)),
    "a long name of GNU": tar_of(kind(tarfile.GNUTYPE_LONGNAME)),
    "a global header": tar_of(kind(tarfile.XGLTYPE)),
    "a plain file with a link's target": tar_of(lambda i: setattr(i, "linkname", "/etc/passwd")),
    "a size beyond the end": tar_of(lambda info: setattr(info, "size", 1 << 20)),
    "a size of the base-256 form": tar_of().replace(b"00000001130\0", b"\x80" + b"\0" * 11),
    "an extended header with a path": tar_of(
        lambda i: setattr(i, "pax_headers", {"path": "/etc/passwd"})
    ),
    "an extended header with a comment": tar_of(
        lambda i: setattr(i, "pax_headers", {"comment": "x"})
    ),
    "a name that comes twice": tar_of()[:-1024] + tar_of(),
    "no end": tar_of()[:-1024],
    "half a header": tar_of()[:300],
    "padding that is not zero": tar_of()[:-1025] + b"x" + bytes(1_024),
    "another checksum": tar_of().replace(b"keyring", b"kexring", 1),
    "nothing at all": b"",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_backup_of_ours_holds_is_refused(what: str) -> None:
    with pytest.raises(errors.Damaged):
        unpack(HOSTILE[what])


@given(st.binary(max_size=3_000))
def test_noise_is_refused_and_never_anything_else(noise: bytes) -> None:
    if noise.strip(b"\0"):
        with pytest.raises(errors.Damaged):
            unpack(noise)


@given(st.data())
def test_a_changed_byte_gives_no_file_under_a_strange_name(data: st.DataObject) -> None:
    blob = bytearray(packed(member("keyring", b"k" * 700), member(BLOB, b"b")))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(blob))
    except errors.Damaged:
        return
    for name in found:
        check_name(name)
