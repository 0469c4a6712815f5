"""The whole command line, composed: made after the language is known, for help is in it."""

import sys
from importlib.metadata import version as installed

import typer

import bailee
from bailee.run.cli import actor, client, demo, frame, init, key, ledger, promise, verify
from bailee.run.cli import object as object_
from bailee.text import say

_PACKAGES = ("cryptography", "cedarpy", "sqlalchemy", "numba")


def application() -> typer.Typer:
    """Compose the commands."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=say("help.bailee"),
        epilog=say("help.globals"),
    )
    app.command("init", help=say("help.init"))(init.init)
    app.add_typer(client.app, name="client")
    app.add_typer(actor.app, name="actor")
    app.add_typer(object_.app, name="object")
    app.add_typer(ledger.app, name="ledger")
    app.add_typer(key.app, name="key")
    app.command("promise", help=say("help.promise"))(promise.promise)
    app.command("demo", help=say("help.demo"))(demo.demo)
    app.command("verify", help=say("help.verify"))(verify.verify)
    app.command("version", help=say("help.version"))(version)
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
