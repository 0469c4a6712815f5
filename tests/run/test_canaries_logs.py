"""No identifier of a log stands in clear where nobody asked for it (guarantee G9 of SECURITY.md).

Two hundred made-up values go in as lines, and through every command on logs, bad input included.
Then everything is searched that is not an input or an answer that was asked for: home, write-ahead
log, custodians, backups, temporary files, both outputs, titles and environments of all processes.
Searching and counting show no identifier that the scanner knows; what it does not know, as a name
in a sentence, stands in the text, which is sealed as well, and in what a search shows.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.answers import done
from tests.check.held import erase
from tests.run import canaries, homes
from tests.run.canaries import Find, Search
from tests.run.test_canaries import ALL, Desk

from bailee.clients.acts import AddClient
from bailee.logs.acts import ExportLog, Ingested, IngestLog, LinesFound, RevealLog, SearchLog
from bailee.scan.vm import cache

CLIENT = ("--client", "kamga")
MAILS = ALL[2::14]
LOGINS = ALL[10::14]
ADDRESSES = ALL[13::14]
PASSWORDS = ALL[5::14]
KNOWN = (*MAILS, *LOGINS, *ADDRESSES)
"""Those that stand in places where any scanner must find them."""


def lines() -> bytes:
    """Put each canary into a line, and the sure ones into fields."""
    plain = [f"2025-10-10T13:55:36Z info it was about {one} again" for one in ALL]
    fields = [
        f"2025-10-10T13:55:37Z user={login} mail={mail} from={address} status=200 id={number}"
        for number, (login, mail, address) in enumerate(zip(LOGINS, MAILS, ADDRESSES, strict=False))
    ]
    secret = [f"2025-10-10T13:55:38Z password={one} rejected" for one in PASSWORDS]
    return "\n".join((*plain, *fields, *secret, "")).encode()


@dataclass
class LogDesk(Desk):
    """As the desk of the other canaries, with kernels that were compiled before."""

    def _environment(self, passphrase: int) -> dict[str, str]:
        kernels = {"BAILEE_KERNELS": str(cache.folder().parent)}
        return super()._environment(passphrase) | kernels


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> LogDesk:
    """Let all canaries go through every command on logs."""
    desk = LogDesk(tmp_path_factory.mktemp("canaries"))
    desk("init", "--provider", "hosting.example")
    desk("client", "add", "kamga")
    _taken_in(desk)
    _looked_for(desk)
    _gone(desk)
    _out_of_order(desk)
    desk("check", "--deep")
    desk.look_at_disk()
    return desk


def _taken_in(desk: LogDesk) -> None:
    whole = lines()
    given = ("log", "ingest", *CLIENT, "--origin", "client-application")
    desk(*given, "--stream", "web", desk.path(whole))
    packed = Path(desk.path(gzip.compress(whole)))
    packed.rename(packed.with_suffix(".gz"))
    why = ("--reason", desk.given(" ".join(ALL[40:60])))
    desk(*given, "--stream", "app", str(packed.with_suffix(".gz")), "--secrets", "seal", *why)
    desk(*given, "--stream", "pipe", "-", stdin=whole)
    desk("log", "streams", *CLIENT, "--days")


def _looked_for(desk: LogDesk) -> None:
    about = ("log", "search", *CLIENT, "--purpose", "client-request", "--about")
    shown = desk("-o", "jsonl", *about, "-", stdin=MAILS[0], asked=True)
    record = json.loads(shown.splitlines()[-1])
    desk(*about, desk.given(LOGINS[1]), "--count")
    desk(*about, desk.given(MAILS[1]), "--reveal", asked=True)
    desk("log", "search", *CLIENT, "--text", "status=200")
    out = desk.place / "out"
    why = ("--purpose", "client-request", "--reason", desk.given(" ".join(ALL[60:70])))
    desk("log", "export", *CLIENT, "--stream", "app", "--to", str(out / "export"), *why)
    desk("log", "export", *CLIENT, "--batch", record["batch"], *why, asked=True)
    place = ("--batch", record["batch"], "--line", str(record["line"]))
    token = record["tokens"][0]
    token = token["token"] if isinstance(token, dict) else token
    desk("log", "prove", *CLIENT, *place, "--open", token, "--to", str(out / "receipt"), *why)
    desk("verify", str(out / "receipt"), expect=None, asked=True)
    desk("ledger", "show", *CLIENT, asked=True)
    desk("backup", "create")


def _gone(desk: LogDesk) -> None:
    erased = ("log", "erase", *CLIENT, "--purpose", "rights", "--about")
    desk(*erased, desk.given(MAILS[2]), expect=None)
    desk("epoch", "destroy", *CLIENT, "--due", "--purpose", "retention", expect=None)
    desk("key", "turn")


def _out_of_order(desk: LogDesk) -> None:
    """Use every command as it is not meant to be: nothing that was typed comes back."""
    odd = iter(ALL[70:])
    given = ("log", "ingest", *CLIENT, "--origin", "infrastructure")
    for words in (
        # A source that cannot be read is named by its path, so no canary is in one.
        (*given, "--stream", "web", str(desk.place / "in" / "absent")),
        (*given, "--stream", next(odd), desk.path("x")),
        (*given, "--stream", "web", "--epoch", next(odd), desk.path("x")),
        ("log", "ingest", *CLIENT, "--stream", "new", "--origin", next(odd), desk.path("x")),
        ("log", "search", *CLIENT, "--about", next(odd), "--purpose", "security"),
        ("log", "search", *CLIENT, "--text", MAILS[3]),
        ("log", "search", *CLIENT, "--from", next(odd)),
        ("log", "export", *CLIENT, "--batch", next(odd)),
        ("log", "export", *CLIENT, "--stream", "web", "--source", next(odd), "--purpose", "rights"),
        ("log", "prove", *CLIENT, "--batch", next(odd), "--line", "1"),
        ("log", "erase", *CLIENT, "--about", next(odd)),
        ("epoch", "destroy", *CLIENT, "--epoch", next(odd), "--names"),
        ("log", "scan", str(desk.place / "in" / "absent"), "--" + next(odd)),
    ):
        desk(*words, expect=None, typed=True)
    desk("log", "search", *CLIENT, "--about", "-", stdin="\n".join(ALL), expect=None)
    torn = desk.path(gzip.compress(lines())[:-40])
    desk(*given, "--stream", "torn", torn, expect=None)


def test_nothing_leaks(desk: LogDesk) -> None:
    assert {(find.where, find.spelling) for find in desk.found} == set()
    # the good input was taken, and the bad was refused
    assert desk.codes.count(0) > 12
    assert sum(code != 0 for code in desk.codes) > 12
    # and the search sees what was given to who asked for it
    assert desk.answered >= set(MAILS[:2])


def test_what_went_in_came_out_to_who_asked(desk: LogDesk) -> None:
    given = (desk.place / "out" / "export").read_bytes()
    assert given == lines()


def test_nothing_leaks_while_it_is_in_use(tmp_path: Path) -> None:
    """The write-ahead log is open, files half written, values interned and opened."""
    search, found = Search(ALL), list[Find]()
    text = lines() * 3

    class Looking:
        address, lasting = "/var/log/web.log", True

        def read(self, offset: int) -> Iterator[bytes]:
            for at in range(offset, len(text), 40_000):
                found.extend(search.files(tmp_path))
                yield text[at : at + 40_000]

        def taken(self, end: int) -> None:
            assert end
            found.extend(search.files(tmp_path))

    homes.make(tmp_path)
    with homes.opened(tmp_path) as house:
        house.caller.call(AddClient(label="acme"))
        asked = IngestLog(client="acme", stream="web", origin="infrastructure")
        taken = done(house.caller.send(asked, Looking()))
        assert isinstance(taken, Ingested)
        assert (tmp_path / "home" / "rows.db-wal").stat().st_size
        about = SearchLog(client="acme", about=MAILS[0].encode(), purpose="security")
        answer = done(house.caller.call(about))
        assert isinstance(answer, LinesFound)
        lines_found = list(answer.lines)
        assert lines_found
        revealed = done(
            house.caller.call(
                RevealLog(client="acme", values=lines_found[-1].tokens, purpose="service")
            )
        )
        assert MAILS[0].encode() in revealed.values.values()
        export = ExportLog(client="acme", stream="web", purpose="client-request")
        chunks = done(house.caller.call(export)).chunks
        assert bytes(next(chunks))
        found.extend(search.files(tmp_path))
        chunks.close()
        erase(house, MAILS[1].encode())
        found.extend(search.files(tmp_path))
    found.extend(search.files(tmp_path))
    assert not found


@pytest.mark.parametrize("where", ["home/objects/aa/bl-stray", "home/rows.db-wal", "tmp/x.parquet"])
def test_a_planted_leak_is_found(where: str, tmp_path: Path) -> None:
    path = tmp_path / where
    path.parent.mkdir(parents=True)
    for canary in KNOWN[:5]:
        for leak in canaries.planted(canary).values():
            path.write_bytes(leak)
            assert canary in {find.canary for find in Search(ALL).files(tmp_path)}
