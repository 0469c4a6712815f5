"""docs/backups.md: each command is run by the real tool, and what comes back is restored."""

import re
import shutil
from pathlib import Path

import pytest
from tests.doctor.test_runbooks import Place
from tests.house.source import ROOT
from tests.programs import require
from tests.run.homes import PASSPHRASE

from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

pytestmark = pytest.mark.sweep  # real Argon2id at each command: a quarter of a minute each

SECTIONS = {
    part.splitlines()[0]: re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    for part in (ROOT / "docs" / "backups.md").read_text("utf-8").split("\n## ")[1:]
}
CARRIERS = {"restic": "restic init", "borg": "borg init -e repokey", "rsync": "mkdir away"}
"""Each with what makes the place that it carries to."""


def test_every_command_of_the_page_is_run_here() -> None:
    assert {name for name, blocks in SECTIONS.items() if blocks} == {
        *CARRIERS,
        "Restoring from them",
    }


@pytest.mark.parametrize("name", CARRIERS)
def test_what_was_carried_away_is_restored(name: str, tmp_path: Path) -> None:
    require(name)
    made = found(
        InitOptions(home=tmp_path / "home", domain="hosting.example"),
        Secret(PASSPHRASE),
        who=os_principal(),
    )
    (tmp_path / "password").write_text("of the tool alone")
    (tmp_path / "kept.txt").write_text("kept in custody")
    (tmp_path / "shares").write_text("\n".join(made.pages[:2]), "utf-8")
    tool = {
        "RESTIC_REPOSITORY": str(tmp_path / "away"),
        "RESTIC_PASSWORD_FILE": str(tmp_path / "password"),
        "BORG_REPO": str(tmp_path / "away"),
        "BORG_PASSCOMMAND": f"cat {tmp_path}/password",
        "BORG_BASE_DIR": str(tmp_path),
    }
    place = Place(tmp_path, made, tool)
    place.give(["bailee client add acme", "bailee object put --client acme kept.txt"])
    place.give([CARRIERS[name]])
    away, back = SECTIONS[name]
    place.give(away.splitlines())
    sent = {one.name: one.read_bytes() for one in (tmp_path / "home.backups").glob("*.bailee")}
    assert len(sent) == 1

    shutil.rmtree(tmp_path / "home.backups")
    place.give(back.splitlines())
    found_again = {one.name: one.read_bytes() for one in (tmp_path / "back").rglob("*.bailee")}
    assert found_again == sent

    rehearse, restore = SECTIONS["Restoring from them"][0].splitlines()
    place.give([rehearse])
    (tmp_path / "home").rename(tmp_path / "lost")
    place.give([restore])
    given = "bailee --home NEW object get --client acme --purpose client-request kept.txt"
    assert "kept in custody" in place.give([given])
