"""Parts: what every noun is bound to, made once for each process and handed to its `bind`.

Only what several nouns use stands here.  What one noun alone needs, its rows above all, is given
to that noun's `bind` beside; `run/wiring` does both, and is the only room that knows adapters.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from mmap import mmap
from socket import socket
from typing import TYPE_CHECKING, Protocol

from bailee.act import Principal
from bailee.clock import Clock, Times
from bailee.ids import ClientId
from bailee.keyring.model import Erasure
from bailee.keyring.service import Keyring
from bailee.ledger.reading import LedgerReader
from bailee.ledger.service import Ledger
from bailee.monitor.approval import Approvals
from bailee.monitor.budget import Budgets
from bailee.monitor.register import Register
from bailee.monitor.service import Monitor
from bailee.monitor.timekeeping import Timekeeper
from bailee.seal.port import BlobStore
from bailee.work import Tx, Work

if TYPE_CHECKING:
    from bailee.vault.service import Vault

ClientFinder = Callable[[Principal, str], ClientId]
"""Finds a client by its label, for who asks; NotFound when there is none or it is not theirs."""


Notify = Callable[[Tx, str, Mapping[str, str]], object]
"""Leaves a notice in the outbox, in the transaction of its cause: the cause's word, and facts of
which none is personal; they tell one cause from another of the same word."""


class Workers(Protocol):
    """Workers: processes without keys, each of which begins without having seen a received byte."""

    def begin(self, size_bytes: int) -> AbstractContextManager[tuple[socket, mmap]]:
        """Begin one, with a channel of whole messages and so much memory that it shares.

        The channel waits for no answer longer than it may take.  The worker is ended with the
        context.  CannotRecord when none begins.
        """


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Parts: the stores and engines under the services; one of each in a process.

    Caches and locks of theirs hold for the whole process because there is no second one.
    """

    clock: Clock
    work: Work
    keyring: Keyring
    ledger: Ledger
    reader: LedgerReader
    register: Register
    monitor: Monitor
    approvals: Approvals
    budgets: Budgets
    blobs: BlobStore
    # One vault in the process, whoever asks: what one act erases, another must not remember.
    vault: "Callable[[], Vault]"
    """Made when first asked for: it loads numpy and the telephone plans."""
    find_client: ClientFinder
    final_by_ms: Callable[[], int]
    """When what is deleted now will be gone from every older copy."""
    erasure: Callable[[int], Erasure]
    """How far the erasure is of what was deleted while that generation was written."""
    tell: Notify
    keeper: Timekeeper
    times: Callable[[], Times]
    """The time, as far as it can be believed; first asked before an act is recorded."""
    workers: Workers | None = None
    """Who parses what was received; None where this process does."""
