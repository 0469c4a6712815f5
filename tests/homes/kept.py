"""Homes that versions before made, kept as they wrote them; `make.py` says how."""

import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.homes.make import OPERATIONS, PASSPHRASE
from tests.keyring.custody import HandClock

from bailee.act import Principal
from bailee.adapters.kms.keyring_file import PassphraseKeys, parse, render, verify
from bailee.backup.writer import Recovery
from bailee.ids import InstallId
from bailee.keyring.sealers import recovery_key
from bailee.keys.recovery import join, read_share
from bailee.run.wiring.app import App, open_app
from bailee.run.wiring.upgrading import upgrade
from bailee.secret import Secret

ARCHIVES = sorted(Path(__file__).parent.glob("*.tar.xz"))
HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Kept:
    """One home, unpacked; its clock stands an hour after it was made."""

    place: Path
    about: Mapping[str, str]

    @property
    def home(self) -> Path:
        """Where it is."""
        return self.place / "home"

    def clock(self) -> HandClock:
        """Give a clock of its own time, for its terms run by it."""
        return HandClock(wall_ms=int(self.about["made_ms"]) + HOUR_MS)

    @contextmanager
    def opened(self, user: int = OPERATIONS) -> Iterator[App]:
        """Open it as one of its two people."""
        with open_app(
            self.home,
            who=Principal(os_user=f"uid-{user}"),
            take_passphrase=lambda: Secret(PASSPHRASE),
            clock=self.clock(),
        ) as app:
            yield app

    def bring_up(self) -> "Kept":
        """Bring it to today's form, as `bailee home upgrade` does."""
        upgrade(self.home, lambda: Secret(PASSPHRASE), clock=self.clock())
        return self

    def recovery(self) -> Recovery:
        """Put the recovery key together from the kit that was printed."""
        kit = json.loads((self.place / "kit.json").read_text("utf-8"))
        root = join([read_share(page) for page in kit["kit"][:2]])
        key = recovery_key(root, InstallId.parse(kit["install"]))
        return Recovery(public=key.public, open=key.open)


def unpacked(archive: Path, place: Path) -> Kept:
    """Unpack an archive, and tell the home where it lies now: its register has whole paths."""

    def ours(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
        owned = member.replace(uid=os.getuid(), gid=os.getgid(), uname="", gname="")
        return tarfile.tar_filter(owned, folder)

    with tarfile.open(archive) as file:
        file.extractall(place, filter=ours)  # noqa: S202  # our own archive
    kept = Kept(place=place, about=json.loads((place / "about.json").read_text("utf-8")))
    rehomed(place, Path(kept.about["made"]))
    return kept


def rehomed(place: Path, made: Path) -> None:
    """Tell a home that was copied where it and its custodians lie now."""
    settings = place / "home" / "bailee.toml"
    settings.write_text(settings.read_text("utf-8").replace(f"{made}/", f"{place}/"), "utf-8")
    keyring = place / "home" / "keyring"
    data = keyring.read_bytes()
    content = parse(data)
    keys = PassphraseKeys(Secret(PASSPHRASE), content.salt, content.cost)
    verify(data, keys)  # as it was written; only then is it written anew
    here = [replace(one, path=place / one.path.relative_to(made)) for one in content.custodians]
    keyring.write_bytes(render(replace(content, custodians=tuple(here)), keys))
