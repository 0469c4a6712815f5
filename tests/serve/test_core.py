"""Short acts of a server run on one core; who brings or takes much runs wherever it may."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.serve.served import found, running

from bailee.clients.acts import AddClient, ListClients
from bailee.objects.acts import GetObject, PutObject
from bailee.run.serve.core import OneCore

ALL = os.sched_getaffinity(0)
several = pytest.mark.skipif(len(ALL) < 2, reason="this machine has one core")


def mine() -> set[int]:
    return os.sched_getaffinity(0)


@several
def test_threads_meet_on_one_core_and_leave_it_again() -> None:
    core = OneCore()
    together = threading.Barrier(3)

    def both() -> list[set[int]]:
        core.stay()
        together.wait(HANGS_S)
        stayed = mine()
        core.roam()
        return [stayed, mine()]

    with ThreadPoolExecutor(3) as threads:
        found_ = [one.result(HANGS_S) for one in [threads.submit(both) for _ in range(3)]]
    ((one,),) = {tuple(stayed) for stayed, _ in found_}
    assert one in ALL
    assert [roamed for _, roamed in found_] == [ALL] * 3
    assert mine() == ALL  # who made it stays where it was


def test_where_the_kernel_refuses_it_runs_where_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int, __: object) -> None:
        raise PermissionError

    core = OneCore()
    monkeypatch.setattr(os, "sched_setaffinity", refused)
    core.stay()
    assert mine() == ALL


@several
def test_a_server_does_short_acts_on_one_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("stay", "roam"):
        kept = getattr(OneCore, name)

        def moved(self: OneCore, kept=kept, name=name) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            kept(self)
            seen.append(name if len(mine()) == (1 if name == "stay" else len(ALL)) else "neither")

        monkeypatch.setattr(OneCore, name, moved)
    found(tmp_path)
    with running(tmp_path) as one:
        call, send = one.server.caller.call, one.server.caller.send
        done(call(AddClient(label="acme")))
        done(call(ListClients()))
        assert set(seen) == {"stay"}
        done(send(PutObject(client="acme", name="a"), iter([bytes(2_000_000)])))
        assert seen.count("roam") == 1
        get = GetObject(client="acme", object="a", purpose="client-request")
        assert sum(map(len, done(call(get)).chunks)) == 2_000_000
        assert seen.count("roam") == 2
        done(call(ListClients()))
    assert set(seen) == {"stay", "roam"}  # and never neither
    assert seen[-1] == "stay"
