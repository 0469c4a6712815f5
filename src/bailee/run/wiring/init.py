"""Init: a new home, built beside its place and moved there whole.

The order: custodians and root first, then rows, keys, the provider's log, the founder, the
policies, the recovery kit; the move is last.  What fails leaves nothing behind.  A crash before the
move leaves a folder that is no home, named so that the next `init` says what to remove; a crash
after it leaves a home that works.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bailee import errors
from bailee.accounts.service import Accounts
from bailee.act import Principal
from bailee.adapters.kms.file import FileKms
from bailee.adapters.kms.keyring_file import Cost
from bailee.adapters.kms.places import SharedDisk, proposal, shared_disks
from bailee.adapters.objects.reserve import ROOM_BYTES
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
from bailee.run.wiring.site import SitePlace, cleared, require_site
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
    hand_out: Callable[[Founded], None] = lambda _: None,
) -> Founded:
    """Make a home; Conflict when there is something in its place already, finished or not.

    `hand_out` is given the recovery kit, and answers for it: when it fails, there is no home.
    """
    home, clock = options.home.absolute(), clock or SystemClock()
    # A link too, wherever it leads: the home is moved here, and would take its place or fail.
    if os.path.lexists(home):
        raise errors.Conflict("errors_home.home-exists")
    usual = proposal(home)
    custodians = tuple(place.absolute() for place in options.custodians or usual.custodians)
    backups = tuple(place.absolute() for place in options.backups or (usual.backups,))
    settings = Config(domain=check_domain(options.domain), backups=backups)
    # Beside the home, on the same file system: only there is the move one step that a crash cannot
    # halve.
    partial = home.with_name(f"{home.name}.unfinished")
    require_site(
        (
            # With less, the reserve is not taken, and a home without its reserve opens nothing.
            SitePlace(path=home, option="--home", needed_bytes=ROOM_BYTES),
            *(SitePlace(path=place, option="--custodian") for place in custodians),
            *(SitePlace(path=place, option="--backup") for place in backups),
        )
    )
    if os.path.lexists(partial):
        raise errors.Conflict("errors_home.unfinished")
    founding = _Founding(
        options=options,
        settings=settings,
        custodians=custodians,
        partial=partial,
        clock=clock,
        who=who or os_principal(),
        unsafe_cost=unsafe_cost,
    )
    try:
        with cleared((home, partial, *custodians, *backups)):
            founded = founding.make(home, phrase)
            hand_out(founded)
            with durable("home.move"):
                _sync(partial)  # its names must not be younger than its own
                partial.rename(home)
                _sync(home.parent)
    except OSError:
        raise errors.CannotRecord("errors_home.place", option="--home") from None
    return founded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Founding:
    """Founding: what a home is made of, beside its place."""

    options: InitOptions
    settings: Config
    custodians: tuple[Path, ...]
    partial: Path
    clock: Clock
    who: Principal
    unsafe_cost: Cost | None

    def make(self, home: Path, phrase: Secret[str]) -> Founded:
        """Make it, whole but for the move to its place."""
        install, backups = InstallId.new(), self.settings.backups
        with durable("home.make"):
            # Closed to all others from its first moment: a key that was readable for an instant is
            # known.
            self.partial.mkdir(mode=0o700, parents=True)
        kms = FileKms.found(
            self.partial,
            install=install,
            passphrase=phrase,
            custodians=self.custodians,
            clock=self.clock,
            unsafe_cost=self.unsafe_cost,
        )
        self.settings.write(self.partial)
        for folder in (OBJECTS, LEDGER):
            (self.partial / folder).mkdir(mode=0o700)
        create(self.partial / ROWS)
        # Not loaded: there is no key in the rows yet.
        parts = compose(self.partial, self.settings, kms, self.clock, load=False)
        try:
            vkey = _found_rows(parts, self.who)
        finally:
            parts.work.close()
        # Made before the move: a home whose backup has no place would fail at its first turn.
        for place in backups:
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        kit = split(
            kms.root(),
            install=install,
            threshold=self.options.threshold,
            shares=self.options.shares,
        )
        # Every combination is tried before the home exists: pages that do not give the root would
        # be found out on the day when nothing else is left.
        rehearse(kit.pages, kms.root())
        return Founded(
            home=home,
            install=install,
            custodians=self.custodians,
            backups=backups,
            shared=shared_disks(home, self.custodians, backups),
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
        find_client=parts.find_client,
        tell=parts.tell,
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
