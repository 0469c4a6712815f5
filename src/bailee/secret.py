"""Secret: a value that shows in no repr, format, log line, comparison or pickle.

`.reveal()` is the only way out, so a search for it finds every place that reads a secret.
"""

from typing import Generic, NoReturn, TypeVar, final

T = TypeVar("T")


@final
class Secret(Generic[T]):
    """Wraps key bytes, a passphrase or a revealed identifier."""

    # Without a `__dict__`, `vars()` and a debugger's dump of attributes show nothing either.
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
        # `==` stops at the first byte that differs, and its time tells how many were guessed.
        raise TypeError("compare secrets with hmac.compare_digest")

    __hash__ = None  # type: ignore[assignment]  # a hash is an oracle

    def __reduce__(self) -> NoReturn:
        # Pickle writes to pools, caches and crash reports, where nobody looks after it.
        raise TypeError("a secret does not leave the process")
