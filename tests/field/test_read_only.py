"""Read-only media: what opens nothing is done and says that it is not recorded; all else is not.

borgbackup/borg#4550, restic/restic#1759: a repository on a medium that takes no writes cannot even
be checked or listed.
"""

import gc
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.run import homes

from bailee import errors
from bailee.check.acts import RunCheck
from bailee.clients.acts import AddClient
from bailee.clients.model import client_ref, clients_scope
from bailee.grant import Ref
from bailee.keyring.held import opener_of_held
from bailee.limits import RESERVE_BYTES
from bailee.monitor.model import UNRECORDED
from bailee.run.wiring.app import App, open_app, os_principal
from bailee.secret import Secret

SECRET = b"nobody saw this without an entry"
DAMAGED, CANNOT_RECORD = 10, 15
DONE = {
    "check": ("check",),
    "check deep": ("check", "--deep"),
    "months": ("epoch", "list", "--client", "acme"),
    "keys": ("key", "list"),
    "approvals": ("approval", "list"),
    "clock": ("clock", "show"),
    "head": ("ledger", "head", "--client", "acme"),
    "key": ("ledger", "key", "--client", "acme"),
}
REFUSED = {
    "clients": ("client", "list"),
    "objects": ("object", "list", "--client", "acme"),
    "an object": ("object", "get", "--client", "acme", "{object}", "--purpose", "client-request"),
    "no purpose": ("object", "get", "--client", "acme", "{object}"),
    "streams": ("log", "streams", "--client", "acme"),
    "a search": ("log", "search", "--client", "acme", "--text", "seen"),
    "entries": ("ledger", "show", "--client", "acme"),
    "a ledger": ("ledger", "export", "--client", "acme", "{place}/export"),
    "a client": ("client", "add", "other"),
    "a turn": ("key", "turn"),
}


def mount(*words: str) -> bool:
    try:
        return subprocess.run(["mount", *words], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def disk(place: Path) -> Iterator[Path]:
    """Mount a small disk of its own."""
    size = 3 * RESERVE_BYTES
    if not mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)):
        pytest.skip("this user may not mount a disk")
    try:
        yield place
    finally:
        gc.collect()  # a home that was opened in this process lets go of custodians' journals
        subprocess.run(["umount", str(place)], check=True)


def made(place: Path) -> tuple[homes.Shell, str]:
    """Make a home with an object and a log in it, on a disk; custodians lie there too."""
    shell = homes.Shell(place)
    shell("init", "--provider", "hosting.example")
    shell("client", "add", "acme")
    put = shell("-o", "json", "object", "put", "--client", "acme", "-", "--name", "a", stdin=SECRET)
    log = ("log", "ingest", "--client", "acme", "--stream", "web", "--origin", "infrastructure")
    shell(*log, "-", stdin=b"2026-11-30 08:00:01 seen a1@example.org\n")
    return shell, json.loads(put.out)["object"]


def still(place: Path) -> None:
    assert mount("-o", "remount,ro", str(place))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[homes.Shell, str]]:
    with disk(tmp_path_factory.mktemp("still")) as place:
        made_here = made(place)
        still(place)
        yield made_here


