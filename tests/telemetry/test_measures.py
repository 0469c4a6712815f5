"""Figures and events are of closed lists: what is in none is refused, or not shown."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.absence import holds, mark

from bailee.act import ACTS
from bailee.jobs.model import JobName
from bailee.run.serve.health import new_measures
from bailee.telemetry import metrics
from bailee.telemetry.events import FIELDS, KEPT, OTHER, Event, EventLog
from bailee.telemetry.exposition import exposition
from bailee.telemetry.metrics import Lack, Metric, Result

LISTED = metrics.metrics(acts=ACTS, jobs=map(str, JobName))
CLOSED = frozenset({*ACTS, *map(str, JobName), *map(str, Lack), *map(str, Result)})


@pytest.mark.parametrize("metric", LISTED, ids=lambda metric: str(metric.name))
def test_a_label_has_words_of_closed_lists_alone(metric: Metric) -> None:
    assert {word for words in metric.labels.values() for word in words} <= CLOSED
    assert set(metric.labels) <= {"act", "result", "job", "what"}
    assert all(metric.labels.values())


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("bailee_other", {}),
        (metrics.READY, {"client": "cl-" + "a" * 26}),
        (metrics.ACTS, {"act": "object:get"}),
        (metrics.ACTS, {"act": "object:get", "result": "cl-" + "a" * 26}),
        (metrics.ACTS, {"act": "object:eat", "result": "done"}),
        (metrics.JOBS_FAILING, {"job": "awa@example.org"}),
        (metrics.JOBS_FAILING, {"job": "backup", "who": "backup"}),
    ],
    ids=str,
)
def test_what_is_in_no_list_is_refused(name: str, labels: dict[str, str]) -> None:
    measures = new_measures()
    before = exposition(measures)
    with pytest.raises(ValueError, match=r"metric|word"):
        measures.add(name, **labels)
    with pytest.raises(ValueError, match=r"metric|word"):
        measures.put(name, 1.0, **labels)
    assert exposition(measures) == before


def test_a_refusal_repeats_nothing() -> None:
    secret = mark()
    with pytest.raises(ValueError, match="word") as raised:
        new_measures().add(metrics.JOBS_FAILING, job=secret)
    assert not holds(repr(raised.value), secret)


def test_what_is_counted_is_read_as_prometheus_reads_it() -> None:
    measures = new_measures()
    for _ in range(3):
        measures.add(metrics.ACTS, act="object:get", result=Result.DONE)
    measures.put(metrics.DISK_FREE, 5e9)
    found = {
        " ".join((one.name, *one.labels.values())): one.value
        for family in text_string_to_metric_families(exposition(measures))
        for one in family.samples
    }
    # The rest are nought from the start, so that the first one is seen to be one.
    assert {name: value for name, value in found.items() if value} == {
        "bailee_acts_total object:get done": 3.0,
        "bailee_disk_free_bytes": 5e9,
    }
    assert found["bailee_faults_total"] == 0.0


# --- events ----------------------------------------------------------------------------------


def test_an_event_is_a_line_of_json() -> None:
    lines: list[str] = []
    EventLog(lines.append, lambda: 0).say(Event.FAULT, kind="KeyError", at="keeper.py:12")
    assert [json.loads(line) for line in lines] == [
        {
            "time": "1970-01-01T00:00:00.000Z",
            "event": "fault",
            "kind": "KeyError",
            "at": "keeper.py:12",
        }
    ]


def test_every_event_has_its_fields_and_no_others() -> None:
    assert set(FIELDS) == set(Event)
    log = EventLog(lambda _: None, lambda: 0)
    for event in Event:
        with pytest.raises(ValueError, match="fields"):
            log.say(event, more="x")


def test_a_value_of_another_form_is_not_written_down() -> None:
    secret, lines = f"{mark()}@example.org", list[str]()
    log = EventLog(lines.append, lambda: 0)
    log.say(Event.FAULT, kind=secret, at=secret)
    log.say(Event.LEDGER_BEHIND, error=f"{secret} is full")
    log.say(Event.LISTENING, port=secret)
    assert not holds("".join(lines) + log.take().decode(), secret)
    assert [json.loads(line)["kind"] for line in lines[:1]] == [OTHER]


def test_lines_that_wait_are_bounded_and_how_many_were_lost_is_said() -> None:
    log = EventLog(lambda _: None, lambda: 0)
    for _ in range(KEPT):
        log.say(Event.OPENED)
    assert len(log.take().splitlines()) == KEPT
    for _ in range(KEPT + 1):
        log.say(Event.OPENED)
    *kept, last = log.take().splitlines()
    assert len(kept) == KEPT
    assert json.loads(last) == {
        "time": "1970-01-01T00:00:00.000Z",
        "event": "lines-lost",
        "count": "1",
    }
    assert log.take() == b""


def test_lines_that_were_not_taken_in_wait_again_before_those_that_came_later() -> None:
    log = EventLog(lambda _: None, lambda: 0)
    log.say(Event.OPENED)
    taken = log.take()
    log.say(Event.SEALED)
    log.give_back(taken)
    events = [json.loads(line)["event"] for line in log.take().splitlines()]
    assert events == ["opened", "sealed"]
