"""Seals: records that a server's keys were put in reach, or out of it; the server does either."""

from collections.abc import Callable
from typing import final

from bailee.act import Principal
from bailee.ids import ClientId
from bailee.keys.acts import KeysState, SealKeys, UnsealKeys
from bailee.monitor.service import Monitor


@final
class Seals:
    """Seals: the acts on a server's keys."""

    def __init__(self, *, monitor: Monitor, provider: Callable[[], ClientId]) -> None:
        self._monitor = monitor
        self._provider = provider

    def seal(self, who: Principal, request: SealKeys) -> KeysState:
        """Record it: the entry is durable before the keys are dropped."""
        with self._monitor.authorize(who, request, self._provider()):
            return KeysState(state="sealed")

    def unseal(self, who: Principal, request: UnsealKeys) -> KeysState:
        """Record it: the first entry after the keys were in reach."""
        with self._monitor.authorize(who, request, self._provider()):
            return KeysState(state="open")
