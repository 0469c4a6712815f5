"""Init: a new home, built beside its place and moved there whole.

The order: custodians and root first, then rows, keys, the provider's log, the founder, the
policies; the move is last.  A crash before it leaves a folder that is no home, named so that the
next `init` says what to remove; a crash after it leaves a home that works.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.accounts.service import Accounts
from bailee.act import Principal
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.places import SharedDisk, proposal, shared_disks
from bailee.adapters.sql.create import create
from bailee.adapters.sql.rows.accounts import SqlActorRows
from bailee.adapters.sql.rows.clients import SqlClientRows
from bailee.clients.service import Clients
from bailee.clock import Clock, SystemClock
from bailee.failpoint import durable
from bailee.ids import ActorId, ClientId, InstallId
from bailee.keys.recovery import rehearse, split
from bailee.run.config import Config, check_domain
from bailee.run.wiring.app import App, os_principal
from bailee.run.wiring.parts import LEDGER, OBJECTS, ROWS, HomeParts, compose
from bailee.secret import Secret
from bailee.work import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """Founded: what `init` answers: where things are, which disks are shared, the recovery kit."""

    home: Path
    install: InstallId
    custodians: tuple[Path, ...]
    backups: tuple[Path, ...]
    shared: tuple[SharedDisk, ...]
    pages: tuple[str, ...]
    vkey: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """Init options: what `init` was asked for; None means: as proposed."""

    home: Path
    domain: str
    custodians: Sequence[Path] | None = None
    backups: Sequence[Path] | None = None
    shares: int = 3
    threshold: int = 2


def found(
    options: InitOptions,
    phrase: Secret[str],
    *,
    clock: Clock | None = None,
    who: Principal | None = None,
    unsafe_cost: Cost | None = None,
) -> Founded:
    """Make a home; Conflict when there is something in its place already, finished or not."""
    home, clock = options.home.absolute(), clock or SystemClock()
    if home.exists():
        raise errors.Conflict("errors_home.home-exists")
    usual = proposal(home)
    custodians = tuple(options.custodians or usual.custodians)
    backups = tuple(options.backups or (usual.backups,))
    settings = Config(domain=check_domain(options.domain), backups=backups)
    # Beside the home, on the same file system: only there is the move one step that a crash cannot
    # halve.
    partial = home.with_name(f"{home.name}.unfinished")
    if partial.exists():
        raise errors.Conflict("errors_home.unfinished")
    install = InstallId.new()
    with durable("home.make"):
        # Closed to all others from its first moment: a key that was readable for an instant is
        # known.
        partial.mkdir(mode=0o700, parents=True)
    kms = FileKms.found(
        partial,
        install=install,
        passphrase=phrase,
        custodians=custodians,
        clock=clock,
        unsafe_cost=unsafe_cost,
    )
    settings.write(partial)
    for folder in (OBJECTS, LEDGER):
        (partial / folder).mkdir(mode=0o700)
    create(partial / ROWS)
    # Not loaded: there is no key in the rows yet.
    parts = compose(partial, settings, kms, clock, load=False)
    try:
        vkey = _found_rows(parts, who or os_principal())
    finally:
        parts.work.close()
    # Made before the move: a home whose backup has no place would fail at its first turn.
    for place in backups:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    kit = split(kms.root(), install=install, threshold=options.threshold, shares=options.shares)
    # Every combination is tried before the home exists: pages that do not give the root would be
    # found out on the day when nothing else is left.
    rehearse(kit.pages, kms.root())
    with durable("home.move"):
        _sync(partial)  # its names must not be younger than its own
        partial.rename(home)
        _sync(home.parent)
    return Founded(
        home=home,
        install=install,
        custodians=custodians,
        backups=backups,
        shared=shared_disks(home, custodians, backups),
        pages=kit.pages,
        vkey=vkey,
    )


def _found_rows(parts: HomeParts, who: Principal) -> str:
    provider, founder = ClientId.new(), ActorId.new()
    # The provider's keys first: its ledger and every row that follows are sealed under them.
    parts.work.run(provider, lambda tx: parts.keyring.found(tx, provider))
    parts.work.read(parts.keyring.load)

    clients = Clients(
        work=parts.work,
        rows=SqlClientRows(),
        keys=parts.keyring,
        ledgers=parts.ledger,
        monitor=parts.monitor,
        register=parts.register,
        clock=parts.clock,
    )
    accounts = Accounts(
        work=parts.work,
        rows=SqlActorRows(),
        keys=parts.keyring,
        monitor=parts.monitor,
        register=parts.register,
        find_client=parts.find_client,
    )

    def begin(tx: Tx) -> None:
        parts.ledger.open_ledger(tx, provider, parts.clock.now_ms())
        act = parts.monitor.found(tx, founder)
        clients.found(tx, act)
        accounts.found(tx, act, who, founder)
        parts.keeper.believe(tx)
        parts.settings.begin(tx)

    # One transaction: founder, provider and policies are there with the entry that says so, or none
    # of them is.
    parts.monitor.change(begin)
    App(parts, who).publish()
    return str(parts.ledger.key(provider))


def _sync(folder: Path) -> None:
    # A folder is synced by its own descriptor; syncing its files does not make their names durable.
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
