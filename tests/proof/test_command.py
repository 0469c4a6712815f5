"""The verifier as people run it: exit codes, both languages, and the one-file build alone."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cryptography
import pytest
from tests.absence import holds, mark
from tests.patience import HANGS_S
from tests.proof.honest_log import HonestLog, write_files
from tests.proof.make_line_vectors import FOLDER as LINES
from tests.proof.vectors import LEDGER as FOLDER

from bailee.proof.bundle import build, contents
from bailee.proof.command import main
from bailee.text import catalogue

KEY = str(HonestLog().vkey())
VALID = str(FOLDER / "valid" / "export")

ASKED = {
    "a valid export and its key": ([VALID, "--key", KEY], 0),
    "a valid export and no key": ([VALID], 14),
    "another log's key": ([VALID, "--key", str(HonestLog("other").vkey())], 10),
    "a tampered export": ([str(FOLDER / "tampered-body" / "export"), "--key", KEY], 10),
    "nothing to judge": ([str(FOLDER / "nothing-there" / "export"), "--key", KEY], 14),
    "no such path": (["/nowhere", "--key", KEY], 2),
    "no path": ([], 2),
    "an unknown option": ([VALID, "--force"], 2),
    "an abbreviated option": ([VALID, "--ke", KEY], 2),
    "a language that is none": ([VALID, "--lang", "la"], 2),
    "help": (["--help"], 0),
}


@pytest.mark.parametrize(("argv", "code"), ASKED.values(), ids=ASKED.keys())
def test_each_question_has_its_exit_code(
    argv: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == code
    said = capsys.readouterr()
    assert bool(said.err) == (code == 2)
    assert bool(said.out) == (code != 2)


def test_the_steps_are_numbered_and_the_verdict_comes_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main([VALID, "--key", KEY, "--lang", "en"])
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines[:7]] == [f"{number}. ok " for number in range(1, 8)]
    assert lines[8] == "VERDICT: verified"
    assert "not shown" in lines[9]
    main([VALID, "--lang", "fr"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("3. --  signataire non contrôlé")
    assert lines[8].startswith("VERDICT\N{NO-BREAK SPACE}: cohérent")


def test_nothing_that_was_typed_or_read_is_repeated(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    word = mark()
    for argv in ([VALID, "--key", word], [f"/{word}"], [VALID, f"--{word}"], ["a", word]):
        main(argv)
    shutil.copytree(FOLDER / "tampered-subject" / "export", tmp_path / "export")
    openings = tmp_path / "export" / "openings.jsonl"
    openings.write_text(openings.read_text("utf-8").replace('"f2"', f'"{word}"'), "utf-8")
    assert main([str(tmp_path / "export"), "--key", KEY]) == 10
    said = capsys.readouterr()
    assert not holds(said.out + said.err, word)


def test_no_string_comes_from_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("valid", "key-change", "since-split", "re-signed-forgery", "nonce-33"):
        main([str(FOLDER / name / "export"), "--key", KEY, "--lang", "xx"])
        for line in filter(None, capsys.readouterr().out.splitlines()):
            assert "⟦" in line


def test_every_message_stands_in_both_languages_with_the_same_facts() -> None:
    english, french = (
        {key: text for key, text in catalogue(language).items() if key.startswith("verify.")}
        for language in ("en", "fr")
    )
    assert english.keys() == french.keys()
    for key, text in english.items():
        assert facts(text) == facts(french[key]), key


def facts(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the one file, and `cryptography` in `site` beside it, nothing else."""
    folder = tmp_path_factory.mktemp("alone")
    build(folder / "bailee-verify.pyz")
    site = folder / "site"
    site.mkdir()
    installed = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "pycparser"):
        if (installed / name).is_dir():
            (site / name).symlink_to(installed / name)
    for library in installed.glob("_cffi_backend*"):
        (site / library.name).symlink_to(library)
    return folder


def python(alone: Path, *argv: str, site: str = "site") -> subprocess.CompletedProcess[str]:
    """Run the one file by a Python that sees nothing but `site` and the standard library."""
    start = (
        "import sys, runpy\n"
        f"sys.path[:] = [p for p in sys.path if 'packages' not in p] + [{str(alone / site)!r}]\n"
        f"sys.argv[:] = {[str(alone / 'bailee-verify.pyz'), *argv]!r}\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n"
        "    ours = [m for m in sys.modules if m.split('.')[0] == 'bailee']\n"
        "    sys.stderr.write(' '.join(sorted(ours)))\n"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        timeout=HANGS_S,
    )


def test_the_one_file_runs_alone(alone: Path, tmp_path: Path) -> None:
    write_files(tmp_path, HonestLog().fill(300).export())
    good = python(alone, str(tmp_path), "--key", KEY)
    assert (good.returncode, good.stdout.count(" ok ")) == (0, 7), good.stderr
    bad = python(alone, str(FOLDER / "tampered-tile" / "export"), "--key", KEY, "--lang", "fr")
    assert bad.returncode == 10, bad.stderr
    assert "ne se vérifie pas" in bad.stdout
    assert python(alone, str(tmp_path)).returncode == 14
    assert python(alone).returncode == 2


def test_the_one_file_verifies_a_line(alone: Path) -> None:
    line = str(LINES / "opened" / "line.receipt")
    good = python(alone, line, "--key", KEY)
    assert (good.returncode, good.stdout.count(" ok ")) == (0, 10), good.stderr
    assert 'email, opened: "bob@example.org"' in good.stdout
    assert python(alone, line).returncode == 14
    for name in ("line-text", "value-raw", "entry-root", "head-signature"):
        assert python(alone, str(LINES / name / "line.receipt"), "--key", KEY).returncode == 10


def test_the_one_file_imports_nothing_else_of_the_house(alone: Path) -> None:
    loaded = python(alone, VALID, "--key", KEY).stderr.split()
    outside = [name for name in loaded if not name.startswith("bailee.proof")]
    assert outside == ["bailee", "bailee.encoding", "bailee.text"]


def test_without_cryptography_it_says_so_and_judges_nothing(alone: Path) -> None:
    answer = python(alone, VALID, "--key", KEY, site="nowhere")
    assert answer.returncode == 14
    assert "cryptography" in answer.stderr.splitlines()[0]


def test_the_same_sources_give_the_same_file(tmp_path: Path) -> None:
    build(tmp_path / "a.pyz")
    build(tmp_path / "b.pyz")
    assert (tmp_path / "a.pyz").read_bytes() == (tmp_path / "b.pyz").read_bytes()
    assert os.access(tmp_path / "a.pyz", os.X_OK)
    with zipfile.ZipFile(tmp_path / "a.pyz") as archive:
        assert archive.namelist() == list(contents())
        assert "bailee/proof/bundle.py" not in set(archive.namelist())


def test_it_runs_as_a_program_and_as_a_module(alone: Path) -> None:
    for command in (
        [sys.executable, "-m", "bailee.proof"],
        [sys.executable, str(alone / "bailee-verify.pyz")],
    ):
        done = subprocess.run(
            [*command, VALID, "--key", KEY], capture_output=True, check=False, timeout=HANGS_S
        )
        assert done.returncode == 0
