import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.model.operation import Operation
from narrowgate.model.usage import Usage
from narrowgate.providers.profile import ReasoningCount
from narrowgate.providers.usage import is_document, usage_of_body, usage_of_event

CHAT = Operation.CHAT
RESPONSES = Operation.RESPONSES
INSIDE = ReasoningCount.INSIDE
BESIDE = ReasoningCount.BESIDE


def told(usage: object, operation: Operation = CHAT, reasoning: ReasoningCount = INSIDE) -> Usage | None:
    """Read `usage` from a whole answer."""
    body = json.dumps({"id": "x", "choices": [{"message": {"content": "usage"}}], "usage": usage, "z": 1})
    return usage_of_body(operation, body.encode(), reasoning)


def chat(prompt: int, completion: int, total: int | None = None, **more: object) -> dict[str, object]:
    total = prompt + completion if total is None else total
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def test_every_token_of_a_chat_is_in_one_field() -> None:
    usage = told(
        chat(
            100,
            50,
            prompt_tokens_details={"cached_tokens": 40, "cache_write_tokens": 10, "audio_tokens": 5, "image_tokens": 6},
            completion_tokens_details={"reasoning_tokens": 20, "audio_tokens": 7, "accepted_prediction_tokens": 3},
        )
    )
    assert usage == Usage(
        input_text=39,
        cache_read=40,
        cache_write=10,
        input_audio=5,
        input_image=6,
        output_text=23,
        reasoning=20,
        output_audio=7,
    )


@pytest.mark.parametrize(
    "where",
    [
        {"prompt_tokens_details": {"cached_tokens": 4}},
        {"prompt_token_details": {"cached_tokens": 4}},
        {"prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": None}, "prompt_cache_hit_tokens": 4},
        {"prompt_tokens_details": None, "cached_tokens": 4},
        {"prompt_tokens_details": {"cached_tokens": 0}, "cached_tokens": 4},
        {"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6},
        {"num_cached_tokens": 4},
        {"prompt_tokens_details": {"cached_tokens": 4}, "cache_read_input_tokens": 4},
    ],
)
def test_cached_tokens_are_found_wherever_a_provider_puts_them(where: dict[str, object]) -> None:
    assert told(chat(10, 2) | where) == Usage(input_text=6, cache_read=4, output_text=2)


def test_a_part_is_never_more_than_the_whole() -> None:
    usage = told(
        chat(
            23,
            5,
            prompt_tokens_details={"cached_tokens": 190, "audio_tokens": 9},
            completion_tokens_details={"reasoning_tokens": 8, "audio_tokens": 1},
        )
    )
    assert usage == Usage(cache_read=23, reasoning=5)


@pytest.mark.parametrize(
    ("total", "usual", "expected"),
    [
        (15, INSIDE, Usage(input_text=10, output_text=2, reasoning=3)),
        (15, BESIDE, Usage(input_text=10, output_text=2, reasoning=3)),  # the total knows better
        (18, INSIDE, Usage(input_text=10, output_text=5, reasoning=3)),  # and here too
        (18, BESIDE, Usage(input_text=10, output_text=5, reasoning=3)),
        (None, INSIDE, Usage(input_text=10, output_text=2, reasoning=3)),
        (None, BESIDE, Usage(input_text=10, output_text=5, reasoning=3)),
        (99, INSIDE, Usage(input_text=10, output_text=2, reasoning=3)),
        (99, BESIDE, Usage(input_text=10, output_text=5, reasoning=3)),
    ],
)
def test_reasoning_is_inside_or_beside_as_the_total_says(
    total: int | None, usual: ReasoningCount, expected: Usage
) -> None:
    reported = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    assert told(reported, reasoning=usual) == expected


def test_reasoning_that_only_the_total_contains_is_counted() -> None:
    assert told(chat(7, 12, 402), reasoning=BESIDE) == Usage(input_text=7, output_text=12, reasoning=383)
    assert told(chat(7, 12, 402), reasoning=INSIDE) == Usage(input_text=7, output_text=12)


def test_reasoning_at_the_top_level_of_usage_is_seen() -> None:
    assert told(chat(7, 12, reasoning_tokens=2)) == Usage(input_text=7, output_text=10, reasoning=2)


