"""Every act there is, by name, for rooms that may not import their declarations.

Generated from the declarations: BAILEE_UPDATE=1 pytest tests/house/test_acts.py.  Do not edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bailee.act.purpose import Purpose


@dataclass(frozen=True, slots=True)
class Act:
    """One act: `noun:verb`.

    `implied` is the purpose of an act that can only have one reason in ordinary work; an act that
    opens what belongs to a client has none, so that whoever opens says why.  `waits` marks acts
    that go on only once a checkpoint includes their entry.  `request` is where it is declared,
    `command` what is typed for it.
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


_ACTS = (
    Act("client:add", Purpose.SERVICE, False, "clients.acts:AddClient", "client add"),  # fmt: skip
    Act(
        "client:list", Purpose.SERVICE, False, "clients.acts:ListClients", "client list"
    ),  # fmt: skip
    Act("actor:add", Purpose.SECURITY, False, "accounts.acts:AddActor", "actor add"),  # fmt: skip
    Act(
        "actor:list", Purpose.SECURITY, False, "accounts.acts:ListActors", "actor list"
    ),  # fmt: skip
    Act(
        "object:put", Purpose.CLIENT_REQUEST, False, "objects.acts:PutObject", "object put"
    ),  # fmt: skip
    Act("object:get", None, False, "objects.acts:GetObject", "object get"),  # fmt: skip
    Act(
        "object:list", Purpose.CLIENT_REQUEST, False, "objects.acts:ListObjects", "object list"
    ),  # fmt: skip
    Act(
        "object:delete", Purpose.CLIENT_REQUEST, False, "objects.acts:DeleteObject", "object delete"
    ),  # fmt: skip
    Act("log:ingest", Purpose.SERVICE, False, "logs.acts:IngestLog", "log ingest"),  # fmt: skip
    Act("log:export", None, True, "logs.acts:ExportLog", "log export"),  # fmt: skip
    Act("log:erase", None, True, "logs.acts:EraseLog", "log erase"),  # fmt: skip
    Act("log:search", Purpose.SERVICE, False, "logs.acts:SearchLog", "log search"),  # fmt: skip
    Act("log:reveal", None, False, "logs.acts:RevealLog", "log reveal"),  # fmt: skip
    Act("epoch:list", Purpose.SERVICE, False, "logs.acts:ListEpochs", "epoch list"),  # fmt: skip
    Act("log:prove", Purpose.VERIFICATION, False, "logs.acts:ProveLog", "log prove"),  # fmt: skip
    Act(
        "epoch:destroy", Purpose.RETENTION, True, "logs.acts:DestroyEpoch", "epoch destroy"
    ),  # fmt: skip
    Act("stream:list", Purpose.SERVICE, False, "logs.acts:ListStreams", "log streams"),  # fmt: skip
    Act(
        "ledger:head", Purpose.VERIFICATION, False, "ledgers.acts:ShowHead", "ledger head"
    ),  # fmt: skip
    Act(
        "ledger:show", Purpose.VERIFICATION, False, "ledgers.acts:ShowEntries", "ledger show"
    ),  # fmt: skip
    Act(
        "ledger:key", Purpose.VERIFICATION, False, "ledgers.acts:ShowKey", "ledger key"
    ),  # fmt: skip
    Act(
        "ledger:export", Purpose.VERIFICATION, True, "ledgers.acts:ExportLedger", "ledger export"
    ),  # fmt: skip
    Act(
        "ledger:prove", Purpose.VERIFICATION, False, "ledgers.acts:ProveEntry", "ledger prove"
    ),  # fmt: skip
    Act("key:list", Purpose.SECURITY, False, "keys.acts:ListKeys", "key list"),  # fmt: skip
    Act("key:turn", Purpose.SECURITY, True, "keys.acts:TurnKeys", "key turn"),  # fmt: skip
    Act("key:rotate", Purpose.SECURITY, False, "keys.acts:RotateRoot", "key rotate"),  # fmt: skip
    Act(
        "backup:create", Purpose.SECURITY, False, "backup.acts:CreateBackup", "backup create"
    ),  # fmt: skip
    Act(
        "backup:restore", Purpose.SECURITY, True, "backup.acts:RestoreBackup", "backup restore"
    ),  # fmt: skip
    Act("check:run", Purpose.VERIFICATION, False, "check.acts:RunCheck", "check"),  # fmt: skip
    Act(
        "promise:show", Purpose.VERIFICATION, False, "promise.acts:ShowPromise", "promise"
    ),  # fmt: skip
)

ACTS: Mapping[str, Act] = MappingProxyType({act.name: act for act in _ACTS})
"""The acts of this release, by name."""
