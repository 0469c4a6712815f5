"""A house whose database somebody else writes too: he puts rows of earlier moments back.

One client and one bucket, real rows, custodians in memory.  Before any step he may put back any
subset of the rows of any earlier moment, or take every mark of a deletion away; what a step refuses
it refuses, and the newest rows are then put in their place, as its message asks.  He also
keeps every row that ever was.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.keyring.custody import House, founded
from tests.keys.house import Turning
from tests.keys.put_back import KEY_TABLES, Rows, copied, edited, put_back
from tests.keys.test_turn import put

from bailee import errors, failpoint
from bailee.adapters.sql.engine import SqliteWork
from bailee.grant import Ref
from bailee.keyring.tree import formulas as tree
from bailee.seal.leaf import LeafOpener

BUCKET = b"\x01\x02"
NUMBER = 258
TABLES = (*KEY_TABLES, "key_state")
Thing = tuple[Ref, bytes]


class Life:
    """One seed's house, what became of each thing, and all rows that ever stood."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311  # a simulation, not a key
        self.house: House = founded(folder)
        self.client = self.house.new_client()
        self.things: list[Thing] = []
        self.gone: dict[int, int] = {}
        """Number of a deleted thing → the generation that was written then."""
        self.moments: list[Rows] = []
        self.ever: defaultdict[str, set[tuple[Any, ...]]] = defaultdict(set)
        self.given: list[int] = []
        self.story: list[str] = []
        self.look()

    def look(self) -> None:
        """Keep what stands now."""
        rows = copied(self.house.path, TABLES)
        self.moments.append(rows)
        for table, found in rows.items():
            self.ever[table].update(found)

    # --- steps -------------------------------------------------------------------------------

    def run(self, steps: int) -> None:
        for _ in range(steps):
            newest = self.moments[-1]
            attacked = len(self.moments) > 2 and self.rng.random() < 0.4
            if attacked:
                self.attack()
            kind = self.rng.choices(("put", "get", "delete", "turn"), weights=(3, 3, 2, 2))[0]
            refused = self.step(kind)
            if attacked and (refused or self.rng.random() < 0.3) and kind != "turn":
                self.back_to(newest, kind, refused=refused)
            elif attacked and refused:
                put_back(self.house.path, newest)
            self.look()

    def back_to(self, newest: Rows, kind: str, *, refused: bool) -> None:
        # What he puts back after a step that went through would undo that step: only after one
        # that changed nothing is this the newest.
        if refused or kind == "get":
            put_back(self.house.path, newest)

    def attack(self) -> None:
        how = self.rng.random()
        if how < 0.2:
            edited(self.house.path, "update key_trunk set pending_gen = null")
            edited(self.house.path, "delete from key_pending")
            self.story.append("marks taken away")
            return
        moment = self.rng.choice(self.moments)
        chosen = [table for table in TABLES if how < 0.4 or self.rng.random() < 0.5]
        if how < 0.6:
            put_back(self.house.path, moment, only=chosen)
        else:
            some = {
                table: [row for row in moment[table] if self.rng.random() < 0.5] for table in chosen
            }
            put_back(self.house.path, some, over=True)
        self.story.append(f"put back {chosen}")

    def step(self, kind: str) -> bool:
        """Take one step; True when it was refused or cut off."""
        try:
            getattr(self, kind)()
        except (errors.BaileeError, OSError) as error:
            self.story.append(f"{kind}: {error}")
            # A commit that failed stops its process; the next step is another's.
            self.house.work.close()
            self.house.work = SqliteWork(self.house.path)
            return True
        finally:
            failpoint.arm("")
        self.story.append(f"{kind}: done")
        return False

    def put(self) -> None:
        self.house.keyring = self.house.reopened()
        self.things.append(put(self.house, self.client, BUCKET))

    def get(self) -> None:
        if not self.things:
            return
        number = self.rng.randrange(len(self.things))
        ref, sealed = self.things[number]
        ring = self.house.reopened()
        grant = self.house.grant(self.client)
        opener = self.house.work.read(lambda tx: ring.opener(tx, ref, grant))
        assert opener.open_row(b"aad", sealed) == b"a value"
        if number in self.gone:
            self.given.append(number)

    def delete(self) -> None:
        if not self.things:
            return
        number = self.rng.randrange(len(self.things))
        ref, _ = self.things[number]
        ring = self.house.reopened()
        generation = self.house.work.read(ring.generation)
        self.house.work.run(self.client, lambda tx: ring.destroy(tx, [ref]))
        self.gone.setdefault(number, generation)

    def turn(self) -> None:
        if self.rng.random() < 0.4:
            failpoint.arm(f"rows.commit:before=raise@{self.rng.randrange(1, 8)}")
        try:
            Turning.of(self.house).run()
        finally:
            self.look()  # of a turn that was cut off, he has the rows as well

    # --- judging -----------------------------------------------------------------------------

    def final(self) -> list[int]:
        """List what was deleted in a generation whose secret custodians have destroyed."""
        held = {gen for turns in self.house.kms.turns for gen in turns}
        return [number for number, gen in self.gone.items() if gen < min(held)]

    def revived(self) -> list[int]:
        """List what was finally erased and opens with all rows that ever were."""
        keys = self.leaves()
        return [n for n in self.final() if any(_opens(key, self.things[n]) for key in keys)]

    def leaves(self) -> set[bytes]:
        kms, client = self.house.kms, self.client
        root = kms.root().reveal()
        keks = [
            tree.kek(root, turn, kms.install, gen)
            for held in kms.turns
            for gen, turn in held.items()
        ]
        clients = {
            key
            for noun, ident, _, version, _, wrapped in self.ever["key_trunk"]
            if (noun, ident) == ("client", client.raw)
            for key in _tried(
                keks, tree.wrapping_aad(client, "client", client.raw, version), wrapped
            )
        }
        buckets = {
            key
            for _, bucket, version, _, wrapped in self.ever["key_bucket"]
            for key in _tried(clients, tree.bucket_aad(client, bucket, version), wrapped)
        }
        wrappers = [tree.leaf_wrapper(key, "object", client, NUMBER) for key in buckets]
        return {
            key
            for _, _, noun, ident, version, kid, _, wrapped in self.ever["key_leaf"]
            for key in _tried(wrappers, tree.leaf_aad(client, noun, ident, version, kid), wrapped)
        }


def _tried(keys: Iterable[bytes], aad: bytes, wrapped: bytes) -> list[bytes]:
    found = []
    for key in keys:
        with suppress(errors.Damaged):
            found.append(tree.unwrap(key, aad, wrapped))
    return found


def _opens(key: bytes, thing: Thing) -> bool:
    try:
        return LeafOpener(key).open_row(b"aad", thing[1]) == b"a value"
    except errors.Damaged:
        return False
