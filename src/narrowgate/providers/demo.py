"""The built-in demo provider: answers in OpenAI's formats, made up on the spot, no network.

Its models are `echo` (repeats), `chat` (explains), `tools` (calls a tool whenever it is given any)
and `embed`; any other name is answered like `chat`.

Source: https://platform.openai.com/docs/api-reference (read 2026-11).
"""

import re

import msgspec

from narrowgate.model.operation import Operation
from narrowgate.providers.demo_answer import DemoAnswer, Json, Refused, texts_of, whole
from narrowgate.providers.demo_chat import chat, completions
from narrowgate.providers.demo_media import encoded, picture, tone, vector
from narrowgate.providers.demo_responses import responses
from narrowgate.providers.demo_text import prompt_tokens, text_of, tokens

__all__ = ["DemoAnswer", "answer"]

_DIMENSIONS = 256
_MOST_DIMENSIONS = 3_072
_MOST_TEXTS = 2_048
_MOST_PICTURES = 10
_HEARD = "This is what the demo provider hears in every recording."
_CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
# The one field of the forms that changes how the answer looks.
_PLAIN_TEXT = re.compile(rb'name="response_format"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\ntext\r\n')


def answer(operation: Operation, body: bytes, number: int, now_s: int) -> DemoAnswer:
    """Answer a request, a wrong one with status 400. `number` makes ids differ, `now_s` is Unix time."""
    match operation:
        case Operation.TRANSCRIPTIONS | Operation.TRANSLATIONS:
            return _heard(body)
        case Operation.IMAGE_EDITS | Operation.IMAGE_VARIATIONS:
            return _pictures(1, now_s)
        case _:
            try:
                return _answer_json(operation, body, number, now_s)
            except Refused as refused:
                return refused.answer
            except RecursionError:
                return Refused("the body is nested too deeply").answer


def _answer_json(operation: Operation, body: bytes, number: int, now_s: int) -> DemoAnswer:
    request = _request(body)
    model = request.get("model")
    if not isinstance(model, str) or not model:
        raise Refused("model: expected the name of a model, such as demo/chat", "model")
    match operation:
        case Operation.CHAT:
            return chat(request, model, number, now_s)
        case Operation.COMPLETIONS:
            return completions(request, model, number, now_s)
        case Operation.RESPONSES:
            return responses(request, model, number, now_s)
        case Operation.EMBEDDINGS:
            return _embeddings(request, model)
        case Operation.MODERATIONS:
            return _moderations(request, model, number)
        case Operation.RERANK:
            return _rerank(request, model, number)
        case Operation.SPEECH:
            return _speech(request)
        case _:
            return _generated(request, now_s)


def _request(body: bytes) -> Json:
    try:
        request = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("the body is not valid JSON") from None
    if not isinstance(request, dict):
        raise Refused("the body is not a JSON object")
    return request


def _embeddings(request: Json, model: str) -> DemoAnswer:
    texts = texts_of(request.get("input"), "input")
    if len(texts) > _MOST_TEXTS or "" in texts:
        raise Refused(f"input: expected 1 to {_MOST_TEXTS} texts, none of them empty", "input")
    dimensions = _whole_number(request, "dimensions", _DIMENSIONS, _MOST_DIMENSIONS)
    form = request.get("encoding_format", "float")
    if form not in ("float", "base64", None):
        raise Refused("encoding_format: expected float or base64", "encoding_format")
    data: list[Json] = []
    for index, text in enumerate(texts):
        numbers = vector(text, dimensions)
        shown = encoded(numbers) if form == "base64" else numbers
        data.append({"object": "embedding", "index": index, "embedding": shown})
    count = prompt_tokens(texts)
    usage = {"prompt_tokens": count, "total_tokens": count}
    return whole({"object": "list", "data": data, "model": model, "usage": usage})


def _moderations(request: Json, model: str, number: int) -> DemoAnswer:
    given = request.get("input")
    if not isinstance(given, str | list) or not given:
        raise Refused("input: expected text, or a list of texts or parts", "input")
    is_texts = isinstance(given, list) and all(isinstance(one, str) for one in given)
    result = {
        "flagged": False,
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_scores": dict.fromkeys(_CATEGORIES, 0.0),
        "category_applied_input_types": {name: ["text"] for name in _CATEGORIES},
    }
    return whole({"id": f"modr-demo{number}", "model": model, "results": [result] * (len(given) if is_texts else 1)})


def _rerank(request: Json, model: str, number: int) -> DemoAnswer:
    """Rank documents by the words they share with the query."""
    query, documents = request.get("query"), request.get("documents")
    if not isinstance(query, str):
        raise Refused("query: expected text", "query")
    if not isinstance(documents, list) or not documents:
        raise Refused("documents: expected a list of at least one document", "documents")
    texts = [one if isinstance(one, str) else text_of([one]) for one in documents]
    most = _whole_number(request, "top_n", len(texts), max(len(texts), _MOST_TEXTS))
    wanted = set(query.lower().split())
    scores = [len(wanted & set(text.lower().split())) / max(len(wanted), 1) for text in texts]
    best = sorted(range(len(texts)), key=lambda index: (-scores[index], index))[:most]
    results = [{"index": index, "relevance_score": scores[index]} for index in best]
    usage = {"total_tokens": prompt_tokens([query, *texts])}
    return whole({"id": f"rerank-demo{number}", "model": model, "results": results, "usage": usage})


def _speech(request: Json) -> DemoAnswer:
    if not isinstance(request.get("input"), str):
        raise Refused("input: expected text", "input")
    return DemoAnswer(200, "audio/wav", (tone(),))


def _generated(request: Json, now_s: int) -> DemoAnswer:
    if not isinstance(request.get("prompt"), str):
        raise Refused("prompt: expected text", "prompt")
    return _pictures(_whole_number(request, "n", 1, _MOST_PICTURES), now_s)


def _pictures(count: int, now_s: int) -> DemoAnswer:
    data = [{"b64_json": picture()} for _ in range(count)]
    details = {"text_tokens": 1, "image_tokens": 0}
    usage = {"input_tokens": 1, "input_tokens_details": details, "output_tokens": count, "total_tokens": 1 + count}
    return whole({"created": now_s, "data": data, "usage": usage})


def _heard(body: bytes) -> DemoAnswer:
    if _PLAIN_TEXT.search(body):
        return DemoAnswer(200, "text/plain; charset=utf-8", (f"{_HEARD}\n".encode(),))
    made = tokens(_HEARD)
    usage = {"type": "tokens", "input_tokens": 1, "output_tokens": made, "total_tokens": 1 + made}
    return whole({"text": _HEARD, "usage": usage})


def _whole_number(request: Json, name: str, usual: int, most: int) -> int:
    value = request.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise Refused(f"{name}: expected a whole number from 1 to {most}", name)
    return value
