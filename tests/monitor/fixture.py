"""A founded installation for tests of the monitor and what stands on it: real rows, keys, logs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.answers import asked
from tests.keyring.custody import HandClock, UnsafeMemoryAnchors, UnsafeMemoryKms
from tests.tables import make_tables

from bailee.accounts.acts import AddActor
from bailee.accounts.admission import Admission
from bailee.accounts.budgets import BudgetActs
from bailee.accounts.service import Accounts
from bailee.accounts.tokens import TokenActs
from bailee.act import Denial, Principal
from bailee.adapters.objects.directory import DirectoryStore
from bailee.adapters.objects.ledger import LedgerFiles
from bailee.adapters.sql.engine import SqliteWork, sql
from bailee.adapters.sql.rows.accounts import SqlActorRows, SqlBudgetRows, SqlTokenRows
from bailee.adapters.sql.rows.approvals import SqlApprovalRows
from bailee.adapters.sql.rows.clients import SqlClientRows, SqlLockRows
from bailee.adapters.sql.rows.keys import SqlKeyRows
from bailee.adapters.sql.rows.ledger import SqlEntryRows
from bailee.adapters.sql.rows.power.clock import SqlClockRows
from bailee.adapters.sql.rows.power.grounds import SqlGroundRows
from bailee.adapters.sql.rows.power.policy import SqlPolicyRows, SqlSettingRows
from bailee.clients.acts import AddClient
from bailee.clients.labels import ClientLabels
from bailee.clients.service import Clients
from bailee.grant import Grant, Scope
from bailee.ids import ActorId, ClientId
from bailee.keyring.service import Keyring
from bailee.ledger.anchoring import Anchoring
from bailee.ledger.model import EntryShown
from bailee.ledger.reading import READ_SCOPES, LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.approval import Approvals
from bailee.monitor.budget import Budgets
from bailee.monitor.guard import Guard
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.monitor.timekeeping import Timekeeper
from bailee.policy import Policies
from bailee.work import Tx

FOUNDER = Principal(os_user="awa")
POLICIES = Policies()


@dataclass(frozen=True)
class Asks:
    """A request by the act's name alone, without what it is for."""

    act: str
    purpose: str | None = None


@dataclass
class Space:
    """The reserve of a disk that can be filled by hand."""

    kept: bool = True

    def held(self) -> bool:
        return self.kept

    def release(self) -> bool:
        was, self.kept = self.kept, False
        return was

    room_bytes = 0

    def keep(self) -> bool:
        return self.kept

    def lend(self) -> bool:
        return False


