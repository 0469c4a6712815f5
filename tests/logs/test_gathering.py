"""Small pushes become few groups, each waits for no more than a moment, and none is lost."""

import threading
import time

from tests.patience import HANGS_S

from bailee.limits import PUSH_BYTES
from bailee.logs.push.gathering import Gathering

MANY = 1_000


class Groups:
    """Groups that were done, the first of them held up until it is let go."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.gathering: Gathering[str, int] = Gathering(lambda: self.now_s)
        self.done: list[list[int]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.threads: list[threading.Thread] = []

    def do(self, pushes: list[int]) -> None:
        self.done.append(list(pushes))
        if len(self.done) == 1:
            self.begun.set()
            assert self.go_on.wait(HANGS_S)

    def join(self, push: int, size_bytes: int = 1) -> None:
        thread = threading.Thread(
            target=lambda: self.gathering.join("a", push, size_bytes, self.do)
        )
        thread.start()
        self.threads.append(thread)

    def held_up(self) -> None:
        """Begin a first group, which lasts until `end`."""
        self.join(0)
        assert self.begun.wait(HANGS_S)

    def end(self) -> None:
        self.go_on.set()
        for thread in self.threads:
            thread.join(HANGS_S)
            assert not thread.is_alive()


def joined(groups: Groups, count: int) -> None:
    """Wait until so many have joined the group that comes next."""
    while groups.gathering.under_way("a") < 1 + count:
        time.sleep(0)


def test_a_thousand_that_come_while_one_is_on_its_way_are_one_group() -> None:
    groups = Groups()
    groups.held_up()
    for number in range(1, MANY + 1):
        groups.join(number)
    joined(groups, MANY)
    groups.end()
    assert [len(one) for one in groups.done] == [1, MANY]
    assert sorted(groups.done[1]) == [*range(1, MANY + 1)]


def test_a_full_group_takes_no_more() -> None:
    groups = Groups()
    groups.held_up()
    for number in (1, 2, 3):
        groups.join(number, PUSH_BYTES // 2)
        joined(groups, number)
    groups.end()
    assert [len(one) for one in groups.done] == [1, 2, 1]


def test_no_group_overtakes_another() -> None:
    groups = Groups()
    groups.held_up()
    for number in range(1, 21):
        groups.join(number, PUSH_BYTES)
        joined(groups, number)
    groups.end()
    assert groups.done == [[number] for number in range(21)]


def test_a_group_waits_a_moment_at_most_whatever_the_clock_says() -> None:
    groups = Groups()
    groups.held_up()
    groups.join(1)
    groups.join(2)
    joined(groups, 2)
    groups.end()  # two at once: what comes next waits for others
    groups.now_s = -1e9
    groups.join(3)
    groups.end()
    assert [len(one) for one in groups.done] == [1, 2, 1]
