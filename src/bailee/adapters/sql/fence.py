"""Fence: the write fence as our own error: a turn has passed since the caller read its keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import IntegrityError

from bailee import errors


@contextmanager
def fenced() -> Iterator[None]:
    """Turn the trigger's refusal into Conflict; whatever else SQLite says is raised as it is."""
    try:
        yield
    except IntegrityError as error:
        # The trigger's text is ours; whatever else SQLite says stays unsaid, it may quote data.
        if "write fence" in str(error):
            raise errors.Conflict("errors_keyring.fenced") from None
        raise
