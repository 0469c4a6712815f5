"""Every act there is, once: its name is its Cedar action, entry kind, command and route.

`implied` is the purpose of an act that can only have one reason in ordinary work; an act that
opens what belongs to a client has none, so that whoever opens says why.  `waits` marks acts that
go on only once a checkpoint includes their entry: they hand out in bulk or destroy.
"""

from dataclasses import dataclass

from bailee.policy.model import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: `noun:verb`."""

    name: str
    implied: Purpose | None
    waits: bool = False

    @property
    def noun(self) -> str:
        """What it is done to."""
        return self.name.partition(":")[0]

    @property
    def verb(self) -> str:
        """What is done."""
        return self.name.partition(":")[2]


def _table(*acts: Act) -> dict[str, Act]:
    return {act.name: act for act in acts}


ACTS = _table(
    Act(name="client:add", implied=Purpose.SERVICE),
    Act(name="client:list", implied=Purpose.SERVICE),
    Act(name="actor:add", implied=Purpose.SECURITY),
    Act(name="actor:list", implied=Purpose.SECURITY),
    Act(name="object:put", implied=Purpose.CLIENT_REQUEST),
    Act(name="object:get", implied=None),
    Act(name="object:list", implied=Purpose.CLIENT_REQUEST),
    Act(name="object:delete", implied=Purpose.CLIENT_REQUEST),
    Act(name="log:ingest", implied=Purpose.SERVICE),
    Act(name="log:search", implied=Purpose.SERVICE),
    Act(name="log:reveal", implied=None),
    Act(name="log:prove", implied=Purpose.VERIFICATION),
    Act(name="log:export", implied=None, waits=True),
    Act(name="log:erase", implied=None, waits=True),
    Act(name="stream:list", implied=Purpose.SERVICE),
    Act(name="epoch:list", implied=Purpose.SERVICE),
    Act(name="epoch:destroy", implied=Purpose.RETENTION, waits=True),
    Act(name="ledger:head", implied=Purpose.VERIFICATION),
    Act(name="ledger:show", implied=Purpose.VERIFICATION),
    Act(name="ledger:key", implied=Purpose.VERIFICATION),
    Act(name="ledger:export", implied=Purpose.VERIFICATION, waits=True),
    Act(name="ledger:prove", implied=Purpose.VERIFICATION),
    Act(name="key:list", implied=Purpose.SECURITY),
    Act(name="key:rotate", implied=Purpose.SECURITY),
    Act(name="key:turn", implied=Purpose.SECURITY, waits=True),
    Act(name="backup:create", implied=Purpose.SECURITY),
    Act(name="backup:restore", implied=Purpose.SECURITY, waits=True),
    Act(name="check:run", implied=Purpose.VERIFICATION),
    Act(name="promise:show", implied=Purpose.VERIFICATION),
)
"""The acts of this release, by name."""
