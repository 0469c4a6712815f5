"""What is no text in UTF-8: a name of bytes, and a file saved as UTF-16 without its mark.

borgbackup/borg#2273 (a name of bytes that could be stored and not asked for).
"""

import os
from pathlib import Path

import pytest
from tests.field.conftest import Hand

NAME = b"caf\xe9.txt"
FOR = ("--client", "acme", "--purpose", "client-request")


def test_what_is_called_by_bytes_is_given_back_by_them_and_by_what_is_shown(
    hand: Hand, tmp_path: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + NAME))
    path.write_bytes(b"what was kept")
    assert hand("object", "put", "--client", "acme", str(path)).code == 0
    for number, asked in enumerate((os.fsdecode(NAME), r"caf\xe9.txt")):
        target = tmp_path / f"given-{number}"
        assert hand("object", "get", *FOR, "--to", str(target), asked).code == 0
        assert target.read_bytes() == b"what was kept"
    assert hand("object", "delete", *FOR[:2], os.fsdecode(NAME)).code == 0


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_value_in_utf_16_without_its_mark_is_said_to_be_no_text(
    hand: Hand, encoding: str
) -> None:
    asked = hand.file("who", "awa.kone@example.org\r\n".encode(encoding))
    said = hand("log", "search", *FOR, "--about", f"@{asked}")
    assert said.code == 2
    assert "[value-unreadable]" in said.err
    assert "UTF-8" in said.err