@dataclass
class MonitorFixture:
    """One process on a home; `again` is the next one."""

    folder: Path
    kms: UnsafeMemoryKms
    provider: ClientId
    policies: Policies = POLICIES
    clock: HandClock = field(default_factory=HandClock)
    space: Space = field(default_factory=Space)
    anchors: UnsafeMemoryAnchors = field(default_factory=UnsafeMemoryAnchors)
    others: list["MonitorFixture"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.work = SqliteWork(self.folder / "rows.db")
        self.entries = SqlEntryRows()
        self.keys = Keyring(rows=SqlKeyRows(), kms=self.kms, clock=self.clock)
        self.files = LedgerFiles(self.folder / "ledger")
        self.anchoring = Anchoring(
            work=self.work,
            rows=self.entries,
            files=self.files,
            anchors=self.anchors,
            macs=self.keys,
        )
        self.work.follow(self.anchoring)
        self.ledger = Ledger(
            work=self.work,
            rows=self.entries,
            files=self.files,
            keys=self.keys,
            clock=self.clock,
            domain="provider.example",
            reserve=self.space,
            anchoring=self.anchoring,
        )
        self.reader = LedgerReader(
            ledger=self.ledger,
            work=self.work,
            rows=self.entries,
            files=self.files,
            keys=self.keys,
            clock=self.clock,
        )
        self.register = Register(
            keys=self.keys,
            actors=SqlActorRows(),
            clients=SqlClientRows(),
            policy=SqlPolicyRows(),
            clock=SqlClockRows(),
            settings=SqlSettingRows(),
            approvals=SqlApprovalRows(),
            tokens=SqlTokenRows(),
            locks=SqlLockRows(),
            budgets=SqlBudgetRows(),
            grounds=SqlGroundRows(),
            time=self.clock,
            provider=lambda: self.provider,
        )
        self.guard = Guard(
            work=self.work,
            keys=self.keys,
            register=self.register,
            memory=DirectoryStore(self.folder / "memory"),
            length=lambda tx: self.entries.length(tx, self.provider),
        )
        self.approvals = Approvals(
            rows=SqlApprovalRows(),
            keys=self.keys,
            ledger=self.ledger,
            register=self.register,
            policies=self.policies,
            clock=self.clock,
        )
        self.budgets = Budgets(
            rows=SqlBudgetRows(),
            keys=self.keys,
            ledger=self.ledger,
            register=self.register,
            policies=self.policies,
            clock=self.clock,
        )
        self.monitor = Monitor(
            work=self.work,
            ledger=self.ledger,
            keys=self.keys,
            register=self.register,
            guard=self.guard,
            telling=lambda grant, start: self.reader.bodies(grant.client, grant, start),
            approvals=self.approvals,
            budgets=self.budgets,
            policies=self.policies,
            clock=self.clock,
            settings=lambda: None,
        )
        self.labels = ClientLabels(
            work=self.work, rows=SqlClientRows(), macs=self.keys, register=self.register
        )
        self.clients = Clients(
            work=self.work,
            rows=SqlClientRows(),
            keys=self.keys,
            ledgers=self.ledger,
            monitor=self.monitor,
            register=self.register,
            clock=self.clock,
            find_client=self.labels.find,
            tell=lambda *_: None,
        )
        self.accounts = Accounts(
            work=self.work,
            rows=SqlActorRows(),
            keys=self.keys,
            monitor=self.monitor,
            register=self.register,
            find_client=self.labels.find,
        )
        self.tokens = TokenActs(
            work=self.work,
            rows=SqlTokenRows(),
            keys=self.keys,
            monitor=self.monitor,
            register=self.register,
            clock=self.clock,
            find_client=self.labels.find,
        )
        self.admission = Admission(
            work=self.work,
            rows=SqlTokenRows(),
            keys=self.keys,
            register=self.register,
            clock=self.clock,
        )
        self.budget_acts = BudgetActs(
            work=self.work, budgets=self.budgets, monitor=self.monitor, register=self.register
        )
        self.keeper = Timekeeper(
            work=self.work,
            rows=SqlClockRows(),
            keys=self.keys,
            ledger=self.ledger,
            guard=self.guard,
            clock=self.clock,
            provider=lambda: self.provider,
        )

    def found(self) -> None:
        self.kms.make_turn(1)
        self.work.run(self.provider, lambda tx: self.keys.found(tx, self.provider))
        self.work.read(self.keys.load)
        self.work.run(self.provider, self._begin)

    def _begin(self, tx: Tx) -> None:
        actor = ActorId.new()
        self.ledger.open_ledger(tx, self.provider, self.clock.now_ms())
        act = self.monitor.found(tx, actor)
        self.clients.found(tx, act)
        self.accounts.found(tx, act, FOUNDER, actor)

    def again(self, policies: Policies | None = None) -> "MonitorFixture":
        """Start another process on the same home, beside this one."""
        made = MonitorFixture(
            folder=self.folder,
            kms=self.kms,
            provider=self.provider,
            policies=policies or self.policies,
            clock=self.clock,
            space=self.space,
            anchors=self.anchors,
        )
        made.work.read(made.keys.load)
        self.others.append(made)
        return made

    def close(self) -> None:
        """End this process and those that it started."""
        for other in self.others:
            other.close()
        self.work.close()

    def client(self, label: str) -> ClientId:
        return self.clients.add(FOUNDER, AddClient(label=label)).client

    def actor(self, os_user: str, role: str, client: str | None = None) -> Principal:
        self.accounts.add(FOUNDER, AddActor(os_user=os_user, role=role, client=client))
        return Principal(os_user=os_user)

    def get(
        self,
        who: Principal,
        client: ClientId,
        *,
        act: str = "object:get",
        purpose: str | None = "client-request",
        wait: bool = False,
        body: Mapping[str, str] | None = None,
    ) -> Grant | Denial:
        """Take a grant whose outcome is the caller's, or the denial."""
        return asked(
            lambda: (
                self.monitor.authorize(
                    who,
                    Asks(act=act, purpose=purpose),
                    client,
                    scopes=(Scope(noun="object"),),
                    count=1,
                    body=body or {},
                    wait=wait,
                ).grant
            )
        )

    def told(self, client: ClientId) -> list[EntryShown]:
        """Read a whole log as an auditor would."""
        reading = self.monitor.authorize(
            FOUNDER, Asks(act="ledger:show"), client, scopes=READ_SCOPES, count=10_000
        )
        return list(self.reader.show(reading.grant))

    def meddle(self, statement: str, values: Mapping[str, object] | None = None) -> None:
        """Change rows as a database administrator would: no key, any statement."""
        changed = self.work.run(self.provider, lambda tx: sql(tx).change(statement, values))
        assert changed, "the meddling must change something"


def founded(folder: Path) -> MonitorFixture:
    """Make a database and found an installation on it."""
    make_tables(folder / "rows.db")
    fixture = MonitorFixture(folder=folder, kms=UnsafeMemoryKms(), provider=ClientId.new())
    fixture.found()
    return fixture
