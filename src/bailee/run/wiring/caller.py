"""Who carries a request to its service.

A command builds a request and gives it to a caller: here the local one, bound to the services of
an opened home; later one over HTTP.  A stream is a request with its source or its sink beside.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bailee.monitor.model import Principal


class Request(Protocol):
    """A request's type is its act."""

    @property
    def act(self) -> str:
        """The act's name, `noun:verb`."""


Service = Callable[..., Any]  # each takes (who, request[, stream]); the act table pairs them


class LocalCaller:
    """Calls the services of this process, as the operating-system user who runs it."""

    def __init__(self, who: Principal, services: Mapping[str, Service]) -> None:
        self.who = who
        self._services = services

    def call(self, request: Request, stream: object = None) -> Any:  # noqa: ANN401  # the command knows the result type of its request
        """Carry the request to its service and return what it answers."""
        service = self._services[request.act]
        if stream is None:
            return service(self.who, request)
        return service(self.who, request, stream)
