"""Vectors, rankings and speech from providers with forms of their own, through the front door."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.e2e.gateway import KEY, PROVIDER_KEY, Gateway, exchange, post, wait_until
from tests.e2e.provider import Link, Provider, Request, stream_of

pytestmark = pytest.mark.slow

CONFIG = """
providers:
  voyage: {{base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
  jina: {{base_url: "http://127.0.0.1:{port}/v1", api_key: env://PROVIDER_KEY}}
  elevenlabs: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  deepgram: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  databricks: {{base_url: "http://127.0.0.1:{port}/serving-endpoints", api_key: env://PROVIDER_KEY}}
  bedrock: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  cloudflare: {{base_url: "http://127.0.0.1:{port}/ai", api_key: env://PROVIDER_KEY}}
  replicate: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY}}
  watsonx: {{base_url: "http://127.0.0.1:{port}", api_key: env://PROVIDER_KEY, watsonx: {{project_id: proj}}}}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path_factory.mktemp("services"), CONFIG.format(port=provider.port)).start()
    yield gateway
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    assert gateway.stop() == 0


def test_vectors_are_asked_for_in_the_providers_words(served: Gateway, provider: Provider) -> None:
    told = {"object": "list", "data": [{"embedding": [0.5], "index": 0}], "model": "m", "usage": {"total_tokens": 3}}
    provider.reset(lambda link, _request: link.json(told))
    asked = {"model": "voyage/voyage-3.5", "input": "a", "dimensions": 256, "encoding_format": "float"}
    status, headers, body = served.call(asked, "/v1/embeddings")
    assert status == 200
    assert json.loads(body)["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert json.loads(provider.last.body) == {"model": "voyage-3.5", "input": "a", "output_dimension": 256}
    assert served.row(headers["x-narrowgate-call-id"])["input_text"] == 3


def test_a_ranking_for_coheres_clients(served: Gateway, provider: Provider) -> None:
    told = {"object": "list", "data": [{"relevance_score": 0.5, "index": 1}], "usage": {"total_tokens": 9}}
    provider.reset(lambda link, _request: link.json(told))
    asked = {"model": "voyage/rerank-2.5", "query": "q", "documents": ["a", "b"], "top_n": 1}
    status, _, body = served.call(asked, "/v2/rerank")
    assert (status, json.loads(body)["results"]) == (200, [{"index": 1, "relevance_score": 0.5}])
    assert provider.last.line == b"POST /v1/rerank HTTP/1.1"
    status, _, body = served.call({**asked, "return_documents": True}, "/v1/rerank")
    assert json.loads(body)["results"][0]["document"] == {"text": "b"}
    assert served.call({**asked, "documents": None}, "/v2/rerank")[0] == 400


def _form(model: str, **fields: str) -> bytes:
    head = 'Content-Disposition: form-data; name="'
    texts = "".join(f'--XX\r\n{head}{name}"\r\n\r\n{value}\r\n' for name, value in {"model": model, **fields}.items())
    file = f'--XX\r\n{head}file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    return texts.encode() + file.encode() + b"RIFF" * 100_000 + b"\r\n--XX--\r\n"


FORM = "multipart/form-data; boundary=XX"


@pytest.mark.parametrize(
    ("model", "voice", "line"),
    [
        ("elevenlabs/eleven_v3", "JBFq", b"POST /v1/text-to-speech/JBFq/stream?output_format=mp3_44100_128 HTTP/1.1"),
        ("deepgram/aura-2", "thalia", b"POST /v1/speak?model=aura-2-thalia-en&encoding=mp3 HTTP/1.1"),
    ],
)
def test_sound_streams_through(served: Gateway, provider: Provider, model: str, voice: str, line: bytes) -> None:
    sound = bytes(range(256)) * 1_000

    def say(link: Link, _request: Request) -> None:
        link.send(b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n")
        for at in range(0, len(sound), 50_000):
            link.chunk(sound[at : at + 50_000])
        link.end_stream()

    provider.reset(say)
    status, headers, body = served.call({"model": model, "input": "hi", "voice": voice}, "/v1/audio/speech")
    assert (status, headers["content-type"], body) == (200, "audio/mpeg", sound)
    assert provider.last.line == line
    name, value = (b"xi-api-key", b"") if model.startswith("eleven") else (b"authorization", b"Token ")
    assert provider.last.headers[name] == value + PROVIDER_KEY.encode()


def test_a_recording_is_written_down_by_elevenlabs(served: Gateway, provider: Provider) -> None:
    words = [{"text": "Hi.", "start": 0.1, "end": 0.4, "type": "word"}]
    provider.reset(lambda link, _request: link.json({"language_code": "eng", "text": "Hi.", "words": words}))
    body = _form("elevenlabs/scribe_v2", response_format="srt")
    status, headers, answer = served.call(body, "/v1/audio/transcriptions", content_type=FORM)
    assert (status, answer) == (200, b"1\n00:00:00,100 --> 00:00:00,400\nHi.\n")
    assert headers["content-type"].startswith("text/plain")
    assert provider.last.line == b"POST /v1/speech-to-text HTTP/1.1"
    assert b'name="model_id"\r\n\r\nscribe_v2\r\n' in provider.last.body
    assert b"RIFF" * 100_000 in provider.last.body


def test_a_recording_is_written_down_by_deepgram(served: Gateway, provider: Provider) -> None:
    told = {"metadata": {"duration": 1.5}, "results": {"channels": [{"alternatives": [{"transcript": "Hi."}]}]}}
    provider.reset(lambda link, _request: link.json(told))
    status, _, answer = served.call(_form("deepgram/nova-3"), "/v1/audio/transcriptions", content_type=FORM)
    assert (status, json.loads(answer)["text"]) == (200, "Hi.")
    assert provider.last.line == b"POST /v1/listen?model=nova-3&detect_language=true&punctuate=true HTTP/1.1"
    assert provider.last.body == b"RIFF" * 100_000


def test_a_recording_sent_in_chunks_is_collected_too(served: Gateway, provider: Provider) -> None:
    told = {"results": {"channels": [{"alternatives": [{"transcript": "Hi."}]}]}}
    provider.reset(lambda link, _request: link.json(told))
    body = _form("deepgram/nova-3")
    lines = ["POST /v1/audio/transcriptions HTTP/1.1", "host: x", f"authorization: Bearer {KEY}"]
    lines += [f"content-type: {FORM}", "transfer-encoding: chunked", "connection: close", "", ""]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (body[:70_000], body[70_000:])) + b"0\r\n\r\n"
    assert b'{"text":"Hi."}' in exchange(served.port, "\r\n".join(lines).encode() + chunks)
    assert provider.last.body == b"RIFF" * 100_000


def test_errors_have_the_providers_words(served: Gateway, provider: Provider) -> None:
    refusal = {"err_code": "INVALID_AUDIO", "err_msg": "no audio in it", "request_id": "r"}
    provider.reset(lambda link, _request: link.json(refusal, 400))
    status, _, answer = served.call(_form("deepgram/nova-3"), "/v1/audio/transcriptions", content_type=FORM)
    assert (status, json.loads(answer)["error"]["message"]) == (400, "no audio in it")
    provider.reset(lambda link, _request: link.json({"detail": {"status": "voice_not_found", "message": "no"}}, 404))
    asked = {"model": "elevenlabs/eleven_v3", "input": "hi", "voice": "alloy"}
    status, _, answer = served.call(asked, "/v1/audio/speech")
    assert (status, json.loads(answer)["error"]["message"]) == (404, "no")
    assert served.call({**asked, "instructions": "whisper"}, "/v1/audio/speech")[0] == 400


def test_a_form_is_chosen_by_the_model(served: Gateway, provider: Provider) -> None:
    usage = {"input_tokens": 3, "output_tokens": 1}
    told = {
        "id": "msg",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "stop_reason": "end_turn",
        "usage": usage,
    }
    provider.reset(lambda link, _request: link.json({**told, "content": [{"type": "text", "text": "Hi"}]}))
    asked = {"max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    status, _, body = served.call({"model": "databricks/databricks-claude-haiku-4-5", **asked}, "/v1/messages")
    assert (status, json.loads(body)["content"][0]["text"]) == (200, "Hi")
    assert provider.last.line == b"POST /serving-endpoints/anthropic/v1/messages HTTP/1.1"
    provider.reset()
    assert served.call({"model": "databricks/databricks-gpt-5", **asked}, "/v1/messages")[0] == 200
    assert provider.last.line == b"POST /serving-endpoints/chat/completions HTTP/1.1"


def test_watsonx_whole_and_streamed(served: Gateway, provider: Provider) -> None:
    message = {"role": "assistant", "content": "Hi"}
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    told = {"id": "chat-1", "model_id": "ibm/g", "created": 1, "usage": usage}
    whole = {**told, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    provider.reset(lambda link, _request: link.json(whole))
    asked = {"model": "watsonx/ibm/g", "messages": [{"role": "user", "content": "hi"}]}
    status, headers, body = served.call(asked)
    assert (status, json.loads(body)["choices"][0]["message"]["content"]) == (200, "Hi")
    assert provider.last.line == b"POST /ml/v1/text/chat?version=2025-02-11 HTTP/1.1"
    sent = json.loads(provider.last.body)
    assert (sent["model_id"], sent["project_id"], "model" in sent) == ("ibm/g", "proj", False)
    assert served.row(headers["x-narrowgate-call-id"])["output_text"] == 2

    def event(number: int, **choice: object) -> bytes:
        more = {"usage": usage} if "finish_reason" in choice else {}
        data = {"id": "chat-1", "model_id": "ibm/g", "created": 1, "choices": [{"index": 0, **choice}], **more}
        return b"id: %d\nevent: message\ndata: %b\n\n" % (number, json.dumps(data).encode())

    pieces = [event(1, delta={"role": "assistant", "content": "Hi"}), event(2, delta={}, finish_reason="stop")]
    provider.reset(stream_of(pieces))
    status, headers, body = served.call({**asked, "stream": True})
    assert status == 200
    assert body.endswith(b"data: [DONE]\n\n")
    assert b'"content":"Hi"' in body
    assert provider.last.line == b"POST /ml/v1/text/chat_stream?version=2025-02-11 HTTP/1.1"
    assert served.row(headers["x-narrowgate-call-id"])["output_text"] == 2
    refused = {
        "errors": [{"code": "model_not_supported", "message": "no such model"}],
        "trace": "t",
        "status_code": 404,
    }
    provider.reset(lambda link, _request: link.json(refused, 404))
    status, _, body = served.call(asked)
    assert (status, json.loads(body)["error"]["message"]) == (404, "no such model")


def test_replicate_whole_and_as_a_stream(served: Gateway, provider: Provider) -> None:
    metrics = {"input_token_count": 4, "output_token_count": 2}
    told = {"id": "p1", "model": "meta/llama", "status": "succeeded", "output": ["H", "i"], "metrics": metrics}
    provider.reset(lambda link, _request: link.json(told, 201))
    asked = {"model": "replicate/meta/llama", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 9}
    status, headers, body = served.call(asked)
    assert status == 200
    assert json.loads(body)["choices"][0]["message"]["content"] == "Hi"
    assert provider.last.line == b"POST /v1/predictions HTTP/1.1"
    assert (provider.last.headers[b"prefer"], provider.last.headers[b"cancel-after"]) == (b"wait=10", b"300s")
    assert json.loads(provider.last.body) == {"version": "meta/llama", "input": {"prompt": "hi", "max_tokens": 9}}
    assert served.row(headers["x-narrowgate-call-id"])["output_text"] == 2
    status, headers, body = served.call({**asked, "stream": True})
    assert status == 200
    assert b'"content":"Hi"' in body
    assert body.endswith(b"data: [DONE]\n\n")
    status, _, body = served.call(asked, "/v1/messages")
    assert json.loads(body)["content"][0]["text"] == "Hi"


def test_a_prediction_is_asked_for_until_it_is_finished(served: Gateway, provider: Provider) -> None:
    told = {"id": "p1", "status": "succeeded", "output": ["H", "i"], "urls": {"get": "https://elsewhere.example/p1"}}

    def script(link: Link, request: Request) -> None:
        is_done = request.line.startswith(b"GET") and sum(one.line.startswith(b"GET") for one in provider.requests) > 1
        link.json(told if is_done else {**told, "status": "processing", "output": None}, 200 if is_done else 201)

    provider.reset(script)
    asked = {"model": "replicate/meta/llama", "messages": [{"role": "user", "content": "hi"}]}
    status, _, body = served.call(asked)
    assert (status, json.loads(body)["choices"][0]["message"]["content"]) == (200, "Hi")
    lines = [one.line for one in provider.requests]
    assert lines == [b"POST /v1/predictions HTTP/1.1", *[b"GET /v1/predictions/p1 HTTP/1.1"] * 2]
    assert {one.headers[b"authorization"] for one in provider.requests} == {b"Bearer " + PROVIDER_KEY.encode()}


def test_a_client_that_leaves_cancels_its_prediction(served: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.json({"id": "p2", "status": "starting"}, 201))
    asked = {"model": "replicate/meta/llama", "messages": [{"role": "user", "content": "hi"}]}
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sock:
        sock.sendall(post(json.dumps(asked).encode()))
        assert wait_until(lambda: any(one.line.startswith(b"GET") for one in provider.requests))
    assert wait_until(lambda: provider.last.line == b"POST /v1/predictions/p2/cancel HTTP/1.1")


def test_replicates_pictures_and_failures(served: Gateway, provider: Provider) -> None:
    told = {"id": "p1", "status": "succeeded", "output": ["https://replicate.delivery/a.png"]}
    provider.reset(lambda link, _request: link.json(told, 201))
    asked = {"model": "replicate/black-forest-labs/flux-schnell", "prompt": "a cat"}
    status, _, body = served.call(asked, "/v1/images/generations")
    assert (status, json.loads(body)["data"]) == (200, [{"url": "https://replicate.delivery/a.png"}])
    assert provider.last.headers[b"prefer"] == b"wait=10"
    provider.reset(lambda link, _request: link.json({**told, "status": "failed", "error": "out of memory"}, 201))
    status, _, body = served.call(asked, "/v1/images/generations", x_narrowgate_retries="0")
    assert (status, json.loads(body)["error"]["message"]) == (502, "out of memory")


def test_workers_ai_is_run_by_the_name_of_the_model(served: Gateway, provider: Provider) -> None:
    told = {"result": {"response": [{"id": 1, "score": 0.5}]}, "success": True, "errors": []}
    provider.reset(lambda link, _request: link.json(told))
    asked = {"model": "cloudflare/@cf/baai/bge-reranker-base", "query": "q", "documents": ["a", "b"]}
    status, _, body = served.call(asked, "/v1/rerank")
    assert (status, json.loads(body)) == (200, {"results": [{"index": 1, "relevance_score": 0.5}]})
    assert provider.last.line == b"POST /ai/run/@cf/baai/bge-reranker-base HTTP/1.1"
    provider.reset()
    chat = {"model": "cloudflare/@cf/meta/llama", "messages": [{"role": "user", "content": "hi"}]}
    assert served.call(chat)[0] == 200
    assert provider.last.line == b"POST /ai/v1/chat/completions HTTP/1.1"
    assert json.loads(provider.last.body)["model"] == "@cf/meta/llama"
    refused = {"success": False, "errors": [{"code": 5006, "message": "bad input"}], "result": {}}
    provider.reset(lambda link, _request: link.json(refused, 400))
    assert json.loads(served.call(asked, "/v1/rerank")[2])["error"]["message"] == "bad input"


def test_bedrocks_vectors(served: Gateway, provider: Provider) -> None:
    provider.reset(lambda link, _request: link.json({"embedding": [0.5, 1.0], "inputTextTokenCount": 3}))
    asked = {"model": "bedrock/amazon.titan-embed-text-v2:0", "input": "a", "encoding_format": "base64"}
    status, headers, body = served.call(asked, "/v1/embeddings")
    assert (status, json.loads(body)["data"][0]["embedding"]) == (200, "AAAAPwAAgD8=")
    assert provider.last.line == b"POST /model/amazon.titan-embed-text-v2%3A0/invoke HTTP/1.1"
    assert json.loads(provider.last.body) == {"inputText": "a"}
    assert served.row(headers["x-narrowgate-call-id"])["input_text"] == 3
    count = b"X-Amzn-Bedrock-Input-Token-Count: 5\r\n"
    provider.reset(lambda link, _request: link.json({"embeddings": [[0.5, 1.0]], "id": "e"}, 200, count))
    status, headers, body = served.call({"model": "bedrock/cohere.embed-english-v3", "input": ["a"]}, "/v1/embeddings")
    assert (status, json.loads(body)["usage"]) == (200, {"prompt_tokens": 5, "total_tokens": 5})
    assert served.row(headers["x-narrowgate-call-id"])["input_text"] == 5
    provider.reset(lambda link, _request: link.json({"embedding": [0.5, 1.0], "inputTextTokenCount": 3}))
    status, _, body = served.call({"model": "bedrock/amazon.titan-embed-text-v2:0", "texts": ["a"]}, "/v2/embed")
    assert (status, json.loads(body)["embeddings"]["float"]) == (200, [[0.5, 1.0]])
