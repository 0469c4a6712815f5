"""What must be so in a house whose database somebody else writes, and what an act may answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

Key = tuple[str, int]
"""An object's id, and a version of it."""


@dataclass(frozen=True)
class Thing:
    """One version of an object, as it was put."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Person:
    """An identifier that stands in one line of one month."""

    epoch: int
    mail: bytes


@dataclass
class Truth:
    """What lives, what was deleted, and what an act that broke off leaves open."""

    alive: dict[Key, Thing] = field(default_factory=dict)
    people: set[Person] = field(default_factory=set)
    gone: dict[Key | Person, int] = field(default_factory=dict)
    """Each with the generation that was written when it was deleted."""
    doubtful: set[Key | Person | str | int] = field(default_factory=set)
    """Named by an act that was refused or cut off: it may have been done."""
    ended: set[int] = field(default_factory=set)
    things: dict[Key, Thing] = field(default_factory=dict)
    """All that were ever acknowledged."""
    done: dict[str, int] = field(default_factory=dict)
    """Acts that were answered, by kind, since the ledger was last restored."""

    def saved(self) -> "Truth":
        """Copy what a backup holds of it."""
        return replace(
            self,
            alive=dict(self.alive),
            people=set(self.people),
            gone=dict(self.gone),
            doubtful=set(self.doubtful),
            ended=set(self.ended),
        )

    def delete(self, what: Iterable[Key | Person], gen: int) -> None:
        """Note what was deleted."""
        for one in what:
            self.gone.setdefault(one, gen)
            if isinstance(one, tuple):
                self.alive.pop(one, None)

    def end(self, epoch: int, gen: int) -> None:
        """Note that a month was ended."""
        self.ended.add(epoch)
        self.delete([one for one in self.people if one.epoch == epoch], gen)

    def back_to(self, then: "Truth", gen: int) -> None:
        """Take over what a backup held; what was deleted since is deleted again."""
        gone, ended = self.gone, self.ended
        self.alive = {key: one for key, one in then.alive.items() if key not in gone}
        self.people, self.doubtful = set(then.people), self.doubtful | then.doubtful
        self.gone = {
            one: max(was, gen) if one not in then.gone else was for one, was in gone.items()
        }
        self.ended, self.done = set(ended), {}

    def holds(self, person: Person) -> bool:
        """Tell whether a person's line must be found, and the value shown."""
        return person in self.people and person not in self.gone

    def open_to_doubt(self, *what: Key | Person | str | int) -> bool:
        """Tell whether nothing can be said of these."""
        return bool(self.doubtful & set(what))
