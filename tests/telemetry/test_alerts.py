"""The alerts that are shipped: promtool reads and tries them, and each figure in them exists."""

import re
import subprocess
from pathlib import Path

import pytest
from tests.patience import HANGS_S
from tests.programs import require

from bailee.act import ACTS
from bailee.jobs.model import JobName
from bailee.telemetry import metrics
from bailee.telemetry.events import FIELDS, Event
from bailee.telemetry.metrics import MetricKind

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = (DEPLOY / "alerts.yml").read_text("utf-8")
TRIED = (DEPLOY / "alerts_test.yml").read_text("utf-8")
LISTED = {
    one.name + ("_total" if one.kind is MetricKind.COUNTER else ""): one
    for one in metrics.metrics(acts=ACTS, jobs=map(str, JobName))
}


def test_every_figure_in_a_rule_exists_with_its_labels() -> None:
    used = re.findall(r"\b(bailee_\w+)(?:\{([^}]*)\})?", RULES + TRIED)
    assert {name for name, _ in used} <= set(LISTED)
    for name, labels in used:
        for label, word in re.findall(r'(\w+)="([^"]*)"', labels):
            assert word in LISTED[name].labels[label]


def test_the_page_names_every_figure_and_every_event_with_its_fields() -> None:
    page = (DEPLOY.parent / "docs" / "monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| (`bailee_.*?) \|", page, re.MULTILINE)
    assert set(re.findall(r"bailee_\w+", " ".join(rows))) == set(LISTED)
    (line,) = re.findall(r"^The events are (.*)$", page, re.MULTILINE)
    for event in Event:
        named = re.search(rf"`{event}`(?: \(([^)]*)\))?", line)
        assert named, event
        fields = re.findall(r"`(\w+)`", (named[1] or "").partition(":")[0])
        assert set(fields) == set(FIELDS[event])


def test_every_alert_is_tried_both_ways() -> None:
    for alert in re.findall(r"alert: (\w+)", RULES):
        tries = re.findall(rf"alertname: {alert}\n +exp_alerts:( \[\])?", TRIED)
        assert sorted(tries) == ["", " []"]


@pytest.mark.parametrize(
    "words", [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")]
)
def test_promtool_takes_them(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [require("promtool"), *words],
        cwd=DEPLOY,
        capture_output=True,
        timeout=HANGS_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
