"""Containers and encodings: read, or refused in a sentence, and never whole when they are not."""

import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard
from tests.field.conftest import Hand
from tests.field.containers import ARCHIVES, NOISE, OTHERS, PACKED, WIDE, tar, zipped

from bailee import errors
from bailee.adapters.sources import packing
from bailee.adapters.sources.place import places
from bailee.adapters.sources.source import sources_of
from bailee.limits import ARCHIVE_MEMBERS
from bailee.scan.encodings import encoding_of

TEXT = b"".join(
    b"Nov 30 08:00:01 host sshd[%d]: session opened for user u%d from 192.0.2.%d port %d\n"
    % (n, n % 97, n % 250, n * 7919 % 65521)
    for n in range(20_000)
)
FILES = {"var/log/a.log": TEXT[:50_000], "b.log": b"one\ntwo", "deep/er/c.log": TEXT[-5_000:]}


def read(path: Path) -> tuple[dict[str, bytes], str]:
    """Read what a path holds: content by name, and why it broke."""
    out: dict[str, bytes] = {}
    (place,) = places([str(path)])
    try:
        for own, source in sources_of(place, io.BytesIO()):
            out[own.member] = b""
            for chunk in source.read(0):
                out[own.member] += chunk
    except errors.PartlyDone as error:
        return out, error.reason.removeprefix("errors_sources.")
    return out, ""


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "log"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", PACKED)
def test_what_is_packed_is_read(tmp_path: Path, form: str) -> None:
    assert read(written(tmp_path, PACKED[form](TEXT))) == ({"": TEXT}, "")


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_what_is_cut_is_not_whole(tmp_path: Path, form: str, kept: float) -> None:
    packed = PACKED[form](TEXT).rstrip(b"\0").removesuffix(b"\x50\x2a\x4d\x18\x04")
    found, reason = read(written(tmp_path, packed[: int(len(packed) * kept)]))
    assert reason == "torn"
    assert TEXT.startswith(found[""])


@pytest.mark.parametrize("form", PACKED)
def test_what_follows_a_container_is_not_passed_over(tmp_path: Path, form: str) -> None:
    _, reason = read(written(tmp_path, PACKED[form](TEXT) + b"and more of another kind"))
    assert reason in {"garbled", "torn"}


@pytest.mark.parametrize("form", PACKED)
def test_it_goes_on_at_an_offset_of_what_comes_out(tmp_path: Path, form: str) -> None:
    (place,) = places([str(written(tmp_path, PACKED[form](TEXT)))])
    for _, again in sources_of(place, io.BytesIO()):
        assert b"".join(again.read(1_000)) == TEXT[1_000:]


@pytest.mark.parametrize("form", ARCHIVES)
def test_each_file_of_an_archive_is_a_source(tmp_path: Path, form: str) -> None:
    assert read(written(tmp_path, ARCHIVES[form](FILES))) == (FILES, "")


@pytest.mark.parametrize("form", ARCHIVES)
def test_a_file_of_an_archive_is_read_again_and_from_an_offset(tmp_path: Path, form: str) -> None:
    (place,) = places([str(written(tmp_path, ARCHIVES[form](FILES)))])
    for own, source in sources_of(place, io.BytesIO()):
        whole = FILES[own.member]
        assert b"".join(source.read(0)) == whole
        assert b"".join(source.read(3)) == whole[3:]
        assert b"".join(source.read(0)) == whole


@pytest.mark.parametrize("form", ARCHIVES)
@pytest.mark.parametrize("kept", [0.4, 0.97])
def test_an_archive_that_was_cut_is_not_whole(tmp_path: Path, form: str, kept: float) -> None:
    files = {name: content * 3 for name, content in FILES.items()}
    archive = ARCHIVES[form](files)
    whole = archive.rstrip(b"\0") if form.startswith("tar") else archive
    found, reason = read(written(tmp_path, whole[: int(len(whole) * kept)]))
    assert reason in {"torn", "garbled", "archive-torn"}
    # Of one that broke before its first header it is not known that it is an archive.
    assert all(files.get(name, b"").startswith(content) for name, content in found.items())


def test_a_tar_that_was_cut_between_two_files_is_not_whole(tmp_path: Path) -> None:
    one = tar({"a.log": b"x" * 512})
    found, reason = read(written(tmp_path, one[:1_024]))
    assert (found, reason) == ({"a.log": b"x" * 512}, "archive-torn")


def test_two_tars_in_a_row_are_not_whole(tmp_path: Path) -> None:
    found, reason = read(written(tmp_path, tar({"a.log": b"x\n"}) + tar({"b.log": b"y\n"})))
    assert (found, reason) == ({"a.log": b"x\n"}, "archive-torn")


def test_a_packed_file_in_an_archive_is_unpacked(tmp_path: Path) -> None:
    files = {"a.log.1.gz": gzip.compress(TEXT), "a.log.2.zst": zstandard.compress(TEXT)}
    for archive in (tar(files), zipped(files)):
        assert read(written(tmp_path, archive)) == (dict.fromkeys(files, TEXT), "")


@pytest.mark.parametrize("inner", [tar(FILES), zipped(FILES), gzip.compress(tar(FILES))])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, inner: bytes) -> None:
    assert read(written(tmp_path, tar({"in": inner}))) == ({"in": b""}, "archive-within")


def test_a_zip_that_is_encrypted_is_refused(tmp_path: Path) -> None:
    made = bytearray(zipped({"a.log": TEXT}))
    for magic, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.rindex(magic) + flags] |= 1
    assert read(written(tmp_path, bytes(made)))[1] == "archive-encrypted"


