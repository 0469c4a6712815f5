"""What was ended by its acts is no damage: `check` finds nothing, before the turn and after it."""

from pathlib import Path
from typing import Any

from tests.answers import done
from tests.keyring.custody import HandClock
from tests.logs.sources import Held
from tests.run.homes import SOMEONE, make, opened

from bailee.accounts.acts import AddActor
from bailee.act import Principal, Request
from bailee.audit import Depth
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.keys.acts import TurnKeys
from bailee.logs.acts import DestroyEpoch, EraseLog, IngestLog
from bailee.logs.model import SECRETS_DAYS
from bailee.logs.state import DAY_MS

DPO = Principal(os_user="dede")
LINES = b"from awa@example.org to bob@example.net password=hunter2zebra\n"
MONTHS = ("2026-07", "2026-08", None)


class Life:
    """What befalls a home, and what `check` says to it."""

    def __init__(self, place: Path) -> None:
        self.place, self.clock = place, HandClock()
        make(place, clock=self.clock)
        self.do(AddActor(os_user=DPO.os_user, role="dpo"), AddClient(label="acme"))
        for month in MONTHS:
            log = IngestLog(
                client="acme",
                stream="web",
                origin="client-application",
                epoch=month,
                keep_secrets=True,
                reason="a dispute",
            )
            with opened(self.place, clock=self.clock) as house:
                house.caller.send(log, Held(LINES, lasting=False))

    def do(self, *requests: Request[Any], who: Principal = SOMEONE) -> None:
        with opened(self.place, clock=self.clock, who=who) as house:
            for request in requests:
                house.caller.call(request)

    def findings(self) -> list[str]:
        with opened(self.place, clock=self.clock) as house:
            report = done(house.caller.call(RunCheck(depth=Depth.DEEP)))
        return [str(one.kind) for one in report.findings if one.is_damage]


def test_nothing_that_was_ended_is_damage(tmp_path: Path) -> None:
    life = Life(tmp_path)
    ends = [
        DestroyEpoch(client="acme", epoch=MONTHS[0], part="text"),
        DestroyEpoch(client="acme", epoch=MONTHS[1], part="names"),
    ]
    life.do(*ends)
    assert life.findings() == []
    life.clock.wall_ms += DAY_MS
    life.do(EraseLog(client="acme", about=b"awa@example.org", purpose="rights"), *ends, who=DPO)
    assert life.findings() == []
    life.do(TurnKeys())
    assert life.findings() == []
    for _ in range(2):  # time that passed unseen is believed at the next turn
        life.clock.wall_ms += SECRETS_DAYS * DAY_MS
        life.do(TurnKeys())
        assert life.findings() == []
