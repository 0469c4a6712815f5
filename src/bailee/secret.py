"""A value that does not show itself: silent in repr, format, logs, comparison and pickle.

`.reveal()` is the only way out, so every place that looks can be found by searching for it.
"""

from typing import Generic, NoReturn, TypeVar, final

T = TypeVar("T")


@final
class Secret(Generic[T]):
    """Wraps key bytes, a passphrase or a revealed identifier."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the value; the caller answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare secrets with hmac.compare_digest")

    __hash__ = None  # type: ignore[assignment]  # a hash is an oracle

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret does not leave the process")
