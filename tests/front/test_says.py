"""What a front says of itself is of the closed list too: a class and a line, never a word."""

import json
import logging

import pytest
from tests.absence import holds, mark

from bailee.front.rest.__main__ import Faults
from bailee.telemetry.events import Event, EventLog

SECRET = mark()


def _record() -> logging.LogRecord:
    """Make a record of a fault whose words hold something personal."""
    with pytest.raises(KeyError) as raised:
        _ = dict[str, str]()[SECRET]
    told = (raised.type, raised.value, raised.tb)
    return logging.LogRecord("uvicorn", logging.ERROR, "a", 1, SECRET, None, told)


def test_a_fault_of_a_front_is_an_event_of_its_class_and_line() -> None:
    lines: list[str] = []
    Faults(EventLog(lines.append, lambda: 0)).emit(_record())
    (line,) = map(json.loads, lines)
    assert (line["event"], line["kind"]) == (Event.FAULT, "KeyError")
    assert line["at"].startswith("test_says.py:")
    assert not holds("".join(lines), SECRET)


def test_without_events_it_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    Faults(None).emit(_record())
    said = capsys.readouterr().err
    assert said.endswith("\n")
    assert not holds(said, SECRET)
