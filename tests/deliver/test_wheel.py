"""The wheel holds what is needed and nothing else, and works where only wheels were installed."""

import http.client
import os
import re
import subprocess
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.deliver.installed import Venv, built, installed
from tests.house.source import ROOT
from tests.patience import HANGS_S

import bailee
from bailee.run.cli.commands import NOUNS, commands
from bailee.text import LANGUAGES

pytestmark = pytest.mark.sweep  # builds, downloads, and compiles kernels anew: three minutes

UNKEPT = {"__pycache__"}
"""Folders in the source that are of this machine alone."""
NO_TOKEN = 401


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Venv:
    return installed(wheel, tmp_path_factory.mktemp("venv") / "bailee")


def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as file:
        (name,) = [one for one in file.namelist() if one.endswith(".dist-info/METADATA")]
        return message_from_string(file.read(name).decode())


def test_it_holds_every_file_of_the_program_and_no_other(wheel: Path) -> None:
    source = ROOT / "src"
    every = [one for one in (source / "bailee").rglob("*") if one.is_file()]
    kept = [one for one in every if not UNKEPT & set(one.parts)]
    with ZipFile(wheel) as file:
        beside = (".dist-info", ".data")
        names = [one for one in file.namelist() if not one.split("/")[0].endswith(beside)]
        assert sorted(names) == sorted(str(one.relative_to(source)) for one in kept)
        assert all(file.read(str(one.relative_to(source))) == one.read_bytes() for one in kept)
    # What is read at run time beside code: a word list that went would be an error of one day.
    ends = {one.suffix for one in kept if one.suffix != ".py"}
    assert ends == {".cedar", ".cedarschema", ".mako", ".sql", ".toml", ".typed"}


def test_its_metadata_say_what_it_is(wheel: Path) -> None:
    found = metadata(wheel)
    assert wheel.name == f"bailee-{bailee.__version__}-py3-none-any.whl"
    assert found["Version"] == bailee.__version__
    assert found["License-Expression"] == "Apache-2.0"
    assert found["Requires-Python"] == ">=3.11"
    assert found.get_all("Project-URL") is None  # none is there
    assert found["Home-page"] is None
    said = found.get_all("Classifier") or []
    assert not [one for one in said if one.startswith("License ::")]
    with ZipFile(wheel) as file:
        assert [one for one in file.namelist() if one.endswith("/licenses/LICENSE")]


def test_what_a_service_needs_comes_beside_the_program(venv: Venv) -> None:
    shipped = {one.name: one.read_bytes() for one in (ROOT / "deploy").iterdir()}
    found = {one.name: one.read_bytes() for one in (venv.folder / "share" / "bailee").iterdir()}
    assert shipped == found


def test_no_tool_of_the_developers_comes_with_it(venv: Venv) -> None:
    names = {one["name"] for one in venv.installed()}
    assert "bailee" in names
    assert not names & {"hypothesis", "mypy", "nox", "pytest", "ruff", "schemathesis"}


def test_it_says_its_version_and_helps_in_both_languages(venv: Venv) -> None:
    assert bailee.__version__ in venv.run("version")
    for language in LANGUAGES:
        seen = venv.run("--lang", language, "--help")
        assert all(re.search(rf"^  {noun} ", seen, re.MULTILINE) for noun in NOUNS)
        for name in commands():
            assert venv.run("--lang", language, *name.split(" "), "--help")


@pytest.mark.long  # compiles kernels anew
def test_its_demo_ends_with_its_verdict(venv: Venv) -> None:
    assert "VERDICT: recorded before" in venv.run("demo").splitlines()[-1]


@pytest.mark.long  # compiles kernels anew
def test_it_serves_http(venv: Venv) -> None:
    home = {"BAILEE_HOME": str(venv.folder / "home")}
    founding = {"BAILEE_PASSPHRASE_COMMAND": "/bin/echo agouti baobab cassave"}
    venv.run("init", "--provider", "hosting.example", **home, **founding)
    with subprocess.Popen(
        [venv.bailee, "serve", "--listen", "127.0.0.1:0"],
        env=venv.variables(**home),
        stderr=subprocess.PIPE,
        text=True,
        cwd=venv.folder,
    ) as server:
        try:
            assert server.stderr is not None
            said = [server.stderr.readline() for _ in range(2)]
            (port,) = re.findall(r"\d{4,5}", said[1])
            asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=HANGS_S)
            asked.request("GET", "/v1/clients")
            assert asked.getresponse().status == NO_TOKEN
            asked.close()
        finally:
            server.terminate()
    assert server.returncode == os.EX_OK
