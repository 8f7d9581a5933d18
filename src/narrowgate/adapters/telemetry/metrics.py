"""Counters and histograms of one process, merged and rendered in Prometheus' text format.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (read 2026-11).
"""

from bisect import bisect_left

import msgspec

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
MICROSECONDS = (2, 5, 8, 11, 15, 20, 30, 50, 100, 200, 500, 1_000, 5_000, 20_000)


class Histogram(msgspec.Struct):
    """Counts per bucket, their sum and number."""

    bounds: tuple[float, ...]
    counts: list[int]
    total: float = 0.0
    number: int = 0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value
        self.number += 1


class Series(msgspec.Struct, frozen=True):
    """What a metric is: name, kind (counter, gauge or histogram), help text, label names."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


CALLS = Series("narrowgate_calls_total", "counter", "Calls by outcome", ("provider", "model", "operation", "status"))
FAULTS = Series("narrowgate_faults_total", "counter", "Calls that failed, by kind of fault", ("provider", "fault"))
TOKENS = Series(
    "narrowgate_tokens_total", "counter", "Tokens as providers counted them", ("provider", "model", "direction")
)
COST = Series(
    "narrowgate_cost_usd_e9_total", "counter", "Cost of calls with a known price, in 1e-9 USD", ("provider", "model")
)
UNPRICED = Series(
    "narrowgate_unpriced_calls_total", "counter", "Answered calls whose cost is unknown", ("provider", "model")
)
DURATION = Series("narrowgate_call_duration_seconds", "histogram", "Request complete to last byte sent", ("provider",))
FIRST_BYTE = Series("narrowgate_first_byte_seconds", "histogram", "Request complete to first byte sent", ("provider",))
OVERHEAD = Series(
    "narrowgate_overhead_microseconds", "histogram", "The gateway's own work per call, without socket I/O"
)
REFUSED = Series(
    "narrowgate_refused_requests_total", "counter", "Requests refused before a call began, by status", ("status",)
)
INTERNAL = Series(
    "narrowgate_internal_errors_total", "counter", "Bugs caught: answers with status 500 of the gateway's own"
)
CONNECTIONS = Series("narrowgate_client_connections", "gauge", "Open client connections")
IN_FLIGHT = Series("narrowgate_calls_in_flight", "gauge", "Calls under way")
JOURNAL_RECORDS = Series("narrowgate_journal_records_total", "counter", "Records written to the journal")
JOURNAL_FAILURES = Series("narrowgate_journal_write_failures_total", "counter", "Journal writes that did not succeed")
FETCHES = Series("narrowgate_fetches_total", "counter", "Files that clients named by URL, by outcome", ("outcome",))
FETCHED_BYTES = Series("narrowgate_fetched_bytes_total", "counter", "Bytes of files that clients named by URL")
RETRIED = Series(
    "narrowgate_retried_calls_total",
    "counter",
    "Calls that took more than one attempt, by how they ended",
    ("outcome",),
)
LEFT_ALONE = Series(
    "narrowgate_targets_left_alone", "gauge", "Edges that do not ask a target at present", ("target", "key")
)
TARGET_FAILURES = Series(
    "narrowgate_target_failures_total", "counter", "Failures that had a target left alone", ("target", "key", "why")
)
WAITING = Series("narrowgate_calls_waiting", "gauge", "Calls that wait for room at a target")
RENEWALS = Series(
    "narrowgate_credential_renewals_total",
    "counter",
    "Attempts to get a short-lived credential of a cloud's, by outcome",
    ("provider", "outcome"),
)
EDGES = Series("narrowgate_edges", "gauge", "Edges that answered this scrape")
INGESTED = Series("narrowgate_ingested_records_total", "counter", "Records brought from journals into the database")
ALL = (
    CALLS, FAULTS, TOKENS, COST, UNPRICED, DURATION, FIRST_BYTE, OVERHEAD, REFUSED, INTERNAL, CONNECTIONS, IN_FLIGHT,
    JOURNAL_RECORDS, JOURNAL_FAILURES, RETRIED, LEFT_ALONE, TARGET_FAILURES, WAITING, EDGES, INGESTED, FETCHES,
    FETCHED_BYTES, RENEWALS,
)  # fmt: skip

Labels = tuple[str, ...]


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One value of one series, as it goes over the link."""

    series: str
    labels: Labels
    value: float | None
    histogram: Histogram | None = None


