"""The verifier's exception: a slug, and facts that are safe to show.

The message ids are `verify.<reason>`.  The bytes themselves are never repeated: they may be
anything, a name typed into the wrong file included.
"""


class Malformed(ValueError):
    """Bytes that no honest log, exporter or key holder writes; fails the verification."""

    def __init__(self, reason: str, **facts: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts
