"""Exposition: writes measures in the text format of Prometheus, version 0.0.4."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from bailee.telemetry.measures import Measures
from bailee.telemetry.metrics import MetricKind

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def exposition(measures: Measures) -> str:
    """Write all of them, and nothing that the library would add of the process by itself."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(measures))
    return generate_latest(registry).decode()


class _Collected(Collector):
    def __init__(self, measures: Measures) -> None:
        self._measures = measures

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Yield each metric as a family of the library."""
        for metric, figures in self._measures.figures():
            family: CounterMetricFamily | GaugeMetricFamily
            if metric.kind is MetricKind.COUNTER:
                family = CounterMetricFamily(metric.name, metric.help, labels=list(metric.labels))
            else:
                family = GaugeMetricFamily(metric.name, metric.help, labels=list(metric.labels))
            for words, figure in sorted(figures.items()):
                family.add_metric(list(words), figure)
            yield family
