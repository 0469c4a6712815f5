"""The demo is the real thing in small: all its steps end as told, in both languages."""

import subprocess
import sys
from pathlib import Path

import pytest

from bailee.scan.vm import cache

VERDICTS = {"en": "VERDICT: recorded before", "fr": "VERDICT : consigné avant"}


@pytest.mark.sampled(1)
@pytest.mark.parametrize("language", VERDICTS)
def test_the_demo_ends_with_its_verdict(language: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bailee", "--lang", language, "demo"],
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path),
            "BAILEE_KERNELS": str(cache.folder().parent),
        },
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert VERDICTS[language] in done.stdout.splitlines()[-1].replace("\u202f", " ")
    assert list(tmp_path.iterdir()) == []
