"""The whole command line, composed: made after the language is known, for help is in it."""

import sys
from importlib.metadata import version as installed

import typer

import bailee
from bailee.run.cli import (
    actor,
    backup,
    check,
    client,
    demo,
    epoch,
    frame,
    init,
    key,
    ledger,
    log,
    log_erase,
    log_export,
    log_ingest,
    log_prove,
    log_search,
    log_streams,
    promise,
    spoken,
    verify,
)
from bailee.run.cli import object as object_
from bailee.text import say

_NOUNS = {
    "client": client.app,
    "actor": actor.app,
    "object": object_.app,
    "log": log.app,
    "epoch": epoch.app,
    "ledger": ledger.app,
    "key": key.app,
    "backup": backup.app,
}
_ON_LOG = (log_erase, log_export, log_ingest, log_prove, log_search, log_streams)
"""Commands of `log` in files of their own; they join its group as they are loaded."""
_PACKAGES = ("cryptography", "cedarpy", "sqlalchemy", "numba")


def application() -> typer.Typer:
    """Compose the commands."""
    app = spoken.noun(
        "bailee",
        add_completion=False,
        pretty_exceptions_enable=False,
        epilog=say("help.globals"),
    )
    spoken.act(app, "init", "init")(init.init)
    for name, group in _NOUNS.items():
        app.add_typer(group, name=name)
    spoken.act(app, "check", "check")(check.check)
    spoken.act(app, "verify", "verify")(verify.verify)
    spoken.act(app, "promise", "promise")(promise.promise)
    spoken.act(app, "demo", "demo")(demo.demo)
    spoken.act(app, "version", "version")(version)
    return app


def version() -> int:
    """Say which version this is, of what it is made and on what it runs."""
    frame.show_one(
        {
            "bailee": bailee.__version__,
            "python": sys.version.split()[0],
            **{name: installed(name) for name in _PACKAGES},
        }
    )
    return 0
