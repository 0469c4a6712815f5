"""Demo command: `bailee demo` shows the promise on invented clients, by the real commands."""

import shutil
import tempfile
from pathlib import Path

from bailee.run.cli import frame
from bailee.run.cli.parser import Command, command, flag
from bailee.run.demo.stage import Stage, Surprised, tell
from bailee.run.demo.story import STORY, invent
from bailee.text import say


def demo() -> Command:
    """Make the command."""
    return command("demo", _demo, [flag("--keep", help="help.demo_keep")])


def _demo(*, keep: bool) -> int:
    # A folder of its own that only this user may enter, and never the home of whoever runs it.
    place = Path(tempfile.mkdtemp(prefix="bailee-demo-"))
    stage = Stage(place)
    try:
        invent(stage)
        for number, (name, step) in enumerate(STORY.items(), 1):
            tell(f"\n{number}. " + say(f"demo.{name}"))
            step(stage)
    except Surprised:
        frame.tell("demo.surprised")
        return 1
    finally:
        if keep:
            frame.tell("demo.kept", place=str(place))
        else:
            shutil.rmtree(place)
    tell("\n" + say("demo.end"))
    return 0