def test_audio_beside_the_prompt_is_counted_by_its_total() -> None:
    reported = chat(
        9, 248, 632, prompt_audio_seconds=3, prompt_tokens_details={"audio_tokens": 375, "cached_tokens": 5}
    )
    assert told(reported) == Usage(input_text=4, cache_read=5, input_audio=375, output_text=248)


@pytest.mark.parametrize("operation", [Operation.EMBEDDINGS, Operation.RERANK, Operation.MODERATIONS])
@pytest.mark.parametrize(
    "reported", [{"prompt_tokens": 8, "total_tokens": 8}, {"total_tokens": 8}, {"prompt_tokens": 8}]
)
def test_what_only_reads_has_no_output(operation: Operation, reported: object) -> None:
    assert told(reported, operation) == Usage(input_text=8)


def test_images_are_told_from_text() -> None:
    reported = {
        "input_tokens": 50,
        "output_tokens": 300,
        "total_tokens": 350,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    }
    assert told(reported, Operation.IMAGE_EDITS) == Usage(input_text=10, input_image=40, output_image=300)
    reported["output_tokens_details"] = {"text_tokens": 30, "image_tokens": 270}
    assert told(reported, Operation.IMAGE_GENERATIONS) == Usage(
        input_text=10, input_image=40, output_text=30, output_image=270
    )
    assert told(chat(5, 9, completion_tokens_details={"image_tokens": 8})) == Usage(
        input_text=5, output_text=1, output_image=8
    )


def test_a_transcription_is_told_in_tokens_or_not_at_all() -> None:
    tokens = {
        "type": "tokens",
        "input_tokens": 14,
        "input_token_details": {"text_tokens": 10, "audio_tokens": 4},
        "output_tokens": 101,
        "total_tokens": 115,
    }
    expected = Usage(input_text=10, input_audio=4, output_text=101)
    assert told(tokens, Operation.TRANSCRIPTIONS) == expected
    assert told({"type": "duration", "seconds": 6}, Operation.TRANSCRIPTIONS) is None
    event = json.dumps({"type": "transcript.text.done", "text": "hi", "usage": tokens}).encode()
    assert usage_of_event(Operation.TRANSCRIPTIONS, event, INSIDE) == expected


def test_speech_comes_out_as_audio() -> None:
    event = b'{"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}}'
    assert usage_of_event(Operation.SPEECH, event, INSIDE) == Usage(input_text=14, output_audio=101)
    assert usage_of_body(Operation.SPEECH, b"ID3\x04\x00\xff\xfb", INSIDE) is None


RESPONSE = {
    "input_tokens": 30,
    "input_tokens_details": {"cached_tokens": 10, "cache_write_tokens": 5},
    "output_tokens": 20,
    "output_tokens_details": {"reasoning_tokens": 12},
    "total_tokens": 50,
}
RESPONSE_USAGE = Usage(input_text=15, cache_read=10, cache_write=5, output_text=8, reasoning=12)


@pytest.mark.parametrize("usual", [INSIDE, BESIDE])
def test_a_response_counts_reasoning_inside_whoever_answers(usual: ReasoningCount) -> None:
    assert told(RESPONSE, RESPONSES, usual) == RESPONSE_USAGE
    assert told({**RESPONSE, "total_tokens": None}, RESPONSES, usual) == RESPONSE_USAGE


@pytest.mark.parametrize(
    ("kind", "counts"),
    [
        ("response.completed", True),
        ("response.incomplete", True),
        ("response.failed", True),
        ("response.created", False),
        ("response.output_text.delta", False),
    ],
)
def test_a_response_tells_its_usage_when_it_ends(kind: str, counts: bool) -> None:
    for more in ({}, {"cached_tokens": "odd"}):
        event = {"type": kind, "sequence_number": 9, "response": {"id": "r", "usage": {**RESPONSE, **more}}}
        found = usage_of_event(RESPONSES, json.dumps(event).encode(), INSIDE)
        assert found == (RESPONSE_USAGE if counts else None)
    assert usage_of_event(RESPONSES, json.dumps({"type": kind, "response": None}).encode(), INSIDE) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
        b'{"choices":[],"usage":null,"x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":2}}}',
        b'{"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":2.0}}}',
        b'{"x_groq":"r","usage":{"prompt_tokens":3,"completion_tokens":2}}',
        b'{"choices":[{"delta":{"content":"\\ud83d"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}',
    ],
)
def test_a_chunk_tells_its_usage_at_top_level_or_as_groq_does(data: bytes) -> None:
    assert usage_of_event(CHAT, data, INSIDE) == Usage(input_text=3, output_text=2)


