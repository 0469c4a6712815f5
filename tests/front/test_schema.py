"""Whatever the description says can be sent is sent: nothing breaks, and nothing undeclared comes.

Schemathesis reads the description and draws requests of it, malformed ones too.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.answers import done
from tests.patience import HANGS_S
from tests.serve.served import found, speaking
from tests.serve.test_callers import Lines

from bailee.accounts.acts import AddToken, ListActors
from bailee.clients.acts import AddClient
from bailee.logs.acts import IngestLog

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
LEFT_OUT = ("key.seal", "key.turn", "key.rotate")
"""What would end the server, or takes a minute each time."""
EXAMPLES = 20


@pytest.mark.sweep
def test_nothing_that_is_drawn_from_the_description_breaks_it(tmp_path: Path) -> None:
    found(tmp_path)
    with speaking(tmp_path) as (server, port):
        done(server.caller.call(AddClient(label="acme")))
        done(
            server.caller.send(
                IngestLog(client="acme", stream="web", origin="provider-tool"), Lines()
            )
        )
        (actor,) = done(server.caller.call(ListActors()))
        token = done(server.caller.call(AddToken(actor=str(actor.actor)))).secret
        command = [sys.executable, "-m", "schemathesis.cli", "run"]
        command += [f"http://127.0.0.1:{port}/v1/openapi.json"]
        command += ["-H", f"Authorization: Bearer {token}", "-n", str(EXAMPLES)]
        command += ["--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS)]
        for operation in LEFT_OUT:
            command += ["--exclude-operation-id", operation]
        ran = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=tmp_path,
            timeout=HANGS_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout.decode()[-4_000:]
