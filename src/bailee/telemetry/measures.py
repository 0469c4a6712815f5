"""Measures: what was counted since the program began, and figures as they were set last."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import final

from bailee.telemetry.metrics import Metric

Labels = tuple[str, ...]


@final
class Measures:
    """Measures: of a list of metrics, and of nothing that is not in it."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = {one.name: one for one in metrics}
        # Guards the figures; held for an instruction.
        self._mutex = threading.Lock()
        self._figures: dict[str, dict[Labels, float]] = {name: {} for name in self._metrics}

    def add(self, name: str, **labels: str) -> None:
        """Count one; ValueError for what is not in the list."""
        of = self._labels(name, labels)
        with self._mutex:
            self._figures[name][of] = self._figures[name].get(of, 0) + 1

    def put(self, name: str, figure: float, **labels: str) -> None:
        """Set a figure; ValueError for what is not in the list."""
        of = self._labels(name, labels)
        with self._mutex:
            self._figures[name][of] = figure

    def figures(self) -> Iterator[tuple[Metric, Mapping[Labels, float]]]:
        """Yield every metric with its figures, by the words of its labels in their order."""
        for name, metric in self._metrics.items():
            with self._mutex:
                taken = dict(self._figures[name])
            # A counter that nothing was counted in is nought, so that its rate is known from the
            # first one on.
            yield metric, taken if taken or metric.labels else {(): 0.0}

    def _labels(self, name: str, labels: Mapping[str, str]) -> Labels:
        metric = self._metrics.get(name)
        # What stands in no list might be of a person; its words are not repeated for that reason.
        if metric is None or labels.keys() != metric.labels.keys():
            raise ValueError("no such metric, or other labels than it has")
        if any(labels[one] not in words for one, words in metric.labels.items()):
            raise ValueError("a word that is not one of the label's")
        return tuple(str(labels[one]) for one in metric.labels)
