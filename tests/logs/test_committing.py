"""Shortcuts to canonical forms give what `canonical` gives."""

from hypothesis import given
from hypothesis import strategies as st

from bailee.logs.ingest.batch import BatchValues
from bailee.logs.ingest.committing import _AS_WRITTEN, canonical_forms, rule_word
from bailee.scan.canonical import canonical
from bailee.scan.kinds import Kind

SPELLED = st.one_of(
    st.binary(max_size=12),
    st.from_regex(rb"(?:0{0,2}[0-9]{1,3}\.){3}[0-9]{1,3}", fullmatch=True),
    st.from_regex(rb"[A-Za-z0-9%.]{1,9}@[A-Za-z.]{1,9}", fullmatch=True),
)


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), SPELLED, st.booleans()), max_size=20))
def test_every_shortcut_agrees(values: list[tuple[Kind, bytes, bool]]) -> None:
    found = BatchValues(
        kinds=[int(kind) for kind, _, _ in values],
        raws=[raw for _, raw, _ in values],
        encoded=frozenset(number for number, value in enumerate(values) if value[2]),
    )
    forms = canonical_forms(found)
    for (kind, raw, encoded), form in zip(values, forms, strict=True):
        assert (raw if form is None else form) == canonical(kind, raw, encoded=encoded)


def test_kinds_as_written_have_no_other_form() -> None:
    for kind in _AS_WRITTEN:
        assert canonical(kind, b"Aa-0.1 %41") == b"Aa-0.1 %41"


def test_a_rule_is_a_word_that_a_body_may_hold() -> None:
    assert rule_word("key:api_key") == "key-api-key"
    assert rule_word("::") == "unnamed"
    assert len(rule_word("x-" * 40)) <= 32
