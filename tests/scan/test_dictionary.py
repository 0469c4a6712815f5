"""Values are numbered by their bytes and kind."""

from tests.scan.test_scanner import corpus

from bailee.scan import Scanner
from bailee.scan.dictionary import encode


def test_codes_are_values(scanner: Scanner) -> None:
    finds = scanner.scan(corpus(3_000))
    made = encode(finds)
    numbers: dict[tuple[int, bytes], int] = {}
    for index, code in enumerate(made.codes.tolist()):
        value = (int(finds.kind[index]), finds.value(index))
        assert numbers.setdefault(value, len(numbers)) == code
    assert len(made) == len(numbers)
    assert [numbers[int(finds.kind[k]), finds.value(k)] for k in made.first] == list(
        range(len(made))
    )


def test_no_finds_have_no_values(scanner: Scanner) -> None:
    assert len(encode(scanner.scan(b"nothing\n"))) == 0


def test_values_that_differ_in_one_byte_are_two(scanner: Scanner) -> None:
    lines = b"".join(b"user=aline-%05d\n" % number for number in range(20_000))
    assert len(encode(scanner.scan(lines))) == 20_000
