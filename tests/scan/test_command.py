"""`bailee log scan` on files, folders, compressed files and standard input."""

import gzip
import io
import json
from pathlib import Path

import pytest
import zstandard
from tests.absence import holds, mark

from bailee.run import cli

USER = mark()
TEXT = b"Jan 02 03:04:05 h sshd[1]: Accepted password for %b from 192.0.2.9 port 22 ssh2\n" % (
    USER.encode()
)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_object_a_find(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "auth.log"
    page.write_bytes(b"nothing\n" + TEXT)
    assert cli.run(["log", "scan", "-o", "jsonl", str(page)]) == 0
    assert lines(capsys) == [
        {
            "file": str(page),
            "line": 2,
            "start": 49,
            "end": 49 + len(USER),
            "kind": "username",
            "flags": [],
            "value": USER,
            "rule": "sshd:accepted",
        },
        {
            "file": str(page),
            "line": 2,
            "start": 55 + len(USER),
            "end": 64 + len(USER),
            "kind": "ipv4",
            "flags": ["documentation"],
            "value": "192.0.2.9",
            "rule": "sshd:accepted",
        },
    ]


def test_folders_and_compressed_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.log").write_bytes(TEXT)
    (tmp_path / "in" / "b.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / "c.zst").write_bytes(zstandard.compress(TEXT) + zstandard.compress(TEXT))
    assert cli.run(["log", "scan", "-o", "jsonl", str(tmp_path)]) == 0
    found = [(Path(str(row["file"])).name, row["line"], row["kind"]) for row in lines(capsys)]
    assert found == [
        ("c.zst", 1, "username"),
        ("c.zst", 1, "ipv4"),
        ("c.zst", 2, "username"),
        ("c.zst", 2, "ipv4"),
        ("a.log", 1, "username"),
        ("a.log", 1, "ipv4"),
        ("b.gz", 1, "username"),
        ("b.gz", 1, "ipv4"),
    ]


def test_summary_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "auth.log"
    secret = mark()
    page.write_bytes(TEXT * 3 + f"password={secret}\n".encode())
    assert cli.run(["log", "scan", "--summary", "-o", "jsonl", str(page)]) == 0
    out = capsys.readouterr().out
    assert not holds(out, USER)
    assert not holds(out, secret)
    assert "username" in out
    assert "email" in out.splitlines()[-1]
    assert (json.loads(out)["lines"], json.loads(out)["formats"]) == (4, {"syslog": 3})


def test_explain_says_what_almost_matched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "x.log"
    page.write_bytes(b"card 4111111111111112 host 1.2.3.999 mail a@b ok\nplain\n")
    assert cli.run(["log", "scan", "--explain", "-o", "jsonl", str(page)]) == 0
    (row,) = lines(capsys)
    near = row["near"]
    assert isinstance(near, list)
    assert {one["near"] for one in near} == {"card", "quad", "at"}


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT)))
    assert cli.run(["log", "scan", "-o", "jsonl", "-"]) == 0
    assert [row["file"] for row in lines(capsys)] == ["-", "-"]


def test_what_cannot_be_read_is_told_and_the_rest_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "auth.log"
    page.write_bytes(TEXT)
    torn = tmp_path / "torn.gz"
    torn.write_bytes(gzip.compress(TEXT * 100)[:60])
    absent = str(tmp_path / "absent")
    assert cli.run(["log", "scan", "-o", "jsonl", absent, str(torn), str(page)]) == 3
    assert "username" in capsys.readouterr().out


def test_two_ways_of_showing_are_one_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "scan", "--summary", "--explain", "-"]) == 2
    assert capsys.readouterr().err
