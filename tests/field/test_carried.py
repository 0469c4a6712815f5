"""A secret whose value stands on the lines after its key is taken, or its line is reported.

Reported where: Yelp/detect-secrets#439, which finds nothing in a block scalar of YAML.
"""

import pytest
from tests.absence import holds

from bailee.scan.kinds import Flag, Kind
from bailee.scan.scanner import Scanner

TAKEN = {
    "JSON over lines": '{\n  "password":\n    "Zebra99x Quagga77",\n  "at": 7\n}\n',
    "JSON with blanks behind the colon": "{'api_key' : \r\n\t'Zebra99x Quagga77'}\r\n",
    "a folded scalar of YAML": "user: anna\npassword: >-\n  Zebra99x Quagga77\nnext: seven\n",
    "a literal scalar of YAML": "  api_key: |\n    Zebra99x\n    Quagga77\n  next: seven\n",
    "a joined line": "export PASSWORD=\\\nZebra99x.Quagga77\nnext\n",
    "a value that is joined": "mysql --password=Zebra99x\\\nQuagga77 --at=7\n",
}


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


def left(scanner: Scanner, text: str) -> str:
    finds = scanner.scan(text.encode())
    kept = bytearray(text.encode())
    for start, end, flags in zip(finds.start, finds.end, finds.flags, strict=True):
        if not flags & Flag.SUSPECTED:
            kept[start:end] = b"." * (end - start)
    assert (finds.start[1:] >= finds.end[:-1]).all()
    return kept.decode()


@pytest.mark.parametrize("case", TAKEN)
def test_a_value_below_its_key_is_taken(scanner: Scanner, case: str) -> None:
    text = TAKEN[case]
    kept = left(scanner, text)
    assert not holds(kept, "Zebra99x")
    assert not holds(kept, "Quagga77")
    # All that is no value stays, and a mark of the kernels is no find.
    assert len(kept) == len(text)
    assert all(word in kept for word in ("next", "seven", "at") if word in text)
    finds = scanner.scan(text.encode())
    assert not any(flags & Flag.SUSPECTED for flags in finds.flags.tolist())


@pytest.mark.parametrize("block", [16, 64])
@pytest.mark.parametrize("case", TAKEN)
def test_a_value_below_its_key_is_taken_over_any_blocks(case: str, block: int) -> None:
    assert left(Scanner(block_bytes=block), TAKEN[case]) == left(Scanner(), TAKEN[case])


@pytest.mark.parametrize("value", ['"Zebra99x', "'Zebra99x is", '  "Zebra99x'])
def test_a_string_that_stays_open_is_reported(scanner: Scanner, value: str) -> None:
    finds = scanner.scan(f"app: password={value} 192.0.2.7\nQuagga\n".encode())
    seen = {(Kind(kind), finds.value(n)) for n, kind in enumerate(finds.kind.tolist())}
    assert (Kind.IPV4, b"192.0.2.7") in seen
    (doubt,) = [n for n in range(len(finds)) if finds.flags[n] & Flag.SUSPECTED]
    assert finds.line[doubt] == 0
    assert b"Zebra99x" in finds.value(doubt)


PROSE = {
    "a prompt": "Enter password:\nLast login from the console\n",
    "a value of its own line": '{"password":\n  {"at": "nothing to see"}}\n',
    "an empty value": "password=\nQuagga77 is next\n",
    "another depth": "  password: |\n  next: seven\n",
}


@pytest.mark.parametrize("case", PROSE)
def test_a_line_that_is_no_value_stays(scanner: Scanner, case: str) -> None:
    assert left(scanner, PROSE[case]) == PROSE[case]
    assert not len(scanner.scan(PROSE[case].encode()))
