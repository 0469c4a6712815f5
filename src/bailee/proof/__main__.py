"""`python -m bailee.proof`, and the entry of `bailee-verify.pyz`."""

import io
import sys

from bailee.text import say

_CANNOT_JUDGE = 14
_INTERRUPTED = 130

try:
    from bailee.proof.command import main
except ModuleNotFoundError as absent:
    if (absent.name or "").partition(".")[0] != "cryptography":
        raise
    sys.stderr.write(say("verify.needs_cryptography") + "\n")
    sys.exit(_CANNOT_JUDGE)

if isinstance(sys.stdout, io.TextIOWrapper):  # an origin may be wider than the terminal's charset
    sys.stdout.reconfigure(errors="backslashreplace")
try:
    sys.exit(main(sys.argv[1:]))
except KeyboardInterrupt:
    sys.exit(_INTERRUPTED)
