"""Standing: whether who asked still may, while what they asked for streams.

A grant lasts five seconds, and what streams may go on for hours after it: so the policies are asked
again on its way, without an entry.
"""

import time
from collections.abc import Callable
from typing import Any, Final, final

from bailee import errors
from bailee.act import Principal
from bailee.run.wiring.app import App

EACH_S: Final = 1.0
"""How often they are asked: a role that is taken away ends what streams within that, well below
the five seconds that are promised."""


@final
class Standing:
    """Standing: of who asked for one act; asked by the thread that does it."""

    def __init__(
        self,
        app: App,
        who: Principal,
        request: Any,  # noqa: ANN401  # an act
        require_open: Callable[[], None],
    ) -> None:
        self._app = app
        self._who = who
        self._request = request
        self._require_open = require_open
        self._due_s = time.monotonic() + EACH_S

    def require(self) -> None:
        """Raise Sealed once it is being sealed, Conflict once who asked may no more."""
        self._require_open()
        now_s = time.monotonic()
        if now_s < self._due_s:
            return
        self._due_s = now_s + EACH_S
        if not self._stands():
            raise errors.Conflict("errors_socket.no-more")

    def _stands(self) -> bool:
        if not self._app.admission.stands(self._who):
            return False
        label = getattr(self._request, "client", None)
        if label is None:  # of no client: whoever has a role at all goes on
            return True
        parts = self._app.parts
        try:
            client = parts.find_client(self._who, label)
        except errors.NotFound:
            return False
        return parts.monitor.stands(self._who, self._request, client)
