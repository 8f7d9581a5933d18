import pytest

from narrowgate.model.fault import Fault, FaultKind
from narrowgate.policy.routing.remedy import Cause, Remedy, cause_of, remedy_of


def refused(status: int, message: str = "no", code: str | None = None) -> Fault:
    return Fault(FaultKind.UPSTREAM_REFUSED, message, code=code, upstream_status=status)


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (refused(429), Remedy.AGAIN),
        (refused(500), Remedy.AGAIN),
        (refused(503), Remedy.AGAIN),
        (refused(529), Remedy.AGAIN),
        (refused(429, code="insufficient_quota"), Remedy.ELSEWHERE),
        (refused(402), Remedy.ELSEWHERE),
        (refused(404), Remedy.ELSEWHERE),
        (refused(502, code="upstream_unauthorized"), Remedy.ELSEWHERE),
        (refused(302), Remedy.ELSEWHERE),
        (refused(400), Remedy.NOWHERE),
        (refused(422), Remedy.NOWHERE),
        (refused(418), Remedy.NOWHERE),
        (Fault(FaultKind.UPSTREAM_TIMEOUT, "silent"), Remedy.ELSEWHERE),
        (Fault(FaultKind.UPSTREAM_BROKEN, "reset"), Remedy.AGAIN),
        (Fault(FaultKind.UPSTREAM_UNREACHABLE, "no route"), Remedy.AGAIN),
        (Fault(FaultKind.BAD_REQUEST, "seed: not possible", code="inexpressible"), Remedy.ELSEWHERE),
        (Fault(FaultKind.BAD_REQUEST, "messages: missing"), Remedy.NOWHERE),
        (Fault(FaultKind.CLIENT_GONE, "left"), Remedy.NOWHERE),
        (Fault(FaultKind.OVER_BUDGET, "spent"), Remedy.NOWHERE),
    ],
)
def test_where_another_attempt_may_succeed(fault: Fault, remedy: Remedy) -> None:
    assert remedy_of(fault) is remedy


@pytest.mark.parametrize(
    "fault",
    [
        refused(400, code="context_length_exceeded"),
        refused(400, "This model's maximum context length is 8192 tokens."),
        refused(400, "prompt is too long: 210000 tokens > 200000 maximum"),
        refused(400, "Input is too long for requested model."),
        refused(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
        refused(413, "Please reduce the length of the messages"),
    ],
)
def test_a_prompt_that_is_too_long_is_known_by_code_or_words(fault: Fault) -> None:
    assert cause_of(fault) is Cause.CONTEXT_WINDOW
    assert remedy_of(fault) is Remedy.ELSEWHERE


@pytest.mark.parametrize(
    "fault",
    [
        refused(400, code="content_policy_violation"),
        refused(400, "The response was filtered due to Azure OpenAI's content management policy."),
        refused(400, code="content_filter"),
    ],
)
def test_refused_content_is_known_by_code_or_words(fault: Fault) -> None:
    assert cause_of(fault) is Cause.CONTENT_POLICY


def test_words_do_not_matter_where_the_status_says_enough() -> None:
    assert cause_of(refused(503, "context length service is down")) is Cause.GENERAL
