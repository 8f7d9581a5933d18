"""Counts ended calls into the metrics, and writes a line about those that deserve one."""

from narrowgate.adapters.telemetry.log import Log
from narrowgate.adapters.telemetry.metrics import (
    CALLS,
    COST,
    DURATION,
    FAULTS,
    FETCHED_BYTES,
    FETCHES,
    FIRST_BYTE,
    INTERNAL,
    MICROSECONDS,
    OVERHEAD,
    REFUSED,
    RETRIED,
    SECONDS,
    TOKENS,
    UNPRICED,
    Histogram,
    Metrics,
)
from narrowgate.config.schema import LogCalls
from narrowgate.model.record import CallRecord

# Model names come from callers: beyond this many they are counted as one.
_SERIES_LIMIT = 2_000
_US_PER_S = 1_000_000
# Counted together, away from the hot path; but while their memory is still in the processor's cache.
_MOST_RECORDS = 64


class CallTally:
    """Implements the pipeline's Tally over `Metrics`; caches what is looked up per call."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._records: list[CallRecord] = []
        self._overhead = metrics.histogram(OVERHEAD, (), MICROSECONDS)
        self._durations: dict[str, tuple[Histogram, Histogram]] = {}
        self._calls: dict[tuple[str, str, str, int], list[float]] = {}
        self._money: dict[tuple[str, str], list[float]] = {}

    def settled(self, record: CallRecord) -> None:
        """Take note of one call; it is counted by the next `collect`, away from the hot path."""
        self._records.append(record)
        if len(self._records) >= _MOST_RECORDS:
            self.collect()

    def _count(self, record: CallRecord) -> None:
        provider = record.provider
        counts = self._calls.get((provider, record.upstream_model, record.operation, record.status))
        if counts is None:
            counts = self._new_count(record)
        counts[0] += 1
        durations = self._durations.get(provider)
        if durations is None:
            durations = self._durations[provider] = (
                self._metrics.histogram(DURATION, (provider,), SECONDS),
                self._metrics.histogram(FIRST_BYTE, (provider,), SECONDS),
            )
        durations[0].observe(record.duration_us / _US_PER_S)
        if record.first_byte_us:
            durations[1].observe(record.first_byte_us / _US_PER_S)
        if record.attempts > 1:
            self._metrics.add(RETRIED, ("failed" if record.fault else "rescued",))
        if record.fault:
            self._metrics.add(FAULTS, (provider, record.fault))
        else:
            self._overhead.observe(record.overhead_us)
            self._count_money(record)

    def refused(self, status: int) -> None:
        """Count a request that never became a call."""
        self._metrics.add(REFUSED, (str(status),))

    def internal_error(self) -> None:
        """Count a bug."""
        self._metrics.add(INTERNAL)

    def fetched(self, outcome: str, size_bytes: int) -> None:
        """Count something that a client named by URL."""
        self._metrics.add(FETCHES, (outcome,))
        self._metrics.add(FETCHED_BYTES, (), size_bytes)

    def collect(self) -> None:
        """Count what was noted; call some times a second, and before the metrics are read."""
        records, self._records = self._records, []
        for record in records:
            self._count(record)

    def publish(self) -> None:
        """Bring all counts into the metrics."""
        self.collect()
        for (provider, model, operation, status), counts in self._calls.items():
            self._metrics.set(CALLS, (provider, model, operation, str(status)), counts[0])
        for (provider, model), counts in self._money.items():
            self._metrics.set(TOKENS, (provider, model, "input"), counts[0])
            self._metrics.set(TOKENS, (provider, model, "output"), counts[1])
            self._metrics.set(COST, (provider, model), counts[2])
            self._metrics.set(UNPRICED, (provider, model), counts[3])

    def _new_count(self, record: CallRecord) -> list[float]:
        model = record.upstream_model if len(self._calls) < _SERIES_LIMIT else "other"
        return self._calls.setdefault((record.provider, model, record.operation, record.status), [0])

    def _count_money(self, record: CallRecord) -> None:
        pair = (record.provider, record.upstream_model)
        money = self._money.get(pair)
        if money is None:
            if len(self._money) >= _SERIES_LIMIT:
                pair = (record.provider, "other")
            money = self._money.setdefault(pair, [0, 0, 0, 0])
        usage = record.usage
        if usage is not None:
            money[0] += usage.input_total
            money[1] += usage.output_total
        if record.cost_usd_e9 is None:
            money[3] += 1
        else:
            money[2] += record.cost_usd_e9


class CallLines:
    """Implements the pipeline's CallLog."""

    def __init__(self, log: Log, which: LogCalls) -> None:
        self._log = log
        self._which = which

    def settled(self, record: CallRecord) -> None:
        """Write a line if wanted; never a prompt, never a key."""
        if self._which is LogCalls.NONE or (self._which is LogCalls.FAILED and not record.fault):
            return
        self._log.info(
            "call failed" if record.fault else "call",
            call=record.call_id,
            key=record.key_id,
            provider=record.provider,
            model=record.model,
            operation=record.operation,
            status=record.status,
            fault=record.fault,
            attempts=record.attempts,
            duration_us=record.duration_us,
        )

    def fetched(self, call_id: str, host: str, outcome: str, size_bytes: int) -> None:
        """Write a line if wanted; never the whole address, which may hold a signature."""
        if self._which is LogCalls.ALL or (self._which is LogCalls.FAILED and outcome != "fetched"):
            self._log.info("fetch", call=call_id, host=host, outcome=outcome, bytes=size_bytes)