class Metrics:
    """The values of one process."""

    def __init__(self) -> None:
        self._values: dict[str, dict[Labels, float]] = {series.name: {} for series in ALL if series.kind != "histogram"}
        self._histograms: dict[str, dict[Labels, Histogram]] = {
            series.name: {} for series in ALL if series.kind == "histogram"
        }
        for series in (INTERNAL, JOURNAL_RECORDS, JOURNAL_FAILURES):
            self._values[series.name][()] = 0

    def add(self, series: Series, labels: Labels = (), amount: float = 1) -> None:
        """Add to a counter."""
        values = self._values[series.name]
        values[labels] = values.get(labels, 0) + amount

    def set(self, series: Series, labels: Labels, value: float) -> None:
        """Set a gauge."""
        self._values[series.name][labels] = value

    def clear(self, series: Series) -> None:
        """Forget the values of a gauge: those that are set next are all."""
        self._values[series.name].clear()

    def histogram(self, series: Series, labels: Labels = (), bounds: tuple[float, ...] = SECONDS) -> Histogram:
        """Return the histogram to observe values with; keep it, looking it up costs time."""
        found = self._histograms[series.name].get(labels)
        if found is None:
            found = self._histograms[series.name][labels] = Histogram(bounds, [0] * (len(bounds) + 1))
        return found

    def samples(self) -> list[Sample]:
        """Return all values."""
        plain = [Sample(name, labels, value) for name, by in self._values.items() for labels, value in by.items()]
        return plain + [
            Sample(name, labels, None, histogram)
            for name, by in self._histograms.items()
            for labels, histogram in by.items()
        ]

    def merge(self, samples: list[Sample]) -> None:
        """Add another process's values to these."""
        for sample in samples:
            if sample.histogram is None:
                values = self._values.get(sample.series)
                if values is not None:
                    values[sample.labels] = values.get(sample.labels, 0) + (sample.value or 0)
            elif sample.series in self._histograms:
                by = self._histograms[sample.series]
                other = sample.histogram
                mine = by.setdefault(sample.labels, Histogram(other.bounds, [0] * len(other.counts)))
                mine.counts = [a + b for a, b in zip(mine.counts, other.counts, strict=True)]
                mine.total += other.total
                mine.number += other.number

    def render(self) -> bytes:
        """Return everything as text."""
        lines: list[str] = []
        for series in ALL:
            values = self._values.get(series.name, {})
            histograms = self._histograms.get(series.name, {})
            if not values and not histograms:
                continue
            lines += [f"# HELP {series.name} {series.help}", f"# TYPE {series.name} {series.kind}"]
            lines += [
                f"{series.name}{_labels(series, labels)} {value:.15g}" for labels, value in sorted(values.items())
            ]
            for labels, histogram in sorted(histograms.items()):
                lines += _render_histogram(series, labels, histogram)
        return ("\n".join(lines) + "\n").encode()


SAMPLES_ENCODER = msgspec.msgpack.Encoder()
SAMPLES_DECODER = msgspec.msgpack.Decoder(list[Sample])


def _render_histogram(series: Series, labels: Labels, histogram: Histogram) -> list[str]:
    lines, so_far = [], 0
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        so_far += count
        shown = "+Inf" if bound == float("inf") else f"{bound:g}"
        lines.append(f"{series.name}_bucket{_labels(series, labels, (('le', shown),))} {so_far}")
    lines.append(f"{series.name}_sum{_labels(series, labels)} {histogram.total:.15g}")
    lines.append(f"{series.name}_count{_labels(series, labels)} {histogram.number}")
    return lines


def _labels(series: Series, labels: Labels, more: tuple[tuple[str, str], ...] = ()) -> str:
    pairs = [*zip(series.labels, labels, strict=True), *more]
    if not pairs:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in pairs) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
