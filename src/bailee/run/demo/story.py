"""Story: the steps of the demo; the words of each are in locale/*/demo.toml under its name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bailee.run.demo.invented import PERSON, logs
from bailee.run.demo.stage import Stage, Surprised, flip, tell
from bailee.text import say

Step = Callable[[Stage], None]

_STREAMS = {
    "acme": ("web", "client-application"),
    "baobab": ("app", "client-application"),
    "sahel": ("mail", "infrastructure"),
}
_ABOUT = ("--about", "-", "--purpose", "client-request")


def invent(stage: Stage) -> None:
    """Write what the story needs before it begins."""
    stage.file.write_text(say("demo.content") + "\n", "utf-8")
    for client, text in logs():
        stage.log(client).write_text(text, "utf-8")


def _begin(stage: Stage) -> None:
    stage.run("init", "--provider", "hosting.example", quiet=True)
    for client in _STREAMS:
        stage.run("client", "add", client)
    vkey = stage.run("ledger", "key", "--client", "acme").strip()
    stage.key.write_text(vkey, "utf-8")


# --- logs ----------------------------------------------------------------------------------


def _scan(stage: Stage) -> None:
    stage.run("log", "scan", "--summary", str(stage.log("acme")))


def _ingest(stage: Stage) -> None:
    for client, (stream, origin) in _STREAMS.items():
        where = ("--client", client, "--stream", stream, "--origin", origin)
        stage.run("log", "ingest", *where, str(stage.log(client)), quiet=client != "acme")


def _search(stage: Stage) -> None:
    stage.run("log", "search", "--client", "acme", *_ABOUT, said=PERSON)


def _compare(stage: Stage) -> None:
    """Ask two clients about one person: no token of the one occurs at the other."""
    seen: set[str] = set()
    for client in ("acme", "baobab"):
        asked = ("log", "search", "--client", client, *_ABOUT, "-o", "jsonl")
        answer = stage.run(*asked, said=PERSON, quiet=True)
        tokens = {str(token) for line in _records(answer) for token in line["tokens"]}
        tell(say("demo.tokens", client=client, count=len(tokens)))
        if not tokens or tokens & seen:
            raise Surprised
        seen |= tokens


def _records(answer: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.splitlines() if line.startswith("{")]


def _reveal(stage: Stage) -> None:
    stage.run(
        *("log", "search", "--client", "acme", *_ABOUT, "--limit", "2"),
        *("--reveal", "--reason", say("demo.log_reason")),
        said=PERSON,
    )


def _prove(stage: Stage) -> None:
    asked = ("log", "search", "--client", "acme", *_ABOUT, "--limit", "1", "-o", "jsonl")
    (line,) = _records(stage.run(*asked, said=PERSON, quiet=True))
    spans = [piece for piece in line["body"] if isinstance(piece, dict)]
    mail = next(span["token"] for span in spans if span["kind"] == "email")
    receipt = str(stage.place / "line.receipt")
    stage.run(
        *(
            "log",
            "prove",
            "--client",
            "acme",
            "--batch",
            line["batch"],
            "--line",
            str(line["line"]),
        ),
        *("--open", mail, "--purpose", "client-request", "--to", receipt),
    )
    stage.run("verify", receipt, "--key", stage.key.read_text("utf-8"))


def _export(stage: Stage) -> None:
    """Give the log back, and compare it with what went in."""
    back = stage.place / "back.log"
    stage.run(
        *("log", "export", "--client", "acme", "--stream", "web"),
        *("--purpose", "client-request", "--to", str(back)),
    )
    if back.read_bytes() != stage.log("acme").read_bytes():
        raise Surprised
    tell(say("demo.equal"))


def _forget(stage: Stage) -> None:
    stage.run(
        *("log", "erase", "--client", "acme", "--about", "-", "--purpose", "client-request"),
        said=PERSON,
    )
    stage.run("key", "turn")
    stage.run("log", "search", "--client", "acme", *_ABOUT, said=PERSON)
    stage.run("log", "search", "--client", "acme", "--text", "/factures", "--count")


# --- one file ------------------------------------------------------------------------------


def _take_in(stage: Stage) -> None:
    stage.run("object", "put", "--client", "acme", str(stage.file))


def _refuse(stage: Stage) -> None:
    stage.run("object", "get", "--client", "acme", "dossier.txt", expect=4)


def _give(stage: Stage) -> None:
    stage.run(
        *("object", "get", "--client", "acme", "--purpose", "client-request"),
        *("--reason", say("demo.reason"), "dossier.txt"),
    )


def _machine(stage: Stage) -> None:
    """Make a token for a machine; how much it may open is what its actor may."""
    added = ("actor", "add", "--os-user", "shipper", "--role", "service", "-o", "jsonl")
    (machine,) = (one["actor"] for one in _records(stage.run(*added, quiet=True)))
    held = ("--client", "acme", "--days", "30", "--network", "192.0.2.0/24")
    stage.run("token", "add", machine, *held)
    stage.run("budget", "list")


def _serve(stage: Stage) -> None:
    """Hold the home open: commands ask the server, and those after a seal are refused."""
    with stage.serving("serve"):
        stage.run("client", "list")
        stage.run("key", "seal")
        stage.run("client", "list", expect=7)


def _agree(stage: Stage) -> None:
    """Enrol one person alone, and another not: now there is somebody to ask."""
    stage.run("actor", "add", "--os-user", "awa", "--role", "dpo", quiet=True)
    stage.run("actor", "add", "--os-user", "binta", "--role", "security", expect=8)
    stage.run("approval", "list")
    stage.run("ledger", "show", "--client", "provider", "--roles")


def _work(stage: Stage) -> None:
    """Do what is due, which is all of it in a new home; then nothing is."""
    stage.run("job", "run")
    stage.run("job", "run")


# --- proof ---------------------------------------------------------------------------------


def _show(stage: Stage) -> None:
    stage.run("ledger", "show", "--client", "acme")


def _verify(stage: Stage) -> None:
    stage.run("ledger", "export", "--client", "acme", str(stage.export))
    stage.run("verify", str(stage.export), "--key", stage.key.read_text("utf-8"))


def _tamper(stage: Stage) -> None:
    flip(stage.export / "openings.jsonl", -100)
    stage.run("verify", str(stage.export), "--key", stage.key.read_text("utf-8"), expect=10)


def _damage(stage: Stage) -> None:
    # All of them, for the names are random: which one the file is nobody outside can tell.
    for sealed in _sealed(stage):
        flip(sealed, sealed.stat().st_size // 2)
    tell(say("demo.flipped"))
    stage.run(
        *("object", "get", "--client", "acme", "--purpose", "client-request", "dossier.txt"),
        expect=10,
    )
    stage.run("check", "--deep", expect=10)


def _sealed(stage: Stage) -> list[Path]:
    return [p for p in (stage.place / "home" / "objects").rglob("bl-*") if p.is_file()]


STORY: dict[str, Step] = {
    "begin": _begin,
    "scan": _scan,
    "ingest": _ingest,
    "search": _search,
    "compare": _compare,
    "reveal": _reveal,
    "prove": _prove,
    "export": _export,
    "forget": _forget,
    "take_in": _take_in,
    "refuse": _refuse,
    "give": _give,
    "machine": _machine,
    "serve": _serve,
    "agree": _agree,
    "work": _work,
    "show": _show,
    "verify": _verify,
    "bend": _tamper,
    "damage": _damage,
}
