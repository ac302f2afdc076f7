"""What a scraper reads: a real HTTP request, parsed by the parsers of prometheus-client."""

import http.client
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families as plain

from tests.running import PATIENCE

# It has no annotations.
openmetrics: Callable[[str], Iterable[Metric]] = vars(openmetrics_parser)["text_string_to_metric_families"]

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"

Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(families: Iterable[Metric]) -> Values:
    """Return all samples by their name and their labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def scrape(port: int, accept: str = "text/plain") -> Values:
    """Ask an HTTP server for its metrics as a scraper does."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        client.request("GET", "/metrics", headers={"Accept": accept})
        answer = client.getresponse()
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(accept.partition(";")[0])
        text = answer.read().decode()
    finally:
        client.close()
    return read(openmetrics(text) if accept == OPEN_METRICS else plain(text))


def total(values: Values, name: str, **labels: str) -> float:
    """Sum up the samples of a name that have these labels."""
    wanted = labels.items()
    return sum(value for (found, has), value in values.items() if found == name and has >= wanted)
