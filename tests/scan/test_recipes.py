"""Each recipe finds in its own samples what it says it finds, and nothing else."""

import pytest
from tests.scan.conftest import told

from bailee.scan import Scanner
from bailee.scan.recipes.recipe import FIELDS, GRAMS, Sample, book, key_values

RECIPES = book().recipes
SAMPLES = [(recipe.name, sample) for recipe in RECIPES for sample in recipe.samples]


@pytest.mark.parametrize(("name", "sample"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_sample_gives_what_it_says(scanner: Scanner, name: str, sample: Sample) -> None:
    assert told(scanner.scan(sample.line.encode())) == list(sample.finds), name


def test_every_recipe_has_a_sample() -> None:
    assert {name for name, _ in SAMPLES} == {recipe.name for recipe in RECIPES}


def test_the_first_ten_formats_are_there() -> None:
    wanted = {"access", "weberror", "syslog", "sshd", "sudo", "pam", "cron", "postfix", "dovecot"}
    wanted |= {"json", "logfmt", "postgresql", "auditd", "fail2ban"}
    assert wanted <= {recipe.name for recipe in RECIPES}


def test_phrases_hold_a_word_that_the_sweep_stops_at() -> None:
    for phrase in book().phrases:
        assert any(gram in phrase.read.lower() for gram in GRAMS), phrase.name


def test_keys_name_known_kinds() -> None:
    assert set(book().keys) - {"none"} <= set(FIELDS)
    assert len(list(key_values(book().keys))) > 200
