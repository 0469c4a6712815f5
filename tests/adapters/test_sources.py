"""Sources: what is read, what is refused, and that nothing short passes for whole."""

import gzip
import io
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from bailee import errors
from bailee.adapters.sources import packing
from bailee.adapters.sources.place import STDIN, SourcePlace, places
from bailee.adapters.sources.source import FileSource, StreamSource, sources_of
from bailee.limits import FOLDER_DEPTH

TEXT = b"".join(b"%d 192.0.2.%d - %s\n" % (n, n % 256, b"x" * (n % 40)) for n in range(20_000))

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip in two members": lambda text: gzip.compress(text[:99]) + gzip.compress(text[99:]),
    "gzip with padding after it": lambda text: gzip.compress(text) + bytes(512),
    "zstd": zstandard.compress,
    "zstd in two frames": lambda t: zstandard.compress(t[:99]) + zstandard.compress(t[99:]),
    "zstd without a size": lambda text: zstandard.ZstdCompressor(write_content_size=False).compress(
        text
    ),
}


def place(path: Path) -> SourcePlace:
    (found,) = places([str(path)])
    return found


def whole(path: Path, offset: int = 0) -> bytes:
    with FileSource(place(path)) as source:
        return b"".join(source.read(offset))


@pytest.mark.parametrize("said", PACKED)
@pytest.mark.parametrize("offset", [0, 1, 100, len(TEXT) - 1, len(TEXT)])
def test_a_file_is_read_from_any_offset(tmp_path: Path, said: str, offset: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(PACKED[said](TEXT))
    assert whole(path, offset) == TEXT[offset:]


@pytest.mark.parametrize("said", PACKED)
def test_standard_input_is_read_as_a_file_is(said: str) -> None:
    source = StreamSource(io.BytesIO(PACKED[said](TEXT)))
    assert b"".join(source.read(0)) == TEXT
    with pytest.raises(ValueError, match="once"):
        next(source.read(0))


@pytest.mark.parametrize("said", [one for one in PACKED if one != "plain"])
@pytest.mark.parametrize("kept", [1 / 3, 0.9])
def test_a_torn_tail_is_said_after_all_that_came_before(
    tmp_path: Path, said: str, kept: float
) -> None:
    path = tmp_path / "a"
    packed = PACKED[said](TEXT).rstrip(b"\0")
    path.write_bytes(packed[: int(len(packed) * kept)])
    out = b""
    with FileSource(place(path)) as source, pytest.raises(errors.PartlyDone) as raised:  # noqa: PT012  # what came before the error is looked at
        for chunk in source.read(0):
            out += chunk
    assert raised.value.reason == "errors_sources.torn"
    assert TEXT.startswith(out)
    assert said.startswith("zstd") or len(out) > len(TEXT) * kept * 0.5


@pytest.mark.parametrize("said", ["gzip", "zstd"])
def test_what_does_not_unpack_is_said(tmp_path: Path, said: str) -> None:
    path = tmp_path / "a"
    noise = secrets.token_hex(150_000).encode()
    packed = bytearray(PACKED[said](noise + TEXT))
    packed += b"and this is no frame"
    path.write_bytes(packed)
    with FileSource(place(path)) as source, pytest.raises(errors.PartlyDone) as raised:
        b"".join(source.read(0))
    assert raised.value.reason in {"errors_sources.garbled", "errors_sources.torn"}


def test_little_becomes_much_in_bounded_pieces(tmp_path: Path) -> None:
    for pack in (gzip.compress, zstandard.compress):
        path = tmp_path / "a"
        path.write_bytes(pack(bytes(100 << 20)))
        with FileSource(place(path)) as source:
            sizes = [len(chunk) for chunk in source.read(0)]
        assert sum(sizes) == 100 << 20
        assert max(sizes) <= packing.PIECE_BYTES + (32 << 20)


def test_a_file_that_shrinks_while_it_is_read_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(3 * packing.PIECE_BYTES))
    with FileSource(place(path)) as source:
        chunks = source.read(0)
        next(chunks)
        os.truncate(path, packing.PIECE_BYTES + 5)
        assert len(next(chunks)) == 5
        with pytest.raises(errors.PartlyDone) as raised:
            next(chunks)
    assert raised.value.reason == "errors_sources.shrank"


def test_a_name_that_changes_hands_does_not_change_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(TEXT)
    with FileSource(place(path)) as source:
        path.rename(tmp_path / "a.1")
        path.write_bytes(b"another\n")
        assert b"".join(source.read(0)) == TEXT


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def _link_out(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def _link_to_a_folder_out(path: Path) -> None:
    path.symlink_to("/etc")


def _closed(path: Path) -> None:
    path.write_bytes(TEXT)
    path.chmod(0)


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a named pipe": (_fifo, "not-a-file"),
    "a socket": (_socket, "not-a-file"),
    "a link out of the folder": (_link_out, "link-out"),
    "a link to a folder out of it": (_link_to_a_folder_out, "link-out"),
    "a folder without rights": (lambda path: path.mkdir(mode=0), "unreadable"),
    "a file without rights": (_closed, "unreadable"),
}


