from narrowgate.model.operation import Operation
from narrowgate.pipeline.target import Targets, forwarded_lines
from tests.pipeline.fakes import settings


def test_a_target_is_found_by_every_name_and_made_once() -> None:
    targets = Targets(settings())
    first = targets.find("openai/m")
    assert first is not None
    assert first is targets.find("openai/m")
    assert first.price is not None
    assert targets.find("fast") is not None
    assert targets.find("nobody/x") is None


def test_request_lines_are_ready_for_what_is_offered() -> None:
    target = Targets(settings()).find("openai/m")
    assert target is not None
    assert target.lines[Operation.EMBEDDINGS] == b"POST /v1/embeddings HTTP/1.1\r\n"
    assert Operation.RERANK not in target.lines


def test_a_name_cannot_break_out_of_a_header() -> None:
    targets = Targets(settings())
    assert targets.find("openai/a\r\nx: y") is None
    target = targets.find("openai/ünï")
    assert target is not None
    assert target.answer_lines.isascii()


def test_only_listed_headers_are_forwarded() -> None:
    target = Targets(settings()).find("openai/m")
    assert target is not None
    lines = forwarded_lines(target, {b"accept": b"a", b"x-team": b"b", b"cookie": b"c"})
    assert lines == b"accept: a\r\nx-team: b\r\n"
