"""A private key over several lines is taken whole, in whatever form a log carries it.

Reported where: Docker and Kubernetes logs of programs that print their key when it does not load,
where masking took `-----BEGIN RSA PRIVATE KEY-----` and left the key.
"""

import base64
import json

import pytest
from tests.absence import holds

from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Scanner

BODY = base64.b64encode(bytes(n * n * 7 % 251 for n in range(1_190))).decode()
LINES = [BODY[at : at + 64] for at in range(0, len(BODY), 64)]
NAMES = ("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY")


def pem(name: str) -> list[str]:
    return [f"-----BEGIN {name}-----", *LINES, f"-----END {name}-----"]


def prefixed(lines: list[str]) -> list[str]:
    return [f"Nov 30 08:00:{n % 60:02} h app[7]: {line}" for n, line in enumerate(lines)]


FORMS = {
    **{name: pem(name) for name in NAMES},
    "with headers": [
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF",
        "",
        *LINES,
        "-----END RSA PRIVATE KEY-----",
    ],
    "OpenPGP": [
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "Version: GnuPG v2",
        "",
        *LINES,
        "=aB3d",
        "-----END PGP PRIVATE KEY BLOCK-----",
    ],
    "after a syslog head": prefixed(pem("RSA PRIVATE KEY")),
    "a JSON object each": [
        json.dumps({"time": "2026-11-30T08:00:00Z", "message": line}) for line in pem(NAMES[0])
    ],
    "quoted by a mail": [f"> {line}" for line in pem(NAMES[1])],
    "with lines of others between": [
        one
        for n, line in enumerate(prefixed(pem(NAMES[2])))
        for one in (line, f"Nov 30 08:00:01 h nginx: request {n} was served in 3 ms")
    ],
    "in one JSON line": [json.dumps({"key": "\n".join(pem(NAMES[0]))})],
    "ended as Windows does": [f"{line}\r" for line in pem(NAMES[0])],
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def left(scanner: Scanner, text: bytes) -> str:
    """Return what a stored text would hold: all that no rule replaces."""
    finds = scanner.scan(text)
    kept = bytearray(text)
    for n in range(len(finds)):
        if finds.rules[finds.rule[n]].replaces and not finds.flags[n] & Flag.SUSPECTED:
            kept[finds.start[n] : finds.end[n]] = bytes(finds.end[n] - finds.start[n])
    return kept.decode("latin-1")


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_a_key_is_left(scanner: Scanner, form: str) -> None:
    before, after = "user=anna logged in\n", "\nmail to bob@example.net was sent\n"
    kept = left(scanner, (before + "\n".join(FORMS[form]) + after).encode())
    assert not any(holds(kept, line) for line in LINES)
    # The lines around are what they were, but for the identifiers in them.
    assert kept.startswith("user=")
    assert kept.endswith(" was sent\n")
    if "others" in form:
        assert "request 3 was served in 3 ms" in kept


def test_what_is_no_key_between_two_ends_is_reported_and_stays(scanner: Scanner) -> None:
    odd = "c0:ff:ee done 198.51.100.7"
    lines = ["-----BEGIN PRIVATE KEY-----", odd, "modulus 00:aa", "-----END PRIVATE KEY-----", ""]
    text = "\n".join(lines).encode()
    kept = left(scanner, text)
    assert "c0:ff:ee done " in kept
    assert not holds(kept, "198.51.100.7")
    finds = scanner.scan(text)
    reported = [finds.value(n) for n in range(len(finds)) if finds.flags[n] & Flag.SUSPECTED]
    assert b"modulus 00:aa" in reported


def test_a_short_last_line_goes_and_a_line_of_others_stays(scanner: Scanner) -> None:
    begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
    short = left(scanner, "\n".join([begin, *LINES[:9], "c0ffee==", end]).encode())
    assert not holds(short, "c0ffee==")
    text = "\n".join([begin, *LINES[:9], "a request is done", end])
    assert "a request is done" in left(scanner, text.encode())


@pytest.mark.parametrize("block", [256, 1_024])
def test_a_key_is_taken_over_any_blocks(block: int) -> None:
    text = ("\n".join(pem(NAMES[0]) * 2) + "\n").encode()
    kept = left(Scanner(block_bytes=block), text)
    assert not any(holds(kept, line) for line in LINES[:-1])


def test_a_certificate_stays(scanner: Scanner) -> None:
    text = "\n".join(["-----BEGIN CERTIFICATE-----", *LINES, "-----END CERTIFICATE-----", ""])
    assert left(scanner, text.encode()) == text


def test_finds_stay_in_order_and_apart(scanner: Scanner) -> None:
    text = "\n".join(["ip 198.51.100.7", *FORMS["after a syslog head"], "ip 198.51.100.8"]).encode()
    finds = scanner.scan(text)
    assert (finds.start[1:] >= finds.end[:-1]).all()
    assert set(finds.kind[[0, -1]].tolist()) == {int(Kind.IPV4)}


# --- keys of other programs ----------------------------------------------------------------------

PPK = [
    "PuTTY-User-Key-File-3: ssh-rsa",
    "Encryption: none",
    "Comment: rsa-key-20261130",
    "Public-Lines: 1",
    base64.b64encode(bytes(range(48))).decode(),
    f"Private-Lines: {len(LINES)}",
    *LINES,
    f"Private-MAC: {'5f' * 32}",
]
OTHERS = {
    "PuTTY 3": PPK,
    "PuTTY 2": [*PPK[:-1], f"Private-MAC: {'5f' * 20}"],
    "PuTTY 1": [*PPK[:-1], f"Private-Hash: {'5f' * 20}"],
    "PuTTY after a syslog head": prefixed(PPK),
    "PuTTY in one JSON line": [json.dumps({"key": "\n".join(PPK)})],
    "SSH2": [
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----",
        "Comment: 2048-bit RSA",
        *LINES,
        "---- END SSH2 ENCRYPTED PRIVATE KEY ----",
    ],
    "SSH2 quoted by a mail": [
        f"> {line}"
        for line in ["---- BEGIN SSH2 PRIVATE KEY ----", *LINES, "---- END SSH2 PRIVATE KEY ----"]
    ],
}


@pytest.mark.parametrize("form", OTHERS)
def test_a_key_of_another_program_is_taken_whole(form: str) -> None:
    text = "\n".join(["before", *OTHERS[form], "after: user=anna"]).encode() + b"\n"
    finds = Scanner().scan(text)
    left = bytearray(text)
    for start, end, kind in zip(finds.start, finds.end, finds.kind, strict=True):
        if kind == Kind.SECRET:
            left[start:end] = b"." * (end - start)
    assert not any(holds(left.decode(), line) for line in LINES)
    assert b"after: user=anna" in left
    assert any(Kind(kind) is Kind.USERNAME for kind in finds.kind)


# --- keys that a line or a file holds otherwise --------------------------------------------------

BEGIN, END = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
DOCKER = [
    json.dumps({"log": f"{line}\n", "stream": "stdout", "time": f"2026-11-30T08:00:00.{n:03}Z"})
    for n, line in enumerate([BEGIN, *LINES, END])
]
LARGE = base64.b64encode(bytes(n * n * 7 % 251 for n in range(9_600))).decode()

# trufflesecurity/trufflehog#2338: the newlines of a key became blanks; Haraka#1557 logs its name.
ONE_LINE = {
    "reported": f"private_key={BEGIN} {' '.join(LINES)} {END}",
    "behind a colon": f"token: {BEGIN} {' '.join(LINES)} {END}",
    "quoted": f'"secret": "{BEGIN}\\n{chr(92)}n{" ".join(LINES)}\\n{END}\\n"',
    "over lines": f"private_key={BEGIN}\n" + "\n".join([*LINES, END]),
    "ends as rsyslog writes them": f"private_key={BEGIN}#012{'#012'.join(LINES)}#012{END}",
}


@pytest.mark.parametrize("form", ONE_LINE)
def test_a_key_behind_its_name_is_taken_whole(scanner: Scanner, form: str) -> None:
    text = f"app: {ONE_LINE[form]}, user=anna.example\nip 198.51.100.7\n"
    kept = left(scanner, text.encode())
    assert not any(holds(kept, line) for line in LINES)
    assert not holds(kept, "anna.example")
    found = scanner.scan(text.encode())
    assert {int(Kind.USERNAME), int(Kind.IPV4)} <= set(found.kind.tolist())


def test_a_key_of_the_largest_size_is_taken_from_one_line(scanner: Scanner) -> None:
    text = json.dumps({"key": f"{BEGIN}\n{LARGE}\n{END}\n", "user": "anna"}).encode()
    kept = left(scanner, text)
    assert not any(holds(kept, LARGE[at : at + 64]) for at in range(0, len(LARGE), 64))


# A log that is rotated by its size is cut anywhere: moby/moby#41650, elastic/beats#18841.
HALVES = {
    "the second half": [*LINES[9:], END],
    "after a syslog head": prefixed([*LINES[9:], END]),
    "records of Docker": DOCKER[9:],
    "with lines of others between": [
        one
        for n, line in enumerate([*LINES[9:], END])
        for one in (line, f"Nov 30 08:00:01 h nginx: request {n} was served in 3 ms")
    ],
    "a short last line": [*LINES[9:20], "c0ffee0042==", END],
    "in one line": [" ".join([*LINES[9:], END])],
}


@pytest.mark.parametrize("form", HALVES)
def test_half_of_a_key_is_taken_up_to_its_end(scanner: Scanner, form: str) -> None:
    text = "\n".join(["before 3fa9c1d2e4b5a6978812", *HALVES[form], "after", ""])
    kept = left(scanner, text.encode())
    assert not any(holds(kept, line) for line in [*LINES[9:], "c0ffee0042=="])
    assert holds(kept, "3fa9c1d2e4b5a6978812")


def test_an_end_takes_no_line_of_another_shape(scanner: Scanner) -> None:
    sums = [f"{n:064x}  file-{n}" for n in range(12)]
    text = "\n".join([*sums, "all sums are good, and the rest follows", *LINES[9:20], END, ""])
    kept = left(scanner, text.encode())
    assert all(holds(kept, line) for line in sums)
    assert not any(holds(kept, line) for line in LINES[9:20])
    certificate = "\n".join([*LINES[:9], "-----END CERTIFICATE-----", ""])
    assert left(scanner, certificate.encode()) == certificate


# The json-file driver makes one record of each line that a program writes.
def test_a_key_in_records_of_docker_is_taken_to_its_last_line(scanner: Scanner) -> None:
    kept = left(scanner, ("\n".join(DOCKER) + "\n").encode())
    assert not any(holds(kept, line) for line in LINES)
    short = [*DOCKER[:9], DOCKER[9].replace(LINES[8], "c0ffee0042=="), DOCKER[-1]]
    assert not holds(left(scanner, "\n".join(short).encode()), "c0ffee0042==")


def test_what_a_file_ends_with_in_a_key_is_reported(scanner: Scanner) -> None:
    text = "\n".join([BEGIN, *LINES[:9], "c0ffee0042"]).encode()
    finds = scanner.scan(text)
    assert finds.value(len(finds) - 1) == b"c0ffee0042"
    assert finds.flags[-1] & Flag.SUSPECTED


# --- cards that are published for tests -----------------------------------------------------------

CARDS = ("378282246310005", "371449635398431", "5105105105105100", "4111111111111111")


@pytest.mark.parametrize("card", CARDS)
def test_a_card_that_is_published_for_tests_is_flagged(card: str) -> None:
    finds = Scanner().scan(f"paid with {card}\n".encode())
    assert [
        (Kind(kind), Flag(flags)) for kind, flags in zip(finds.kind, finds.flags, strict=True)
    ] == [(Kind.CARD, Flag.DOCUMENTATION)]


def test_a_card_of_somebody_is_not_flagged() -> None:
    finds = Scanner().scan(b"paid with 378282246310013\npaid with 4532015112830366\n")
    assert len(finds.flags)
    assert not any(finds.flags.tolist())
