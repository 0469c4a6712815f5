"""`bailee-verify.pyz`: the verifier as one file, for who has Python and `cryptography` only.

It holds the proof package, the two modules that it leans on and its own messages, nothing else of
Bailee.  The same sources give the same bytes, so that anyone can rebuild it and compare.
"""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bailee.text import LANGUAGES

_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"import runpy\n\nrunpy.run_module('bailee.proof', run_name='__main__')\n"
_LEANS_ON = ("__init__.py", "encoding.py", "text.py")
_NOT_SHIPPED = "bundle.py"
_MODE = 0o644 << 16  # where a ZIP keeps the mode of Unix


def contents() -> dict[str, bytes]:
    """Collect the files of the archive, by path, in the order in which they are written."""
    house = resources.files("bailee")
    found = {"__main__.py": _MAIN}
    found |= {f"bailee/{name}": house.joinpath(name).read_bytes() for name in _LEANS_ON}
    found |= dict(_modules(house.joinpath("proof"), "bailee/proof"))
    for language in LANGUAGES:
        page = f"locale/{language}/verify.toml"
        found[f"bailee/{page}"] = house.joinpath(page).read_bytes()
    # sorted: a directory gives its files in no order, and the archive must not depend on it
    return dict(sorted(found.items()))


def _modules(room: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    """Collect the modules of a room and of the rooms in it, by path in the archive."""
    for file in room.iterdir():
        if file.is_dir():
            yield from _modules(file, f"{path}/{file.name}")
        elif file.name.endswith(".py") and file.name != _NOT_SHIPPED:
            yield f"{path}/{file.name}", file.read_bytes()


def build(target: Path) -> None:
    """Build the archive, executable, at `target`."""
    with target.open("wb") as file:
        file.write(_SHEBANG)
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, content in contents().items():
                entry = ZipInfo(name)  # dated 1980, so that building later changes nothing
                entry.compress_type = ZIP_DEFLATED
                entry.external_attr = _MODE
                archive.writestr(entry, content)
    target.chmod(0o755)
