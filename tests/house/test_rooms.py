"""A room with many modules says in its own docstring where each belongs."""

import ast
import re
from pathlib import Path

import bailee

LOGS = Path(bailee.__file__).parent / "logs"


def test_the_map_of_the_logs_names_every_module_once() -> None:
    law = ast.get_docstring(ast.parse((LOGS / "__init__.py").read_text("utf-8"))) or ""
    listed = " ".join(re.findall(r"^- [a-z ]+: ((?:.|\n  )*)", law, re.MULTILINE))
    named = sorted(re.findall(r"\b[a-z]+\b", listed.replace("compiled loops in", "")))
    assert named == sorted(
        page.stem
        for page in LOGS.iterdir()
        if page.stem != "__init__" and page.stem[0] != "_" and page.suffix in ("", ".py")
    )
