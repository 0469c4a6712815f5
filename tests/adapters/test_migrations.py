"""The migration chain ends where the row adapters begin, and is frozen with the first release."""

import ast
from pathlib import Path

from alembic.script import ScriptDirectory

import bailee
from bailee.adapters.sql.create import configuration
from bailee.adapters.sql.engine import SCHEMA

UNRELEASED = "0.1.0"


def chain() -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration(Path("nowhere")))


def test_the_adapters_are_written_for_the_newest_step() -> None:
    assert chain().get_current_head() == SCHEMA


def test_a_released_step_does_not_follow_the_metadata() -> None:
    steps = [Path(step.path) for step in chain().walk_revisions()]
    following = [
        path.name
        for path in steps
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "create_all"
    ]
    assert following == [] or bailee.__version__ == UNRELEASED