@pytest.mark.parametrize("said", REFUSED)
def test_in_a_folder_what_is_no_file_of_it_is_refused(tmp_path: Path, said: str) -> None:
    make, reason = REFUSED[said]
    if reason == "unreadable" and os.getuid() == 0:
        pytest.skip("root reads all")
    make(tmp_path / "m")
    (tmp_path / "z.log").write_bytes(TEXT)
    refused, other = places([str(tmp_path)])
    with pytest.raises(errors.PartlyDone) as raised:
        FileSource(refused)
    assert raised.value.reason == f"errors_sources.{reason}"
    assert other.name == str(tmp_path / "z.log")


@pytest.mark.parametrize("said", ["a named pipe", "a socket"])
def test_by_its_own_name_it_is_refused_too(tmp_path: Path, said: str) -> None:
    make, reason = REFUSED[said]
    make(tmp_path / "m")
    with pytest.raises(errors.PartlyDone) as raised:
        FileSource(place(tmp_path / "m"))
    assert raised.value.reason == f"errors_sources.{reason}"


def test_a_device_is_refused() -> None:
    with pytest.raises(errors.PartlyDone) as raised:
        FileSource(place(Path("/dev/zero")))
    assert raised.value.reason == "errors_sources.not-a-file"


@pytest.mark.parametrize("path", ["/nowhere/at/all", "with a \0 in it"])
def test_what_is_not_there_is_said(path: str) -> None:
    (found,) = places([path])
    with pytest.raises(errors.PartlyDone):
        next(sources_of(found, io.BytesIO()))


def test_a_folder_is_walked_in_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.log", "b/1.log", "a.log", "b.log", "a/deep/er.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n")
    (tmp_path / "current").symlink_to("a.log")
    (tmp_path / "again").symlink_to("b")
    found = [str(Path(one.name).relative_to(tmp_path)) for one in places([str(tmp_path)])]
    assert found == ["a/deep/er.log", "a.log", "b/1.log", "b/2.log", "b.log"]


def test_a_folder_may_itself_be_named_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.log").write_bytes(b"x\n")
    (tmp_path / "link").symlink_to("real")
    assert [one.name for one in places([str(tmp_path / "link")])] == [str(tmp_path / "link/a.log")]


def test_what_became_a_link_after_the_walk_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.log").write_bytes(b"not for you\n")
    tree = tmp_path / "tree"
    (tree / "in").mkdir(parents=True)
    (tree / "in" / "a.log").write_bytes(b"x\n")
    (found,) = places([str(tree)])
    (tree / "in").rename(tree / "was")
    (tree / "in").symlink_to(outside)
    with pytest.raises(errors.PartlyDone):
        FileSource(found)
    (tree / "in").unlink()
    (tree / "was").rename(tree / "in")
    (tree / "in" / "a.log").unlink()
    (tree / "in" / "a.log").symlink_to(outside / "a.log")
    with pytest.raises(errors.PartlyDone) as raised:
        FileSource(found)
    assert raised.value.reason == "errors_sources.link-out"


@pytest.mark.parametrize("extra", [0, 1])
def test_folders_in_folders_have_a_limit(tmp_path: Path, extra: int) -> None:
    deep = tmp_path.joinpath(*["d"] * (FOLDER_DEPTH + extra))
    deep.mkdir(parents=True)
    (deep / "a.log").write_bytes(b"x\n")
    (found,) = places([str(tmp_path)])
    assert bool(found.refused) == bool(extra)


def test_one_file_has_one_address_however_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.log"
    path.write_bytes(b"x\n")
    monkeypatch.chdir(tmp_path)
    named = [str(path), "in/a.log", "./in/../in/a.log", "in", str(tmp_path)]
    assert {one.address for one in places(named)} == {str(path)}


def test_a_name_that_is_no_text_has_an_address_that_is(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.log"))
    path.write_bytes(b"x\n")
    (found,) = places([str(tmp_path)])
    assert found.address.encode() == os.fsencode(tmp_path) + b"/\\xff.log"
    assert whole(path) == b"x\n"


def test_the_dash_is_standard_input() -> None:
    (found,) = places([STDIN])
    assert next(sources_of(found, io.BytesIO(b"x")))[1].address == STDIN


def test_a_descriptor_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(TEXT)
    held = Path("/proc/self/fd")
    before = len(list(held.iterdir()))
    for _ in range(5):
        assert whole(path) == TEXT
        with pytest.raises(errors.PartlyDone):
            FileSource(SourcePlace(path=str(tmp_path), steps=("a", "b")))
    assert len(list(held.iterdir())) == before
