"""`python -m bailee.proof`, and the entry of `bailee-verify.pyz`."""

import io
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
try:
    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit(_INTERRUPTED)
