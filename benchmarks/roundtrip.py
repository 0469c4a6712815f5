"""Every file of a folder goes into custody and comes back, byte for byte.

    nox -s roundtrip -- DIR

Under `--secrets seal` it comes back equal, by default equal but for the spans that `log scan` lists
as secrets: what is expected is made from the words of `bailee log scan` alone.  Real logs seldom
hold a sure secret, so a few invented files that do go along.  Prints each file that differs, and
the sums; ends with exit 1 when one does.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.answers import done
from tests.people import open_more
from tests.run.homes import make, opened

from bailee.adapters.sources.place import SourcePlace, places
from bailee.adapters.sources.source import FileSource
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, Ingested, IngestLog, LogExported
from bailee.logs.ingest.charset import sniff
from bailee.run.wiring.app import App

Span = tuple[int, int, int]
"""Line from 1, first byte and the one after the last within it."""


INVENTED = """10.0.0.7 - - [10/Oct/2025:13:55:36 +0000] "GET /in?password=hunter2zebra HTTP/1.1" 200
{"user": "awa", "password": "p\\u0061ss w\\"ord 9x"}
Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW
connect postgres://app:s3cr3t-Kola@db.example/app as caf\u00e9
nothing of the kind here
"""
SHAPES = {
    "unix.log": INVENTED.encode(),
    "windows.log": INVENTED.replace("\n", "\r\n").encode(),
    "utf-16.log": INVENTED.encode("utf-16"),
    "no-newline.log": INVENTED.rstrip("\n").encode()
    + b" token=ghp_1234567890abcdefABCDEF1234567890abcd",
}


def listed_secrets(folders: list[str]) -> dict[str, list[Span]]:
    """Ask `bailee log scan` which spans of which files are secrets."""
    command = [sys.executable, "-m", "bailee", "log", "scan", "-o", "jsonl", *folders]
    found: dict[str, list[Span]] = defaultdict(list)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as scan:
        for line in scan.stdout or ():
            one = json.loads(line)
            if one["kind"] == "secret" and "suspected" not in one["flags"]:
                found[one["file"]].append((one["line"], one["start"], one["end"]))
    assert scan.returncode in (0, 3), scan.returncode
    return found


def without(raw: bytes, spans: list[Span]) -> bytes:
    """Put `[secret]` where spans are; they count in UTF-8, whatever the file is written in."""
    charset = sniff(raw[:4096])
    body = raw[len(charset.front) :]
    if charset.transcoded:
        body = body.decode(charset.encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    lines = body.split(b"\n")
    for number, start, end in sorted(spans, reverse=True):
        line = lines[number - 1]
        lines[number - 1] = line[:start] + b"[secret]" + line[end:]
    return charset.front + charset.raw(b"\n".join(lines))


def taken(house: App, place: SourcePlace, stream: str, **more: object) -> Ingested:
    request = IngestLog(client="acme", stream=stream, origin="infrastructure", **more)  # type: ignore[arg-type]  # the request's own fields
    with FileSource(place) as source:
        answer = done(house.caller.send(request, source))
    assert isinstance(answer, Ingested)
    assert answer.broke is None
    return answer


def given(house: App, place: SourcePlace, stream: str) -> bytes:
    request = ExportLog(
        client="acme", stream=stream, source=place.address, purpose="client-request"
    )
    answer = done(house.caller.call(request))
    assert isinstance(answer, LogExported)
    return b"".join(map(bytes, answer.chunks))


def one(house: App, place: SourcePlace, spans: list[Span]) -> tuple[int, list[str]]:
    """Take one file in both ways; return its lines and what was not as it must be."""
    with FileSource(place) as source:
        raw = b"".join(source.read(0))
    kept = taken(house, place, "kept", keep_secrets=True, reason="round trip")
    default = taken(house, place, "default")
    if not raw:
        return 0, []
    wrong = []
    if given(house, place, "kept") != raw:
        wrong.append("differs with its secrets kept")
    if given(house, place, "default") != without(raw, spans):
        wrong.append("differs by more than its secrets")
    if sum(default.secrets.values()) != len(spans):
        wrong.append(f"{sum(default.secrets.values())} secrets counted, {len(spans)} listed")
    return kept.lines, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", help="the logs")
    folder: str = parser.parse_args().folder
    files = size = lines = differing = 0
    with tempfile.TemporaryDirectory() as base:
        invented = Path(base, "invented")
        invented.mkdir()
        for name, raw in SHAPES.items():
            (invented / name).write_bytes(raw)
        folders = [folder, str(invented)]
        secrets = listed_secrets(folders)
        make(Path(base))
        with opened(Path(base)) as house:
            house.caller.call(AddClient(label="acme"))
            open_more(house)
            for place in places(folders):
                count, wrong = one(house, place, secrets.get(place.name, []))
                files, size, lines = files + 1, size + place.size_bytes, lines + count
                differing += bool(wrong)
                for what in wrong:
                    print(f"{place.name}: {what}")
    spans = sum(map(len, secrets.values()))
    print(
        f"{files} files ({len(SHAPES)} invented), {size / 1e6:.1f} MB, {lines:,} lines,"
        f" {spans} secrets listed in {len(secrets)} files:"
        f" {files - differing} come back as they must, {differing} do not"
    )
    return 1 if differing or not spans else 0


if __name__ == "__main__":
    sys.exit(main())
