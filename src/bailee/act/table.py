"""Every act there is, by name, for rooms that may not import their declarations.

Generated from the declarations: BAILEE_UPDATE=1 pytest tests/house/test_acts.py.  Do not edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from bailee.act.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Act:
    """One act: `noun:verb`.

    `implied` is the purpose of an act that can only have one reason in ordinary work; an act that
    opens what belongs to a client has none, so that whoever opens says why.  `waits` marks acts
    that go on only once a checkpoint includes their entry.  `request` names the noun and the
    class that declare it, `command` what is typed for it.
    """

    name: str
    implied: Purpose | None
    waits: bool
    request: str
    command: str

    @property
    def noun(self) -> str:
        """What it is done to."""
        return self.name.partition(":")[0]

    @property
    def verb(self) -> str:
        """What is done."""
        return self.name.partition(":")[2]

    def declared(self) -> type[Any]:
        """Load the request's type."""
        # When it is asked for: which nouns there are is known here, and none of them is loaded.
        module, name = self.request.split(":")
        found: type[Any] = getattr(import_module(f"bailee.{module}.acts"), name)
        return found


# fmt: off
_ACTS = (
    Act("client:add", Purpose.SERVICE, False, "clients:AddClient", "client add"),
    Act("client:list", Purpose.SERVICE, False, "clients:ListClients", "client list"),
    Act("client:lock", Purpose.SECURITY, False, "clients:LockClient", "client lock"),
    Act("actor:add", Purpose.SECURITY, False, "accounts:AddActor", "actor add"),
    Act("actor:retire", Purpose.SECURITY, False, "accounts:RetireActor", "actor retire"),
    Act("actor:list", Purpose.SECURITY, False, "accounts:ListActors", "actor list"),
    Act("approval:list", Purpose.SECURITY, False, "approvals:ListApprovals", "approval list"),
    Act("approval:give", Purpose.SECURITY, False, "approvals:GiveApproval", "approval give"),
    Act("approval:withdraw", Purpose.SECURITY, False, "approvals:Withdraw", "approval withdraw"),
    Act("object:put", Purpose.CLIENT_REQUEST, False, "objects:PutObject", "object put"),
    Act("object:get", None, False, "objects:GetObject", "object get"),
    Act("object:list", Purpose.CLIENT_REQUEST, False, "objects:ListObjects", "object list"),
    Act("object:delete", Purpose.CLIENT_REQUEST, False, "objects:DeleteObject", "object delete"),
    Act("log:ingest", Purpose.SERVICE, False, "logs:IngestLog", "log ingest"),
    Act("log:search", Purpose.SERVICE, False, "logs:SearchLog", "log search"),
    Act("log:reveal", None, False, "logs:RevealLog", "log reveal"),
    Act("log:prove", Purpose.VERIFICATION, False, "logs:ProveLog", "log prove"),
    Act("log:export", None, True, "logs:ExportLog", "log export"),
    Act("log:erase", None, True, "logs:EraseLog", "log erase"),
    Act("log:push", Purpose.SERVICE, False, "logs.push:PushLines", "log push"),
    Act("stream:list", Purpose.SERVICE, False, "logs:ListStreams", "log streams"),
    Act("epoch:list", Purpose.SERVICE, False, "logs:ListEpochs", "epoch list"),
    Act("epoch:destroy", Purpose.RETENTION, True, "logs:DestroyEpoch", "epoch destroy"),
    Act("ledger:head", Purpose.VERIFICATION, False, "ledgers:ShowHead", "ledger head"),
    Act("ledger:show", Purpose.VERIFICATION, False, "ledgers:ShowEntries", "ledger show"),
    Act("ledger:key", Purpose.VERIFICATION, False, "ledgers:ShowKey", "ledger key"),
    Act("ledger:export", Purpose.VERIFICATION, True, "ledgers:ExportLedger", "ledger export"),
    Act("ledger:prove", Purpose.VERIFICATION, False, "ledgers:ProveEntry", "ledger prove"),
    Act("key:list", Purpose.SECURITY, False, "keys:ListKeys", "key list"),
    Act("key:rotate", Purpose.SECURITY, False, "keys:RotateRoot", "key rotate"),
    Act("key:seal", Purpose.SECURITY, False, "keys:SealKeys", "key seal"),
    Act("key:unseal", Purpose.SECURITY, False, "keys:UnsealKeys", "key unseal"),
    Act("key:turn", Purpose.SECURITY, True, "keys:TurnKeys", "key turn"),
    Act("clock:show", Purpose.VERIFICATION, False, "keys:ShowClock", "clock show"),
    Act("clock:accept", Purpose.SECURITY, False, "keys:AcceptClock", "clock accept"),
    Act("backup:create", Purpose.SECURITY, False, "backup:CreateBackup", "backup create"),
    Act("backup:restore", Purpose.SECURITY, True, "backup:RestoreBackup", "backup restore"),
    Act("check:run", Purpose.VERIFICATION, False, "check:RunCheck", "check"),
    Act("promise:show", Purpose.VERIFICATION, False, "promise:ShowPromise", "promise"),
    Act("budget:list", Purpose.SECURITY, False, "accounts:ListBudgets", "budget list"),
    Act("budget:raise", Purpose.SECURITY, False, "accounts:RaiseBudget", "budget raise"),
    Act("job:list", Purpose.SECURITY, False, "jobs:ListJobs", "job list"),
    Act("job:run", Purpose.SECURITY, False, "jobs:RunJobs", "job run"),
    Act("token:add", Purpose.SECURITY, False, "accounts:AddToken", "token add"),
    Act("token:list", Purpose.SECURITY, False, "accounts:ListTokens", "token list"),
    Act("token:revoke", Purpose.SECURITY, False, "accounts:RevokeToken", "token revoke"),
)
# fmt: on

ACTS: Mapping[str, Act] = MappingProxyType({act.name: act for act in _ACTS})
"""The acts of this release, by name."""
