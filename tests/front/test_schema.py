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
PUSHES = ("log.push", "log.push.by-name")
"""Say 503 for whatever else they cannot take, so that no shipper drops its queue (spec/push.md)."""
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
        run(tmp_path, port, token, CHECKS, "--exclude-operation-id", *LEFT_OUT, *PUSHES)
        run(tmp_path, port, token, CHECKS[1:], "--include-operation-id", *PUSHES)


def run(
    place: Path, port: int, token: str, checks: tuple[str, ...], option: str, *operations: str
) -> None:
    """Ask what is drawn, and look at the answers; the option says what of which operations."""
    command = [sys.executable, "-m", "schemathesis.cli", "run"]
    command += [f"http://127.0.0.1:{port}/v1/openapi.json"]
    command += ["-H", f"Authorization: Bearer {token}", "-n", str(EXAMPLES)]
    command += ["--phases", "examples,coverage,fuzzing", "--checks", ",".join(checks)]
    for operation in operations:
        command += [option, operation]
    ran = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=place,
        timeout=HANGS_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout.decode()[-4_000:]
