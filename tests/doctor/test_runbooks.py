"""The runbooks: each command in them is run, in order, on a home that has what they are for."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.absence import holds
from tests.deliver.proxied import certificate
from tests.house.source import ROOT
from tests.keyring.custody import HandClock
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE

from bailee.clock import SystemClock
from bailee.run import config
from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import Founded, InitOptions, found
from bailee.scan.vm import cache
from bailee.secret import Secret

PAGES = ("docs/runbooks.md", "docs/runbooks.fr.md")
FINDINGS = 3
AT = {"BACKUPS": "home.backups", "CHAIN": "custody.pem", "KEY": "custody.key"}
PLACES = re.compile("|".join(AT))
DOUBTS = 14
"""Of `clock show`, while something is wrong with the clock."""

pytestmark = pytest.mark.sweep  # real Argon2id at each command: half a minute


def sections(page: str) -> list[list[list[str]]]:
    """Give the commands of each block of each section, in order."""
    text = (ROOT / page).read_text("utf-8")
    return [
        [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)]
        for part in re.split(r"^## ", text, flags=re.MULTILINE)
    ]


FIRST, CUSTODIAN, DISK, CLOCK, CERTIFICATE, LOST = sections(PAGES[0])


def test_both_languages_have_the_same_commands() -> None:
    assert sections(PAGES[0]) == sections(PAGES[1])


def test_every_command_is_in_a_section_that_is_run_here() -> None:
    assert len(sections(PAGES[0])) == 6
    assert FIRST == [["bailee doctor"]]


@dataclass
class Place:
    """A home of real keys, in which commands are given as the page has them."""

    folder: Path
    founded: Founded
    more: Mapping[str, str] = field(default_factory=dict)

    def give(self, commands: list[str], *codes: int) -> str:
        """Give the commands of a block; with other exit codes than 0 where they are said."""
        said = ""
        for command, code in zip(commands, codes or [0] * len(commands), strict=True):
            environment = {
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "LANG": "C.UTF-8",
                "BAILEE_HOME": str(self.folder / "home"),
                "BAILEE_KERNELS": str(cache.folder().parent),
                "BAILEE_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'",
                **self.more,
            }
            done = subprocess.run(
                ["bash", "-c", PLACES.sub(lambda at: AT[at[0]], command)],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=HANGS_S,
                check=False,
            )
            assert done.returncode == code, (command, done.stderr)
            said += done.stdout + done.stderr
        return said


@pytest.fixture
def founding(tmp_path: Path) -> Callable[[HandClock | None], Place]:
    def make(clock: HandClock | None = None) -> Place:
        options = InitOptions(home=tmp_path / "home", domain="hosting.example")
        made = found(options, Secret(PASSPHRASE), clock=clock, who=os_principal())
        return Place(tmp_path, made)

    return make


def test_a_custodian_is_lost(founding: Callable[[HandClock | None], Place]) -> None:
    # A turn each day, and 40 hours since the last: less than a clock is doubted by.
    place = founding(HandClock(wall_ms=SystemClock().now_ms() - 40 * 3_600_000))
    page = place.folder / "home" / config.FILE_NAME
    page.write_text(page.read_text("utf-8").replace("days = 7", "days = 1"), "utf-8")
    away = place.folder / "home.custodian-2"
    away.rename(place.folder / "unmounted")
    seen, back, gone = CUSTODIAN
    said = place.give(seen, FINDINGS, 0, 0, 0)
    assert "custodian-away" in said
    assert "custodian:" in said
    # A backup of the whole home is made with the one that is left, too.
    place.give(gone)
    (place.folder / "unmounted").rename(away)
    assert not holds(place.give(back, 0, FINDINGS), "custodian-away")


def test_the_disk_is_full(founding: Callable[[HandClock | None], Place]) -> None:
    """There is room again, and the reserve was given back: what a disk that was full leaves."""
    place = founding(None)
    (place.folder / "home" / "reserve").unlink(missing_ok=True)
    seen, after = DISK
    place.give(seen, FINDINGS)
    place.give(after, 0, FINDINGS, 0)
    assert (place.folder / "home" / "reserve").exists()


def test_the_clock_is_wrong(founding: Callable[[HandClock | None], Place]) -> None:
    # Founded a month ago by its own clock; this machine was started since, and shows less.
    place = founding(HandClock(wall_ms=SystemClock().now_ms() - 30 * 86_400_000))
    seen, right = CLOCK
    assert "clock-ahead" in place.give(seen, FINDINGS, DOUBTS)
    place.give(right, 0, 0)


def test_the_certificate_expired(founding: Callable[[HandClock | None], Place]) -> None:
    place = founding(None)
    certificate(place.folder, days=-3)
    seen, after = CERTIFICATE
    assert "certificate-over" in place.give(seen, FINDINGS)
    _, key = certificate(place.folder)
    key.chmod(0o644)
    # Findings of a new home that has no backup yet, and none of its certificate.
    assert not holds(place.give(after, 0, FINDINGS), "certificate-")


def test_the_passphrase_is_lost(founding: Callable[[HandClock | None], Place]) -> None:
    place = founding(None)
    place.give(["bailee backup create"])
    pages = place.founded.pages
    (place.folder / "shares").write_text("\n".join(pages[:2]), "utf-8")
    (rehearse, restore, check), *_ = LOST
    place.give([rehearse])
    shutil.move(place.folder / "home", place.folder / "away")
    place.more = {"BAILEE_PASSPHRASE_COMMAND": "echo 'another karité passphrase'"}
    place.give([restore, check])
