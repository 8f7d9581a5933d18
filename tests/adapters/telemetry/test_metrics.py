from narrowgate.adapters.telemetry.metrics import CALLS, DURATION, SAMPLES_DECODER, SAMPLES_ENCODER, Metrics


def test_counters_render_in_prometheus_format() -> None:
    metrics = Metrics()
    metrics.add(CALLS, ("p", 'm"\n\\', "chat", "200"))
    text = metrics.render().decode()
    assert "# TYPE narrowgate_calls_total counter" in text
    assert r'narrowgate_calls_total{provider="p",model="m\"\n\\",operation="chat",status="200"} 1' in text
    assert "narrowgate_internal_errors_total 0" in text


def test_histograms_are_cumulative() -> None:
    metrics = Metrics()
    histogram = metrics.histogram(DURATION, ("p",), (1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 9.0):
        histogram.observe(value)
    text = metrics.render().decode()
    assert 'narrowgate_call_duration_seconds_bucket{provider="p",le="1"} 2' in text
    assert 'narrowgate_call_duration_seconds_bucket{provider="p",le="+Inf"} 4' in text
    assert 'narrowgate_call_duration_seconds_sum{provider="p"} 12' in text


def test_values_of_processes_add_up_over_the_link() -> None:
    merged = Metrics()
    for _ in range(2):
        metrics = Metrics()
        metrics.add(CALLS, ("p", "m", "chat", "200"), 3)
        metrics.histogram(DURATION, ("p",)).observe(0.1)
        merged.merge(SAMPLES_DECODER.decode(SAMPLES_ENCODER.encode(metrics.samples())))
    text = merged.render().decode()
    assert 'status="200"} 6' in text
    assert 'narrowgate_call_duration_seconds_count{provider="p"} 2' in text