def test_a_zip_whose_bytes_changed_is_not_whole(tmp_path: Path) -> None:
    made = bytearray(zipped({"a.log": TEXT}, zipfile.ZIP_STORED))
    made[len(made) // 2] ^= 1
    assert read(written(tmp_path, bytes(made)))[1] == "garbled"


@pytest.mark.parametrize("over", [0, 1])
def test_an_archive_has_only_so_many_files(tmp_path: Path, over: int) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number in range(ARCHIVE_MEMBERS + over):
            archive.addfile(tarfile.TarInfo(str(number)))
    assert read(written(tmp_path, made.getvalue()))[1] == ("archive-members" if over else "")


def test_what_swells_beyond_any_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "FREE_BYTES", 1 << 20)
    monkeypatch.setattr(packing, "RATIO_MAX", 500)
    bomb = gzip.compress(b"a" * (64 << 20))
    for content in (bomb, gzip.compress(tar({"a.log": b"a" * (64 << 20)}))):
        found, reason = read(written(tmp_path, content))
        assert reason == "bomb"
        assert sum(map(len, found.values())) <= max(1 << 20, 500 * len(content))


def test_what_is_packed_over_and_over_is_refused(tmp_path: Path) -> None:
    packed = b"x\n"
    for _layer in range(packing.LAYERS_MAX):
        packed = gzip.compress(packed)
    assert read(written(tmp_path, packed)) == ({"": b"x\n"}, "")
    assert read(written(tmp_path, gzip.compress(packed)))[1] == "bomb"


@pytest.mark.parametrize("form", OTHERS)
def test_what_nobody_reads_is_refused_in_a_sentence(tmp_path: Path, form: str) -> None:
    content, reason = OTHERS[form]
    for packed in (content, gzip.compress(content)):
        assert read(written(tmp_path, packed)) == ({"": b""}, reason)


@pytest.mark.parametrize(
    "text",
    [
        "café à 08:00\n".encode("latin-1") * 50,
        "вход выполнен\n".encode("koi8-r") * 50,
        "ログイン成功\n".encode("shift-jis") * 50,
        bytes(2_000) + TEXT[:500],
        b"\x1b[32mgreen\x1b[0m\n" * 50,
        b"8=FIX.4.2\x019=70\x0135=A\x0149=a\x0156=b\x01\n" * 50,
        b"x\xff\xfe\x80\n",
        b"",
    ],
)
def test_text_of_any_other_kind_is_taken_as_it_is(tmp_path: Path, text: bytes) -> None:
    assert read(written(tmp_path, text)) == ({"": text}, "")


@pytest.mark.parametrize("form", WIDE)
def test_wide_characters_are_recognised(form: str) -> None:
    assert encoding_of(WIDE[form][:4_096]) == form.split(",", maxsplit=1)[0]
    assert encoding_of(WIDE[form][:402]) == form.split(",", maxsplit=1)[0]


@pytest.mark.sampled(4)
@pytest.mark.parametrize("form", WIDE)
def test_wide_characters_are_searched_and_come_back(hand: Hand, form: str) -> None:
    stream = "w" + "".join(char for char in form if char.isalnum())
    said = hand.ingest(hand.file("a.log", WIDE[form]), stream=stream)
    assert said.record["inputs"][0]["whole"]
    assert said.record["lines"] == 20
    assert said.record["times"]["read"] == 20
    assert said.record["values"] == 2
    assert hand.export("--stream", stream) == WIDE[form]


@pytest.mark.parametrize("form", ["xz", "pzstd", "bzip2", "lz4"])
def test_what_is_packed_is_taken_in_by_its_lines(hand: Hand, form: str) -> None:
    stream = f"packed-{form}"
    said = hand.ingest(hand.file("a.log.xz", PACKED[form](TEXT)), stream=stream)
    assert (said.code, said.record["lines"]) == (0, 20_000)
    assert hand.export("--stream", stream) == TEXT


def test_an_archive_is_taken_in_file_by_file(hand: Hand) -> None:
    path = hand.file("logs.tar.gz", gzip.compress(tar(FILES)))
    said = hand.ingest(path, stream="archive")
    assert said.code == 0, said.err
    assert [one["name"] for one in said.record["inputs"]] == [f"{path}!{name}" for name in FILES]
    assert hand.export("--stream", "archive", "--source", f"{path}!b.log") == FILES["b.log"]
    again = hand.ingest(path, stream="archive")
    assert (again.code, again.record["lines"]) == (0, 0)


@pytest.mark.parametrize("form", ["a binary journal", "lzip", "brotli, which has no name"])
def test_what_is_refused_is_not_whole(hand: Hand, form: str) -> None:
    path = hand.file("a.log", OTHERS[form][0])
    said = hand.ingest(path, hand.file("b.log", b"one\n"), stream="refused")
    assert said.code == errors.PartlyDone.exit_code
    assert [one["whole"] for one in said.record["inputs"]] == [False, True]
    assert said.record["lines"] == 1
    assert str(path) in said.err


def test_a_pipe_is_unpacked_and_refused_as_a_file_is() -> None:
    (place,) = places(["-"])
    for content, reason in (
        (PACKED["xz"](TEXT), ""),
        (NOISE, "form-unknown"),
        (tar(FILES), "archive-within"),
        (zlib.compress(NOISE), "form-unknown"),
    ):
        ((_, source),) = sources_of(place, io.BytesIO(content))
        try:
            assert b"".join(source.read(0)) == TEXT
            said = ""
        except errors.PartlyDone as error:
            said = error.reason.removeprefix("errors_sources.")
        assert said == reason
