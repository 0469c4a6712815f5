"""Putting, giving, listing and deleting objects by name, by how many names a client has.

`nox -s bench -- names` (or `-- names --names 1000` for a glance; a million take a quarter of an
hour).

A home is filled below the monitor: leaf keys, sealed labels and rows, without contents.  They are
placed in shards by the first act, as those of an older home are; then acts go through the whole
house.  Figures are milliseconds of processor time an act, system time included, the mean of
`--acts` acts in one process.  The yard-stick, in the same run: the same acts on the least home.
"""

import argparse
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.answers import done
from tests.run.homes import make, opened

from bailee.adapters.sql.rows.objects import SqlObjectRows
from bailee.clients.acts import AddClient
from bailee.ids import BlobId, ClientId, ObjectId
from bailee.names.model import UnplacedRow
from bailee.objects.acts import DeleteObject, GetObject, ListObjects, PutObject
from bailee.objects.model import (
    NOUN,
    ObjectListed,
    VersionRow,
    content_ref,
    label_ref,
)
from bailee.objects.naming import label_aad
from bailee.run.wiring.app import App
from bailee.work import Tx

CLIENT = "acme"
AT_ONCE = 2_000
PAGE = 100
GIVEN = "client-request"


def fill(house: App, client: ClientId, count: int) -> None:
    """Add objects as rows and keys alone, some thousand in a transaction."""
    keys, rows = house.parts.keyring, SqlObjectRows()

    def some(tx: Tx) -> None:
        for _ in range(AT_ONCE):
            obj = ObjectId.new()
            label, content = (
                keys.sealer(make_ref(client, obj, 1)) for make_ref in (label_ref, content_ref)
            )
            about = ObjectListed(
                object=obj, version=1, name=f"kept/{obj}.txt", size_bytes=100, stored_ms=0
            )
            row = VersionRow(
                client=client,
                object=obj,
                version=1,
                sealed_label=label.seal_row(label_aad(client, obj, 1), about.label()),
                blob=BlobId.new(),
                sealed_bytes=156,
                digest=bytes(32),
                commitment=bytes(32),
            )
            keys.enrol(tx, label)
            keys.enrol(tx, content)
            rows.add(tx, row)
            rows.names.add_unplaced(tx, UnplacedRow(client=client, noun=NOUN, id=obj.raw))

    for _ in range(0, count, AT_ONCE):
        house.parts.work.run(client, some)


def measured(acts: int, act: Callable[[int], object]) -> float:
    """Return the milliseconds of processor time that an act takes."""
    busy = time.process_time()
    for at in range(acts):
        act(at)
    return (time.process_time() - busy) / acts * 1e3


def figures(house: App, acts: int) -> Mapping[str, float]:
    """Measure each act."""
    call, mark = house.caller.call, secrets.token_hex(4)
    last = str(done(call(ListObjects(client=CLIENT, limit=1)))[0].object)

    def put(at: int) -> None:
        name = f"new/{mark}-{at}.txt"
        done(house.caller.send(PutObject(client=CLIENT, name=name), [bytes(1_000)]))

    def get(at: int) -> None:
        asked = GetObject(client=CLIENT, object=f"new/{mark}-{at}.txt", purpose=GIVEN)
        for _ in done(call(asked)).chunks:
            pass

    def delete(at: int) -> None:
        done(call(DeleteObject(client=CLIENT, object=f"new/{mark}-{at}.txt")))

    return {
        "put": measured(acts, put),
        "put again": measured(acts, put),
        "get": measured(acts, get),
        "page": measured(
            5, lambda _: done(call(ListObjects(client=CLIENT, limit=PAGE, after=last)))
        ),
        "prefix": measured(
            5, lambda _: done(call(ListObjects(client=CLIENT, limit=PAGE, prefix=f"new/{mark}")))
        ),
        "delete": measured(acts, delete),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--acts", type=int, default=50)
    options = parser.parse_args()
    least: Mapping[str, float] = {}
    for count in options.names:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            make(place)
            with opened(place) as house:
                done(house.caller.call(AddClient(label=CLIENT)))
                client = house.parts.find_client(house.caller.who, CLIENT)
                fill(house, client, count)
                busy = time.process_time()
                done(house.caller.call(ListObjects(client=CLIENT, limit=1)))
                placed = time.process_time() - busy
                print(f"{count:,} names, placed in {placed:.2f} s")
                found = figures(house, options.acts)
        least = least or found
        for act, ms in found.items():
            print(f"  {act:10} {ms:8.2f} ms  {ms / least[act]:6.2f} of that with the fewest")


if __name__ == "__main__":
    main()
