"""The menu of tasks: `nox --list`.  All run in the one environment that uv made."""

import os
import secrets

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "layers", "fast"]


@nox.session
def lint(session: nox.Session) -> None:
    """Look at style and format."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """Check that imports point down."""
    session.run("lint-imports", "--no-cache")


@nox.session
def fast(session: nox.Session) -> None:
    """Run the fast tier on two cores, in an order and with examples that a printed seed repeats."""
    given = any("-seed" in word for word in session.posargs)
    seed = secrets.randbelow(1 << 32)
    seeds = () if given else (f"--randomly-seed={seed}", f"--hypothesis-seed={seed}")
    tier = ("-n", "2", "--dist", "loadfile", "-m", "not sweep")
    session.run("pytest", *tier, *seeds, *session.posargs)


@nox.session
def sweep(session: nox.Session) -> None:
    """Run the long sweeps: all, or `-- --sweep-seconds 300 --sweep-seed 7` for a sample."""
    session.run("pytest", "-m", "sweep", "--timeout", "86400", *session.posargs)


@nox.session
def accept(session: nox.Session) -> None:
    """Run one issue's acceptance, an hour at most, and keep its note: `-- ground`."""
    session.run("python", "-m", "tests.acceptance", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Throw arbitrary bytes at the scanner: `-- --seconds 600 --seed 1`; `--guarded`: kernels."""
    session.run("python", "-m", "tests.scan.fuzz", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Run a benchmark: `nox -s bench -- ledger`."""
    name = session.posargs[0] if session.posargs else "ledger"
    page = os.path.join("benchmarks", f"{name}.py")  # noqa: PTH118  # one literal path
    session.run("python", page, *session.posargs[1:], env={"PYTHONPATH": "."})


@nox.session
def roundtrip(session: nox.Session) -> None:
    """Take every file of a folder in and compare what comes back: `-- DIR`."""
    session.run("python", "benchmarks/roundtrip.py", *session.posargs, env={"PYTHONPATH": "."})


@nox.session
def verifier(session: nox.Session) -> None:
    """Build bailee-verify.pyz, the verifier that ships alone."""
    session.run("python", "-m", "bailee.proof.bundle", "dist/bailee-verify.pyz")