@pytest.mark.parametrize("data", [b"", b"[DONE]", b"null", b"[]", b'{"usage":null}', b'{"usage":{}}', b'{"x_groq":{}}'])
def test_a_chunk_without_usage_has_none(data: bytes) -> None:
    for operation in Operation:
        assert usage_of_event(operation, data, INSIDE) is None
        assert usage_of_body(operation, data, INSIDE) is None


@pytest.mark.parametrize("odd", [-1, 10**10, 10**30, 1.5, "3", True, [3], {"x": 3}])
def test_a_total_that_is_no_number_of_tokens_leaves_the_usage_unknown(odd: object) -> None:
    assert told({"prompt_tokens": odd, "completion_tokens": 2}) is None
    assert told({"prompt_tokens": 2, "completion_tokens": odd}) is None
    assert told({"total_tokens": odd}) is None


@pytest.mark.parametrize("odd", [-1, 10**10, 10**30, 1.5, "3", True, [3], {"x": 3}, None])
def test_a_part_that_is_no_number_of_tokens_counts_as_text(odd: object) -> None:
    details = {"cached_tokens": odd, "audio_tokens": odd, "reasoning_tokens": odd, "cache_write_tokens": odd}
    reported = chat(5, 4, prompt_tokens_details=details, completion_tokens_details=details, num_cached_tokens=odd)
    assert told(reported) == Usage(input_text=5, output_text=4)
    assert told(chat(5, 4, prompt_tokens_details=odd)) == Usage(input_text=5, output_text=4)


def test_a_monstrous_usage_is_not_read() -> None:
    assert told({"prompt_tokens": 3.0, "x": "y" * 70_000}) is None
    bomb = b'{"usage":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001
    assert usage_of_body(CHAT, bomb, INSIDE) is None


COUNTS = st.integers(0, 50) | st.none() | st.sampled_from([-3, 10**20, 2.5, 3.0, "x", [], True])
DETAILS = st.none() | st.dictionaries(
    st.sampled_from(
        ["cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens", "text_tokens", "reasoning_tokens"]
    ),
    COUNTS,
)
USAGES = st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": COUNTS,
        "completion_tokens": COUNTS,
        "total_tokens": COUNTS,
        "input_tokens": COUNTS,
        "output_tokens": COUNTS,
        "cached_tokens": COUNTS,
        "reasoning_tokens": COUNTS,
        "prompt_tokens_details": DETAILS,
        "input_tokens_details": DETAILS,
        "completion_tokens_details": DETAILS,
        "output_tokens_details": DETAILS,
    },
)


@given(USAGES, st.sampled_from(Operation), st.sampled_from(ReasoningCount))
def test_counts_are_never_negative_and_add_up(
    reported: dict[str, object], operation: Operation, usual: ReasoningCount
) -> None:
    usage = told(reported, operation, usual)
    event = {"usage": reported, "type": "response.completed", "response": {"usage": reported}}
    assert usage_of_event(operation, json.dumps(event).encode(), usual) == usage
    if usage is None:
        return
    counts = [getattr(usage, name) for name in Usage.__struct_fields__]
    assert min(counts) >= 0
    prompt, completion, total = (reported.get(f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if isinstance(prompt, int) and isinstance(completion, int) and total == prompt + completion:
        assert usage.input_total == prompt
        assert usage.output_total == completion


@given(st.binary(max_size=60), st.sampled_from(Operation))
def test_junk_is_never_an_exception(junk: bytes, operation: Operation) -> None:
    for data in (
        junk,
        b'{"usage":' + junk + b"}",
        b'{"type":"response.completed","response":{"usage":{' + junk + b"}}}",
    ):
        usage_of_body(operation, data, INSIDE)
        usage_of_event(operation, data, INSIDE)


def test_an_answer_is_a_document_or_none() -> None:
    assert is_document(b'{"a": "\\ud83d"}')
    assert is_document(b"[]")
    assert not is_document(b"<html>")
    assert not is_document(b'"text"')
    assert not is_document(b'{"a": ')
