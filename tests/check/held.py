"""Logs as a home holds them after some months: every sort of row and sealed file there is."""

from pathlib import Path

from tests.answers import done
from tests.logs.sources import Held

from bailee.accounts.acts import AddToken, ListActors, RaiseBudget
from bailee.adapters.sql.rows.vault import SqlVaultRows
from bailee.clients.acts import LockClient
from bailee.ids import ClientId
from bailee.keyring.model import Pending
from bailee.keys.acts import KeysTurned, TurnKeys
from bailee.logs.acts import DestroyEpoch, EpochDestroyed, Ingested, IngestLog
from bailee.logs.push.acts import PushLines
from bailee.notices.model import Cause
from bailee.run import config
from bailee.run.wiring.app import App
from bailee.scan.kinds import Kind
from bailee.vault.model import Sought
from bailee.vault.service import Vault

CLIENT = "acme"
PAST = "2026-07"
LINES = b"".join(
    b"2025-10-10T13:55:%02dZ user=u%d from 10.0.%d.7 mail A%d@Example.org to a%d@example.org\n"
    % (number % 60, number, number % 50, number % 9, number % 9)
    for number in range(60)
)
MORE = b"password=hunter2zebra for user=late from 10.0.3.7\n" * 9
ERASED = (b"a3@example.org", b"a4@example.org")
"""The first before a turn, the second after it."""


def ingest(house: App, text: bytes, stream: str = "web", **more: object) -> Ingested:
    """Take a text in; `lasting=False` is what came by a pipe."""
    source = Held(text, address="-", lasting=False) if more.pop("piped", None) else Held(text)
    query: dict[str, object] = {"client": CLIENT, "origin": "infrastructure", "stream": stream}
    taken = done(house.caller.send(IngestLog(**{**query, **more}), source))  # type: ignore[arg-type]  # the act's own fields
    assert isinstance(taken, Ingested)
    return taken


def client_of(house: App, label: str = CLIENT) -> ClientId:
    """Find a client."""
    return house.parts.find_client(house.caller.who, label)


def vault_of(house: App) -> Vault:
    """Bind a vault of our own."""
    return Vault(work=house.parts.work, keyring=house.parts.keyring, rows=SqlVaultRows())


def erase(
    house: App,
    raw: bytes,
    kind: Kind = Kind.EMAIL,
    label: str = CLIENT,
    *,
    again: bool = False,
) -> Pending:
    """Erase a value under all its spellings; `again`: it may be gone already."""
    client, sought = client_of(house, label), [Sought(kind=kind, canonical=raw)]
    vault = vault_of(house)
    pending = house.parts.work.run(
        client, lambda tx: vault.erase(tx, client, vault.find(tx, client, sought))
    )
    house.parts.keyring.announce(pending)
    assert pending.key_ids or again
    return pending


def end(
    house: App, epoch: int, *, text: bool = False, label: str = CLIENT, again: bool = False
) -> Pending:
    """Destroy the keys of a month."""
    client, keyring = client_of(house, label), house.parts.keyring
    pending = house.parts.work.run(
        client, lambda tx: keyring.destroy_epoch(tx, client, epoch, text=text)
    )
    keyring.announce(pending)
    assert pending.key_ids or again
    return pending


def hold_budget(house: App) -> None:
    """Raise the budget of who opened the home, where nobody else is there to agree."""
    listed = done(house.caller.call(ListActors()))
    me = next(one for one in listed if one.os_user == house.caller.who.os_user)
    done(house.caller.call(RaiseBudget(actor=str(me.actor), values=2_000)))


def hold_powers(house: App) -> None:
    """Make an API token, and lock a client and unlock it."""
    listed = done(house.caller.call(ListActors()))
    me = next(one for one in listed if one.os_user == house.caller.who.os_user)
    done(house.caller.call(AddToken(actor=str(me.actor), networks=("192.0.2.0/24",))))
    for off in (False, True):
        done(house.caller.call(LockClient(label=CLIENT, off=off)))


def hold_logs(house: App) -> None:
    """Take in two streams and two months, end one, erase before a turn and after it."""
    hold_powers(house)
    hold_budget(house)
    ingest(house, LINES)
    ingest(house, LINES + MORE)
    ingest(house, MORE, "app", piped=True, keep_secrets=True, reason="a dispute")
    ingest(house, MORE, "old", epoch="2001-01")
    ingest(house, LINES, "july", epoch=PAST)
    ingest(house, MORE + LINES[:900], "june", epoch="2026-06")
    erase(house, ERASED[0])
    end(house, int(PAST.replace("-", "")))
    assert isinstance(house.caller.call(TurnKeys(purpose="security")), KeysTurned)
    erase(house, ERASED[1])
    ingest(house, LINES + MORE + b"user=zoe from 10.9.9.9\n")
    asked = DestroyEpoch(client=CLIENT, epoch="2026-06", part="text", purpose="retention")
    assert isinstance(house.caller.call(asked), EpochDestroyed)


def hold_push(house: App) -> None:
    """Push a line of a source that says where it is."""
    pushed = PushLines(client=CLIENT, stream="web", source="app", start=0, position=5)
    done(house.caller.send(pushed, [b"line\n"]))


def name_webhook(place: Path) -> None:
    """Name a webhook in the settings of a home, at which nobody listens."""
    page = place / "home" / config.FILE_NAME
    hook = '[[webhook]]\nname = "ops"\nurl = "http://127.0.0.1:9/"\n'
    page.write_text(page.read_text("utf-8") + hook, "utf-8")


def hold_notice(house: App) -> None:
    """Have a home keep a notice that it could not send."""
    parts = house.parts
    provider = parts.keyring.provider
    facts = {"client": str(provider), "entry": str(provider)}
    parts.work.run(provider, lambda tx: parts.tell(tx, Cause.CLIENT_LOCKED, facts))
