"""`python -m bailee.proof`, and the entry of `bailee-verify.pyz`."""

import sys

from bailee.text import say

_CANNOT_JUDGE = 14

try:
    from bailee.proof.command import main
except ModuleNotFoundError as absent:
    if (absent.name or "").partition(".")[0] != "cryptography":
        raise
    sys.stderr.write(say("verify.needs_cryptography") + "\n")
    sys.exit(_CANNOT_JUDGE)

sys.exit(main(sys.argv[1:]))
