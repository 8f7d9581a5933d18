import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.providers.services.workers_ai import HEARING, RANKING
from narrowgate.wire.errors import WireError
from narrowgate.wire.form_body import FormBody, Part

ASKED = b'{"model":"x","query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}'
TURBO = "@cf/openai/whisper-large-v3-turbo"
FILE = Part("file", b"RIFF", "a.wav", b"audio/wav")


def form(**fields: str) -> FormBody:
    return FormBody(b"XX", (*(Part(name, value.encode()) for name, value in fields.items()), FILE))


def test_a_ranking_goes_to_its_model() -> None:
    made = RANKING.to_wire(ASKED, "@cf/baai/bge-reranker-base")
    assert made.suffix == "/@cf/baai/bge-reranker-base"
    assert json.loads(made.body) == {"query": "q", "contexts": [{"text": "a"}, {"text": "b"}], "top_k": 1}
    assert made.inexpressible == ()
    assert not RANKING.passes
    more = ASKED.replace(b"}]", b'}],"max_tokens_per_doc":3')
    assert [one.what for one in RANKING.to_wire(more, "m").inexpressible] == ["max_tokens_per_doc"]


def test_places_come_back_with_documents() -> None:
    told = b'{"result":{"response":[{"id":1,"score":0.5}]},"success":true,"errors":[],"messages":[]}'
    assert json.loads(RANKING.from_wire(told, ASKED).body) == {
        "results": [{"index": 1, "relevance_score": 0.5, "document": {"text": "b"}}]
    }
    with pytest.raises(WireError):
        RANKING.from_wire(told.replace(b'"id":1', b'"id":7'), ASKED)


@pytest.mark.parametrize("model", ["", "..", "@cf/../x", "@cf//x", "/x", "a/."])
def test_a_model_cannot_lead_to_another_path(model: str) -> None:
    with pytest.raises(WireError, match="model"):
        RANKING.to_wire(ASKED, model)
    assert RANKING.to_wire(ASKED, "a b?c#d\r\n").suffix == "/a%20b%3Fc%23d%0D%0A"


def test_a_recording_goes_in_json_or_as_it_is() -> None:
    made = HEARING.to_wire(form(language="de", prompt="Anna", vad_filter="true"), TURBO)
    assert json.loads(made.body) == {
        "audio": "UklGRg==",
        "task": "transcribe",
        "language": "de",
        "initial_prompt": "Anna",
        "vad_filter": True,
    }
    made = HEARING.to_wire(form(language="de"), "@cf/openai/whisper")
    assert (made.body, made.content_type) == (b"RIFF", b"application/octet-stream")
    assert [(one.what, one.is_hint) for one in made.inexpressible] == [("language", True)]


def test_what_was_heard() -> None:
    words = [{"word": " Hi", "start": 0.1, "end": 0.4}, {"word": " you", "start": 0.5, "end": 0.9}]
    result = {"text": " Hi you", "segments": [{"words": words}], "transcription_info": {"language": "en"}}
    asked = form(response_format="verbose_json")
    told = json.loads(HEARING.from_wire(json.dumps({"result": result}).encode(), asked).body)
    assert (told["text"], told["language"], told["duration"]) == ("Hi you", "en", 0.9)
    assert told["segments"][0]["text"] == "Hi you"
    old = {"result": {"text": "Hi", "word_count": 1, "words": words[:1]}}
    assert b'"end":0.4' in HEARING.from_wire(json.dumps(old).encode(), asked).body


@given(st.binary(max_size=40))
def test_junk_is_a_wire_error(junk: bytes) -> None:
    with pytest.raises(WireError):
        RANKING.from_wire(junk, ASKED)
    with pytest.raises(WireError):
        HEARING.from_wire(junk, form())
