"""What a server, or who took its place, cannot have a client do."""

from pathlib import Path

import pytest

from bailee import errors
from bailee.client.beside import handing
from bailee.run.cli.special.ledger import ExportFolder
from bailee.run.logins import Login, Logins
from bailee.secret import Secret


@pytest.mark.parametrize(
    "name", ["../a", "a/../../b", "/etc/a", "", "a//b", ".a", "a/.b", "a\0", "a\\b", 7]
)
def test_a_server_names_no_file_outside_an_export(tmp_path: Path, name: object) -> None:
    inside = tmp_path / "export"
    handed = handing(ExportFolder(inside))
    for call in ("write", "append"):
        with pytest.raises(errors.BaileeError):
            handed.answer([call, name, b"x"])
    assert list(tmp_path.rglob("*")) == []
    handed.answer(["append", "tile/0/x001/067", b"x"])
    assert (inside / "tile" / "0" / "x001" / "067").read_bytes() == b"x"


def test_what_lies_there_already_is_not_added_to(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "openings.jsonl").symlink_to(tmp_path / "mine")
    with pytest.raises(errors.BaileeError):
        ExportFolder(tmp_path).append("openings.jsonl", b"x")
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_login_is_of_one_url_however_long(tmp_path: Path) -> None:
    logins = Logins({"XDG_CONFIG_HOME": str(tmp_path)})
    long = "https://" + ".".join(["a" * 61] * 3)
    logins.keep(f"{long}.shop.example", Login(token=Secret("a token")))
    with pytest.raises(errors.NotSignedIn):
        logins.find(f"{long}.evil.example")
    (kept,) = (tmp_path / "bailee" / "logins").iterdir()
    logins.keep("https://other.example", Login(token=Secret("another")))
    (other,) = {*(tmp_path / "bailee" / "logins").iterdir()} - {kept}
    kept.rename(other)
    with pytest.raises(errors.Damaged):
        logins.find("https://other.example")
