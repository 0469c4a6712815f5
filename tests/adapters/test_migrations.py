"""The migration chain: each step is frozen, and the last one ends where the declarations begin."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.script import ScriptDirectory

from bailee.adapters.sql.chain import CHAIN
from bailee.adapters.sql.create import create
from bailee.adapters.sql.engine import SqlTx
from bailee.adapters.sql.form import declared, differences
from bailee.adapters.sql.migrations import NEWEST

FROZEN = {
    "0001": "ca43e4b1f19721cfdef72f64aa373d11a658162aa475eb10ff89aa99d189fc38",
    "0002": "03ad151a940250d2a2b2a0348a8e29dc01b3bf632135776454f828b9652eb3d1",
    "0003": "cac93675d2426223db28a6a7b3b1e0622627ef6e81953b946c6da11f6dc4e701",
    "0004": "ef352373ad1643a6c4601a2becbc56c2dde1aed6d78b01426dc33e2df430fe69",
    "0005": "cd334d44d346012d973419ace8023ff48b5b66aab6bb2106737271dd26666a27",
    "0006": "f4738df842f6be794ea1c94a37d802d9a49d902aa841f1de21e81c07e4a7c4b1",
    "0007": "8d95a9aff6ecc85515f3b37739bcc703473cf8564bb903e26baa554cf0f2c859",
    "0008": "fb98278a520bcee0886ff7bf1b367cd07d6fe5f452eac5d093b770f38d792821",
    "0009": "d2be9665bbc69e750ad10146fffae926b975aa68edeea73b2e5beba34b483cb9",
    "0010": "8aeba1695484c5d4d8187d0864ec628af3d088179d011ff2754c7143dc8508b3",
    "0011": "4fd8fb21fcc48828b4e08c616dc0b8c6a8870b77000d44df3121a67e21e55786",
    "0012": "2b4ebd8a6f5b573760155794b72707821eea292a219e7c5925be49fad250fdbc",
    "0013": "cd2fe80740d82640426332e251adb39b666b0864498484aca6b1894fad83d130",
    "0014": "086933480d816226adbd599312d6bc83b124c83ab23622f2bb8439e36c11da32",
}
"""The SHA-256 of each step's SQL: homes have run it, so that it never changes."""


def steps() -> dict[str, Path]:
    scripts = ScriptDirectory.from_config(CHAIN.configuration())
    return {step.revision: Path(step.path) for step in scripts.walk_revisions()}


def test_the_adapters_are_written_for_the_newest_step() -> None:
    assert max(steps()) == NEWEST == CHAIN.newest


def test_a_step_never_changes() -> None:
    found = {
        name: hashlib.sha256(path.with_suffix(".sql").read_bytes()).hexdigest()
        for name, path in steps().items()
    }
    assert found == FROZEN


def test_the_chain_makes_the_tables_as_they_are_declared(tmp_path: Path) -> None:
    create(tmp_path / "rows.db")
    with closing(sqlite3.connect(tmp_path / "rows.db")) as connection:
        assert differences(SqlTx(connection), declared()) == []
