from narrowgate.model.fault import Failed, Fault, FaultKind, http_status


def test_every_kind_has_an_error_status() -> None:
    assert all(400 <= http_status(kind) <= 599 for kind in FaultKind)


def test_a_failure_carries_its_fault() -> None:
    fault = Fault(FaultKind.BAD_REQUEST, "model: missing", param="model")
    assert Failed(fault).fault is fault
    assert str(Failed(fault)) == "model: missing"
