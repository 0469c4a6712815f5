"""Window: a stretch of time in which lines are looked for: from a moment, up to another."""

from dataclasses import dataclass

from bailee import errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Window: from `from_ns` to before `to_ns`, nanoseconds since 1970; None is no bound.

    UsageError when it is empty.
    """

    from_ns: int | None = None
    to_ns: int | None = None

    def __post_init__(self) -> None:
        if None not in (self.from_ns, self.to_ns) and self.from_ns >= self.to_ns:  # type: ignore[operator]  # neither is None here
            raise errors.UsageError("errors_search.window")

    @property
    def bounded(self) -> bool:
        """Whether it leaves anything out."""
        return self.from_ns is not None or self.to_ns is not None

    def meets(self, first_ns: int | None, last_ns: int | None) -> bool:
        """Tell whether a line between the two may be within; what is not known may be."""
        # Unknown is within: leaving out is right only where it is certain.
        after = self.from_ns is None or last_ns is None or last_ns >= self.from_ns
        before = self.to_ns is None or first_ns is None or first_ns < self.to_ns
        return after and before

    def holds(self, first_ns: int | None, last_ns: int | None) -> bool:
        """Tell whether all lines between the two are within."""
        # Unknown is not within: each line's own time is then compared.
        after = self.from_ns is None or (first_ns is not None and first_ns >= self.from_ns)
        before = self.to_ns is None or (last_ns is not None and last_ns < self.to_ns)
        return after and before