@pytest.mark.parametrize("what", DONE)
def test_what_opens_nothing_is_done_and_says_that_it_is_not_recorded(
    home: tuple[homes.Shell, str], what: str
) -> None:
    done = home[0]("-o", "json", *DONE[what], expect=CANNOT_RECORD)
    assert json.loads(done.out) is not None, done.err
    told = [json.loads(line)["slug"] for line in done.err.splitlines() if line.startswith("{")]
    assert told == ["still-done"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_opens_or_writes_is_not_done(home: tuple[homes.Shell, str], what: str) -> None:
    shell, ident = home
    words = (word.format(object=ident, place=shell.place.parent) for word in REFUSED[what])
    done = shell("-o", "json", *words, expect=CANNOT_RECORD)
    assert not done.out
    assert json.loads(done.err.splitlines()[-1])["slug"].startswith("still")


def test_a_check_says_what_it_did_not_open(home: tuple[homes.Shell, str]) -> None:
    report = json.loads(home[0]("-o", "json", "check", "--deep", expect=CANNOT_RECORD).out)
    assert report["verdict"] == "clean"
    assert "bodies-unread" in {one["kind"] for one in report["findings"]}


def test_every_act_of_the_list_is_tried() -> None:
    words = {" ".join(words) for words in DONE.values()}
    typed = {act.replace(":", " ") for act in UNRECORDED} - {"check run"}
    assert {one for one in typed if not any(word.startswith(one) for word in words)} == set()


def test_its_grant_opens_nothing_whatever_was_asked_for(home: tuple[homes.Shell, str]) -> None:
    shell, _ = home
    with _opened(shell) as house:
        parts = house.parts
        provider = parts.keyring.provider
        with parts.monitor.authorize(
            house.caller.who, RunCheck(), provider, scopes=(clients_scope(),), count=9
        ) as act:
            assert (act.grant.scopes, act.grant.count, act.recorded) == ((), 0, False)
            ref = _client_ref(house)
            with pytest.raises(errors.Sealed):
                parts.work.read(lambda tx: opener_of_held(parts.keyring, tx, ref, act.grant))


def test_damage_is_found_and_is_the_exit_code(tmp_path: Path) -> None:
    with disk(tmp_path) as place:
        shell, _ = made(place)
        file = next(path for path in (place / "home" / "objects").rglob("bl-*") if path.is_file())
        raw = bytearray(file.read_bytes())
        raw[len(raw) // 2] ^= 1
        file.write_bytes(raw)
        still(place)
        report = json.loads(shell("-o", "json", "check", "--deep", expect=DAMAGED).out)
        assert report["verdict"] == "damaged"


def test_nothing_of_it_is_recorded_and_all_is_well_again(tmp_path: Path) -> None:
    with disk(tmp_path) as place:
        shell, ident = made(place)
        before = _bytes(place)
        still(place)
        for words in (DONE["check"], DONE["months"], REFUSED["clients"]):
            shell(*words, expect=CANNOT_RECORD)
        assert _bytes(place) == before
        assert mount("-o", "remount,rw", str(place))
        get = ("object", "get", "--client", "acme", ident, "--purpose", "client-request")
        assert shell(*get).out == SECRET
        shown = json.loads(shell("-o", "json", "ledger", "show", "--client", "provider").out)
        assert not {one["kind"] for one in shown} & {"check:run", "client:list"}


def test_a_home_that_was_not_closed_is_refused(tmp_path: Path) -> None:
    """Copied while it was open: what was committed last lies in a journal beside the database."""
    living, copies = tmp_path / "living", tmp_path / "copies"
    living.mkdir()
    copies.mkdir()
    homes.make(living)
    with disk(copies) as place:
        with homes.opened(living) as house:
            house.caller.call(AddClient(label="acme"))
            shutil.copytree(living / "home", place / "home")
        assert (place / "home" / "rows.db-wal").stat().st_size
        still(place)
        with pytest.raises(errors.CannotRecord) as refused, homes.opened(place):
            pass
        assert refused.value.reason == "errors_sql.still-unclosed"


@contextmanager
def _opened(shell: homes.Shell) -> Iterator[App]:
    who, phrase = os_principal(), Secret(homes.PASSPHRASE)
    with open_app(shell.place / "home", who=who, take_passphrase=lambda: phrase) as house:
        yield house


def _client_ref(house: App) -> Ref:
    provider = house.parts.keyring.provider
    return client_ref(provider, house.parts.find_client(house.caller.who, "acme"))


def _bytes(place: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes()
        for path in sorted((place / "home").rglob("*"))
        if path.is_file() and path.stat().st_size < RESERVE_BYTES
    }
