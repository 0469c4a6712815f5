"""Every command whose output cannot be written exits with a failure, whatever it says beside it.

torognes/vsearch#243 (a full device behind the output taken for success).
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from tests.absence import holds
from tests.patience import HANGS_S
from tests.run.homes import PASSPHRASE, Shell

from bailee.run.cli.commands import application
from bailee.run.wiring.app import os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.secret import Secret

OF, FOR = ("--client", "acme"), ("--purpose", "client-request")
LINE = b"Nov 30 08:00:01 host sshd[1]: user=anna from 192.0.2.1 port 4\n"

Words = tuple[str, ...]
DRIVEN: Mapping[str, Words] = {
    "client add": ("bolt",),
    "client list": (),
    "client lock": ("bolt",),
    "token list": (),
    "budget list": (),
    "actor add": ("--os-user", "dede", "--role", "dpo"),
    "actor list": (),
    "approval list": (),
    "object put": (*OF, "{who}"),
    "object get": (*OF, *FOR, "log"),
    "object list": OF,
    "object delete": (*OF, "who"),
    "log scan": ("{log}",),
    "log ingest": (*OF, "--stream", "b", "--origin", "infrastructure", "{log}"),
    "log search": OF,
    "log streams": OF,
    "log prove": (*OF, *FOR, "--batch", "{batch}", "--line", "1"),
    "log export": (*OF, *FOR, "--stream", "a"),
    "log erase": (*OF, *FOR, "--about", "@{who}"),
    "epoch list": OF,
    "epoch destroy": ("--due",),
    "ledger export": (*OF, "{place}/another"),
    "ledger head": OF,
    "ledger show": OF,
    "ledger key": OF,
    "ledger prove": (*OF, "{entry}"),
    "key list": (),
    "clock show": (),
    "backup create": (),
    "home upgrade": (),
    "check": (),
    "verify": ("{place}/export", "--key", "{key}"),
    "promise": (),
    "version": (),
    "key turn": (),
    "key rotate": (),
}
"""In this order: the last ones change keys."""
ELSEWHERE: Mapping[str, str] = {
    "init": "tests/field/test_init.py",
    "approval give": "asked for by another: derived, as what is driven here",
    "approval withdraw": "derived too",
    "actor retire": "derived, as actor add is",
    "token add": "derived; nothing that was made is used where its secret was not seen",
    "token revoke": "derived too",
    "budget raise": "derived too",
    "clock accept": "waits for a second person before there is anything to show",
    "key rehearse": "takes shares from standard input; shows one record, as backup create does",
    "backup restore": "as key rehearse",
    "log push": "tests/run/test_log_push.py",
    "log follow": "puts out nothing",
    "job list": "tests/jobs",
    "job run": "tests/jobs",
    "key seal": "asks a server: tests/serve",
    "key unseal": "asks a server: tests/serve",
    "serve": "tests/serve",
    "login": "tests/serve/test_remote.py",
    "logout": "puts out nothing",
    "doctor": "tests/doctor",
    "demo": "shows other commands",
}


def _typed(command: click.Command, before: Words = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(before)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from _typed(inner, (*before, name))


def test_every_command_is_driven_or_says_where() -> None:
    assert sorted(_typed(application())) == sorted([*DRIVEN, *ELSEWHERE])


def _made(place: Path) -> tuple[Shell, Mapping[str, str]]:
    options = InitOptions(
        home=place / "home", domain="hosting.example", backups=(place / "backups",)
    )
    found(options, Secret(PASSPHRASE), who=os_principal())
    shell = Shell(place)
    shell("client", "add", "acme")
    log, who = place / "log", place / "who"
    log.write_bytes(LINE)
    who.write_bytes(b"anna")
    shell("object", "put", *OF, str(log))
    stream = ("--stream", "a", "--origin", "infrastructure")
    taken = json.loads(shell("-o", "json", "log", "ingest", *OF, *stream, str(log)).out)
    shell("ledger", "export", *OF, str(place / "export"))
    entries = json.loads(shell("-o", "json", "ledger", "show", *OF).out)
    return shell, {
        "place": str(place),
        "log": str(log),
        "who": str(who),
        "batch": taken["inputs"][0]["batches"][0],
        "entry": entries[0]["entry"],
        "key": shell("ledger", "key", *OF).text.strip(),
    }


@pytest.mark.sampled(1)
@pytest.mark.parametrize("output", ["/dev/full", ""], ids=["full", "closed"])
def test_what_could_not_be_written_is_a_failure_of_each_command(
    tmp_path: Path, output: str
) -> None:
    shell, facts = _made(tmp_path)
    typed = {
        name: [*name.split(), *(word.format(**facts) for word in words)]
        for name, words in DRIVEN.items()
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.field.driven", output],
        input=json.dumps(list(typed.values())).encode(),
        capture_output=True,
        env={**shell.variables(), "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=HANGS_S,
        check=True,
    )
    assert len(typed) == len(DRIVEN)
    answers = dict(zip(typed, json.loads(done.stdout), strict=True))
    wrong = {
        name: (code, heard)
        for name, (code, heard) in answers.items()
        if code != 1 or "output-lost" not in heard or holds(heard, "Traceback (most recent")
    }
    assert wrong == {}
