"""An upgrade in a process of its own, which a failpoint kills; the home is as it was kept.

python -m tests.homes.killed PLACE
"""

import json
import sys
from pathlib import Path

from tests.homes.kept import Kept

if __name__ == "__main__":
    place = Path(sys.argv[1])
    Kept(place=place, about=json.loads((place / "about.json").read_text("utf-8"))).bring_up()
