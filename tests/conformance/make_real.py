"""Makes tests/conformance/real: run `python -m tests.conformance.make_real` from the root.

An export and receipts as a home writes them, through the same acts that people use.  They are kept,
not made again by each run, so that a mutation is known by its seed and number; they need to be made
again only when what a log writes has changed.
"""

import shutil
import tempfile
from pathlib import Path

from tests.logs.sources import Held
from tests.proof.honest_log import write_files
from tests.run.homes import PASSPHRASE, SOMEONE

from bailee.accounts.acts import AddActor
from bailee.clients.acts import AddClient
from bailee.ledger.keychange import change_key
from bailee.ledger.model import LedgerExported
from bailee.ledgers.acts import (
    EntryProved,
    ExportLedger,
    HeadShown,
    ProveEntry,
    ShowHead,
)
from bailee.logs.acts import Ingested, IngestLog, LineProved, ProveLog
from bailee.logs.token import token_text
from bailee.objects.acts import PutObject
from bailee.proof.export import read_line
from bailee.proof.receipt.entry import entry_text
from bailee.run.wiring.app import App, open_app, os_principal
from bailee.run.wiring.init import InitOptions, found
from bailee.scan.kinds import Kind
from bailee.secret import Secret

REAL = Path(__file__).with_name("real")
BOB, CAROL = b"bob@example.org", b"carol@example.net"
LINES = b"".join(
    (
        b"first \xe9 line\n",
        b"mail to bob@example.org from 198.51.100.7, again bob@example.org\r\n",
        b"\x1a password=hunter2 of carol@example.net\n",
        b"\n",
        b"2025-10-10T13:55:40Z login from 2001:db8::7 ok",
    )
)


class Folder:
    """Where an export goes: files in memory."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, name: str, data: bytes) -> None:
        self.files[name] = bytes(data)

    def append(self, name: str, data: bytes) -> None:
        self.files[name] = self.files.get(name, b"") + data


def serve(house: App) -> dict[str, bytes]:
    """Let a client be served, and its log change its key."""
    call, parts = house.caller.call, house.parts
    call(AddClient(label="acme"))
    call(AddActor(os_user=os_principal().os_user, role="security"))
    client = parts.find_client(SOMEONE, "acme")
    first = parts.ledger.key(client)
    house.caller.send(PutObject(client="acme", name="contract 2025.pdf"), [b"a contract"])
    house.publish()
    head = call(ShowHead(client="acme"))
    assert isinstance(head, HeadShown)
    now = parts.clock.now_ms()
    parts.work.run(
        client,
        lambda tx: change_key(parts.ledger, parts.entries, parts.keyring, tx, client, now),
    )
    log = IngestLog(client="acme", stream="web", origin="client-application")
    taken = house.caller.send(log, Held(LINES, lasting=False))
    assert isinstance(taken, Ingested)
    named = parts.vault().intern(client, taken.epoch, [Kind.EMAIL] * 2, [BOB, CAROL], [None] * 2)
    tokens = [token_text(token.tobytes()).encode() for token in named.tokens]
    return {
        "since": head.checkpoint.encode(),
        "key": str(first).encode(),
        "batch": str(taken.batches[0]).encode(),
        "tokens": b" ".join(tokens),
    }


def prove(house: App, served: dict[str, bytes]) -> dict[str, bytes]:
    """Take out all that can be: receipts of lines, an export, receipts of entries."""
    call = house.caller.call
    batch = served["batch"].decode()
    bob, carol = served["tokens"].decode().split()
    files = {}
    for line, opened in ((1, ()), (2, ()), (2, (bob,)), (3, (carol,)), (4, ()), (5, ())):
        purpose = "security" if opened else None
        asked = ProveLog(client="acme", batch=batch, line=line, open=opened, purpose=purpose)
        proved = call(asked)
        assert isinstance(proved, LineProved), proved
        files[f"line-{line}{'-open' if opened else ''}.receipt"] = proved.receipt
    house.publish()
    folder = Folder()
    asking = ExportLedger(client="acme", purpose="verification")
    exported = house.caller.send(asking, folder)
    assert isinstance(exported, LedgerExported), exported
    files["new-key"] = str(
        house.parts.ledger.key(house.parts.find_client(SOMEONE, "acme"))
    ).encode()
    files["keys"] = folder.files["keys"]
    entries = (read_line(row) for row in folder.files["openings.jsonl"].splitlines(keepends=True))
    kinds: dict[str, str] = {}
    for _, opening in entries:
        kinds.setdefault(opening.kind, entry_text(opening.entry))
    for kind in ("log:open", "object:put", "outcome", "log:key-change", "log:batch"):
        proof = call(ProveEntry(client="acme", entry=kinds[kind], purpose="verification"))
        assert isinstance(proof, EntryProved), proof
        files[f"entry-{kind.replace(':', '-')}.receipt"] = proof.receipt
    return files | {f"export/{path}": content for path, content in folder.files.items()}


def main() -> None:
    """Found a home, use it, keep what it hands out and throw it away."""
    with tempfile.TemporaryDirectory() as place:
        home, phrase = Path(place) / "home", Secret(PASSPHRASE)
        found(InitOptions(home=home, domain="hosting.example"), phrase, who=SOMEONE)
        with open_app(home, who=SOMEONE, take_passphrase=lambda: phrase) as house:
            served = serve(house)
        with open_app(home, who=os_principal(), take_passphrase=lambda: phrase) as house:
            files = prove(house, served)
    files |= {name: served[name] for name in ("since", "key")}
    shutil.rmtree(REAL, ignore_errors=True)
    write_files(REAL, files)


if __name__ == "__main__":
    main()
