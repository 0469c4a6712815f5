"""A day's budget over a home's own acts: reveals, opened receipts and exports count together."""

from collections.abc import Iterator

import pytest
from tests.answers import done
from tests.check.held import CLIENT, ingest
from tests.run.homes import make, opened

from bailee.accounts.acts import ListBudgets, RaiseBudget
from bailee.accounts.model import Budget
from bailee.act import Denial
from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, FoundLine, ProveLog, RevealLog, SearchLog
from bailee.logs.token import TokenRef, token_text
from bailee.policy import Policies
from bailee.run.wiring.app import App

LIMIT = Policies().terms.reveal_day
LINES = b"".join(b"from u%d@example.org\n" % number for number in range(LIMIT + 1))
PURPOSE = "client-request"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Give a home with one batch of one identifier more than a day's budget."""
    place = tmp_path_factory.mktemp("budget")
    make(place)
    with opened(place) as house:
        done(house.caller.call(AddClient(label=CLIENT)))
        ingest(house, LINES)
        yield house


def budget(house: App) -> Budget:
    (one,) = done(house.caller.call(ListBudgets()))
    return one


def refused(answer: object) -> bool:
    assert not isinstance(answer, Denial) or answer.rule == "budget-spent"
    return isinstance(answer, Denial)


def test_all_that_opens_identifiers_counts_together(house: App) -> None:
    found = done(house.caller.call(SearchLog(client=CLIENT, text="from", purpose=PURPOSE)))
    lines = list(found.lines)
    assert budget(house).opened == 0, "a search opens none"

    # An export of more than a day's is refused before its first byte, and counts nothing.
    export = ExportLog(client=CLIENT, stream="web", purpose=PURPOSE)
    assert refused(house.caller.call(export))
    assert budget(house).opened == 0

    assert not refused(house.caller.call(reveal(lines[:500])))
    assert not refused(house.caller.call(reveal(lines[500:999])))
    assert not refused(house.caller.call(receipt(lines[0])))
    assert budget(house).opened == LIMIT
    assert refused(house.caller.call(reveal(lines[:1])))
    assert refused(house.caller.call(receipt(lines[0])))
    assert not refused(house.caller.call(receipt(lines[0], opens=False)))

    # Who is alone agrees with nobody; what is agreed on counts what was opened before.
    raised = RaiseBudget(actor=str(budget(house).actor), values=2 * LIMIT + 1)
    assert done(house.caller.call(raised)).opened == LIMIT
    given = done(house.caller.call(export))
    assert b"".join(map(bytes, given.chunks)) == LINES
    assert budget(house).opened == 2 * LIMIT + 1
    assert refused(house.caller.call(reveal(lines[:1])))


def reveal(lines: list[FoundLine]) -> RevealLog:
    refs = tuple(TokenRef(epoch=one.epoch, token=one.tokens[0].token) for one in lines)
    return RevealLog(client=CLIENT, values=refs, purpose=PURPOSE)


def receipt(line: FoundLine, *, opens: bool = True) -> ProveLog:
    return ProveLog(
        client=CLIENT,
        batch=str(line.batch),
        line=line.line,
        open=(token_text(line.tokens[0].token),) if opens else (),
        purpose=PURPOSE,
    )
