"""`python -m bailee.proof`, and the entry of `bailee-verify.pyz`."""

import io
import os
import sys

from bailee.text import say

_UNJUDGED = 14
_INTERRUPTED = 130

# The one-file verifier meets Pythons without its only dependency.  A traceback would look like a
# broken proof, so that alone gets a sentence, and the code of "nothing was verified".
try:
    from bailee.proof.command import main
except ModuleNotFoundError as absent:
    if (absent.name or "").partition(".")[0] != "cryptography":
        raise
    sys.stderr.write(say("verify.needs_cryptography") + "\n")
    sys.exit(_UNJUDGED)

if isinstance(sys.stdout, io.TextIOWrapper):  # an origin may be wider than the terminal's charset
    sys.stdout.reconfigure(errors="backslashreplace")


def _lost() -> int:
    """Say that the verdict was not read by anyone: whatever it was, it is none."""
    if sys.stderr is not None:
        sys.stderr.write(say("verify.output_lost") + "\n")
    return _UNJUDGED


if sys.stdout is None:  # closed when the process began
    sys.exit(_lost())
try:
    code = main(sys.argv[1:])
    sys.stdout.flush()
except KeyboardInterrupt:
    sys.exit(_INTERRUPTED)
except OSError as error:
    # Or Python fails again at the end, on what is left in the buffer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(_UNJUDGED if isinstance(error, BrokenPipeError) else _lost())
sys.exit(code)
