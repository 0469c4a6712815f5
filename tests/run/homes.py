"""Homes for tests: founded in a moment by the real parts; commands run as a person runs them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.patience import HANGS_S, NovemberClock

from bailee.act import Principal
from bailee.adapters.kms.keyring_file import Cost
from bailee.clock import Clock
from bailee.run.wiring.app import App, open_app
from bailee.run.wiring.init import Founded, InitOptions, found
from bailee.scan.vm import cache
from bailee.secret import Secret

PASSPHRASE = "agouti bamboula cassave"
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)
"""Argon2id at a cost that tests can pay; a home made with it opens in no other way."""

SOMEONE = Principal(os_user="awa")


def make(
    place: Path, *, clock: Clock | None = None, who: Principal = SOMEONE, **query: object
) -> Founded:
    """Found a home in a folder, with everything beside it in the same folder."""
    wanted = InitOptions(home=place / "home", domain="hosting.example", **query)  # type: ignore[arg-type]  # the wish's own fields
    return found(
        wanted, Secret(PASSPHRASE), clock=clock or NovemberClock(), who=who, unsafe_cost=CHEAP
    )


@contextmanager
def opened(
    place: Path, *, clock: Clock | None = None, who: Principal = SOMEONE, home: str = "home"
) -> Iterator[App]:
    """Open the home in a folder."""
    with open_app(
        place / home,
        who=who,
        take_passphrase=lambda: Secret(PASSPHRASE),
        clock=clock or NovemberClock(),
        unsafe_cost=CHEAP,
    ) as house:
        yield house


@dataclass(frozen=True)
class Done:
    """What a command said."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text."""
        return self.out.decode()


@dataclass
class Shell:
    """Runs the real command line in child processes, on one home, with one passphrase."""

    place: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: bytes = b"", expect: int | None = 0) -> Done:
        """Run `bailee WORDS…`; `expect` is the exit code, None for any."""
        done = subprocess.run(
            [sys.executable, "-m", "bailee", *words],
            input=stdin,
            capture_output=True,
            env=self.variables(),
            timeout=HANGS_S,
            check=False,
        )
        if expect is not None:
            assert done.returncode == expect, done.stderr.decode()
        return Done(code=done.returncode, out=done.stdout, err=done.stderr.decode())

    def variables(self) -> dict[str, str]:
        """Return the child's environment: only what a command needs."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
            "LANG": "C.UTF-8",
            "BAILEE_HOME": str(self.place / "home"),
            "BAILEE_KERNELS": str(cache.folder().parent),  # compiled once, not for each
            "BAILEE_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'",
            **self.environment,
        }
