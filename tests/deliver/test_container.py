"""What the Containerfile names is there; that it builds was tried by hand, for want of a base."""

import re

from tests.house.source import ROOT

from bailee.adapters.kms.passphrase import CREDENTIALS
from bailee.scan.vm.cache import PLACE

LINES = (ROOT / "deploy" / "Containerfile").read_text("utf-8").replace("\\\n", " ").splitlines()


def said(word: str) -> list[str]:
    return [one.partition(" ")[2] for one in LINES if one.startswith(f"{word} ")]


def test_it_has_two_stages_of_one_base_and_ends_as_nobody_of_power() -> None:
    assert [one.split(" ")[0] for one in said("FROM")] == ["${BASE}", "${BASE}"]
    user = said("USER")[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert not [one for one in LINES[LINES.index(f"USER {user}") :] if one.startswith("RUN ")]


def test_what_it_takes_from_here_is_here() -> None:
    copied = [one.split(" ") for one in said("COPY") if not one.startswith("--from")]
    assert copied
    assert all((ROOT / name).exists() for words in copied for name in words[:-1])
    # Of what was built, the environment alone: no source, no wheel, no tool.
    assert said("COPY")[-1] == "--from=build /opt/bailee /opt/bailee"


def test_it_sets_what_the_program_knows() -> None:
    named = dict(one.split("=") for one in said("ENV")[0].split())
    assert named.keys() == {"BAILEE_HOME", PLACE, CREDENTIALS, "LANG"}
    assert said("ENTRYPOINT") == ['["/opt/bailee/bin/bailee"]']
