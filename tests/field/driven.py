"""Commands run one after the other, each in a child that has loaded what it needs, as a process of
its own does but sooner.
"""

import json
import os
import sys
import tempfile
from collections.abc import Sequence

import bailee.run.cli.commands
import bailee.run.wiring.app  # noqa: F401  # loaded once, for each child
from bailee.run import cli


def driven(words: Sequence[str], output: str) -> tuple[int, str]:
    """Run a command with its output at a device, or closed for want of a name."""
    with tempfile.TemporaryFile() as heard:
        child = os.fork()
        if child == 0:
            os.dup2(heard.fileno(), 2)
            if output:
                os.dup2(os.open(output, os.O_WRONLY), 1)
            else:
                os.close(1)
            cli.main(words)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        heard.seek(0)
        return code, heard.read().decode()


if __name__ == "__main__":
    answers = [driven(words, sys.argv[1]) for words in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(answers))
