"""Files outside a home, cut at each durable write: the one before or the new one, each whole."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.run.faults import OUTSIDE

from bailee import failpoint
from bailee.errors import BaileeError
from bailee.run.follow.followed import Followed, FollowedFiles
from bailee.run.logins import Login, Logins
from bailee.secret import Secret

URL = "https://custody.example"


def _login(folder: Path, word: str) -> None:
    logins = Logins({"XDG_CONFIG_HOME": str(folder)})
    if word == "":
        logins.drop(URL)
    else:
        logins.keep(URL, Login(token=Secret(word)))


def _logged_in(folder: Path) -> str:
    try:
        return Logins({"XDG_CONFIG_HOME": str(folder)}).find(URL).token.reveal()
    except BaileeError:
        return ""


def _follow(folder: Path, word: str) -> None:
    followed = FollowedFiles(folder / "followed")
    try:
        followed.records = [Followed(source=word, path="/a", id=None)]
        followed.save()
    finally:
        followed.close()


def _followed(folder: Path) -> str:
    followed = FollowedFiles(folder / "followed")
    followed.close()
    return "".join(one.source for one in followed.records)


KEPT: dict[str, tuple[Callable[[Path, str], None], Callable[[Path], str]]] = {
    "login": (_login, _logged_in),
    "follow": (_follow, _followed),
}


@pytest.mark.parametrize("name", sorted(OUTSIDE))
@pytest.mark.parametrize("side", ["before", "after"])
def test_what_was_cut_is_the_one_or_the_other(tmp_path: Path, name: str, side: str) -> None:
    write, read = KEPT[name.partition(".")[0]]
    new = "" if name == "login.drop" else "new"
    write(tmp_path, "old")
    failpoint.arm(f"{name}:{side}=raise")
    with pytest.raises(BaileeError):
        write(tmp_path, new)
    failpoint.arm("")
    left = read(tmp_path)
    assert left in ("old", new)
    if left != new:
        write(tmp_path, new)
    assert read(tmp_path) == new
    assert not list(tmp_path.rglob("*.partial"))
