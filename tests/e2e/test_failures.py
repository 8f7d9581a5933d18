"""What goes wrong at providers, and what callers then see: with defaults, in two dialects, whole and streamed.

Every scenario has a primary and a fallback of its own; all run at the same time.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import IncompleteRead

import pytest

from tests.e2e.gateway import Gateway
from tests.e2e.provider import Link, Provider, Request
from tests.e2e.voices import TEXT, Anthropic, OpenAI, Voice

pytestmark = pytest.mark.slow

Behaviour = Callable[["Scene", Link, int], None]
VOICES: dict[str, Voice] = {"openai": OpenAI(), "anthropic": Anthropic()}


@dataclass
class Scene:
    """One scenario with two providers; `at` are the moments of the primary's attempts."""

    name: str
    voice: Voice
    stream: bool
    behaviour: Behaviour
    primary: Provider = field(default_factory=Provider)
    fallback: Provider = field(default_factory=Provider)
    at: list[float] = field(default_factory=list)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    took_s: float = 0.0

    def start(self) -> None:
        self.primary.script = self._primary
        self.fallback.script = self._fallback
        self.primary.start()
        self.fallback.start()

    def answer(self, link: Link, model: str, *, until: int | None = None) -> None:
        """Answer as on a good day; of a stream only the events before that one, and no end."""
        if not self.stream:
            self.voice.whole(link, model)
            return
        link.begin_stream()
        for piece in self.voice.events(model)[:until]:
            link.chunk(piece)
        if until is None:
            link.end_stream()

    def call(self, gateway: Gateway) -> "Scene":
        asked = self.voice.ask(f"{self.name}-a/first", stream=self.stream, fallbacks=[f"{self.name}-b/second"])
        began = time.monotonic()
        try:
            self.status, self.headers, self.body = gateway.call(asked, self.voice.path)
        except IncompleteRead as cut:
            self.body = cut.partial
        self.took_s = time.monotonic() - began
        return self

    def rescued(self, *, by: str) -> None:
        """Check that the caller has the whole answer, and who gave it."""
        assert self.status == 200, self.body
        assert self.voice.text_of(self.body, stream=self.stream) == TEXT, self.body[-600:]
        assert self.voice.is_complete(self.body, stream=self.stream), self.body[-600:]
        # In its own form, Anthropic's, an answer has the name that was asked for, unless another stood in.
        told = self.voice.model_of(self.body, stream=self.stream)
        assert told == by or (by == "first" and told.endswith("/first") and self.voice.kind == "anthropic")

    def _primary(self, link: Link, _request: Request) -> None:
        self.at.append(time.monotonic())
        self.behaviour(self, link, len(self.at))

    def _fallback(self, link: Link, request: Request) -> None:
        last = json.loads(request.body)["messages"][-1]
        if last["role"] == "assistant":
            self.voice.error(link, 400, "invalid_request_error", "this model does not take a prefill")
            return
        self.answer(link, "second")


def s01(scene: Scene, link: Link, attempt: int) -> None:
    if attempt == 1:
        scene.voice.error(link, 429, "rate_limit_error", "slow down", b"retry-after: 2\r\n")
    else:
        scene.answer(link, "first")


def s02(scene: Scene, link: Link, _attempt: int) -> None:
    scene.voice.error(link, 429, "rate_limit_error", "slow down")


def s03(scene: Scene, link: Link, attempt: int) -> None:
    if attempt == 1:
        scene.voice.error(link, 500, "api_error", "oops")
    else:
        scene.answer(link, "first")


def s04(scene: Scene, link: Link, _attempt: int) -> None:
    scene.voice.error(link, 503, "overloaded_error", "down")


def s05(scene: Scene, link: Link, attempt: int) -> None:
    if attempt == 1:
        link.reset()
    else:
        scene.answer(link, "first")


def s06(_scene: Scene, _link: Link, _attempt: int) -> None:
    time.sleep(120)


def s07(scene: Scene, link: Link, _attempt: int) -> None:
    if not scene.stream:
        scene.answer(link, "first")
        return
    link.begin_stream()
    time.sleep(20)
    scene.answer(link, "first")


def s08(scene: Scene, link: Link, _attempt: int) -> None:
    if scene.stream:
        scene.answer(link, "first", until=41)
    else:
        link.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{")
    link.reset()


def s09(scene: Scene, link: Link, _attempt: int) -> None:
    if scene.stream:
        scene.answer(link, "first", until=21)
    else:
        link.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{")
    time.sleep(30)
    link.sock.close()


def s10(scene: Scene, link: Link, _attempt: int) -> None:
    if not scene.stream:
        scene.answer(link, "first")
        return
    link.begin_stream()
    events = scene.voice.events("first")
    for piece in (*events[:10], b"data: {this is not JSON\n\n", *events[10:]):
        link.chunk(piece)
    link.end_stream()


def s11(scene: Scene, link: Link, _attempt: int) -> None:
    """The end mark is missing, and the connection stays open."""
    if not scene.stream:
        scene.answer(link, "first")
        return
    scene.answer(link, "first", until=-1)
    time.sleep(20)


def s12(scene: Scene, link: Link, _attempt: int) -> None:
    code = "context_length_exceeded" if scene.voice.kind == "openai" else "invalid_request_error"
    scene.voice.error(link, 400, code, "prompt is too long: 300000 tokens > 200000 maximum")


def s13(scene: Scene, link: Link, _attempt: int) -> None:
    code = "content_policy_violation" if scene.voice.kind == "openai" else "invalid_request_error"
    scene.voice.error(link, 400, code, "this violates our content policy")


BEHAVIOURS: dict[str, Behaviour] = {
    "s01": s01,
    "s02": s02,
    "s03": s03,
    "s04": s04,
    "s05": s05,
    "s06": s06,
    "s07": s07,
    "s08": s08,
    "s09": s09,
    "s10": s10,
    "s11": s11,
    "s12": s12,
    "s13": s13,
    "s14": s08,
    "s16": s04,
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "Future[Scene]"]]:
    """All scenes, being played at the same time."""
    scenes = {
        f"{name}-{dialect}-{'stream' if stream else 'whole'}": Scene(
            f"{name}-{dialect}-{'s' if stream else 'w'}", voice, stream, behaviour
        )
        for name, behaviour in BEHAVIOURS.items()
        for dialect, voice in VOICES.items()
        for stream in (True, False)
        if stream or name != "s06"  # a whole answer may take a minute: that is tried in virtual time
    }
    entries = []
    for scene in scenes.values():
        scene.start()
        for suffix, provider in (("a", scene.primary), ("b", scene.fallback)):
            base = f"http://127.0.0.1:{provider.port}" + ("/v1" if scene.voice.kind == "openai" else "")
            entry = f"{{kind: {scene.voice.kind}, base_url: '{base}', api_key: env://PROVIDER_KEY}}"
            entries.append(f"  {scene.name}-{suffix}: {entry}")
    prices = 'money: {prices: {s16-openai-s-a/first: {input: "100", output: "100"}}}'
    config = "\n".join(["providers:", *entries, prices, ""])
    gateway = Gateway(tmp_path_factory.mktemp("failures"), config).start()
    with ThreadPoolExecutor(len(scenes)) as pool:
        yield {name: pool.submit(scene.call, gateway) for name, scene in scenes.items()}
    assert gateway.metric("narrowgate_internal_errors_total") == 0, gateway.text()
    for scene in scenes.values():
        scene.primary.stop()
        scene.fallback.stop()
    assert gateway.stop() == 0


each = pytest.mark.parametrize("how", ["openai-stream", "openai-whole", "anthropic-stream", "anthropic-whole"])
streamed = pytest.mark.parametrize("how", ["openai-stream", "anthropic-stream"])


@each
def test_a_rate_limit_is_waited_for_as_long_as_was_asked(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s01-{how}"].result()
    scene.rescued(by="first")
    assert len(scene.at) == 2
    assert scene.at[1] - scene.at[0] >= 1.8


@each
def test_a_lasting_rate_limit_fails_over(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s02-{how}"].result()
    scene.rescued(by="second")
    assert len(scene.at) <= 4


@each
def test_one_error_is_retried_at_the_same_provider(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s03-{how}"].result()
    scene.rescued(by="first")
    assert len(scene.at) == 2
    assert scene.headers["x-narrowgate-attempts"] == "2"


@each
def test_a_provider_that_is_down_is_left(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s04-{how}"].result()
    scene.rescued(by="second")
    assert len(scene.at) <= 6


@each
def test_a_reset_before_any_byte_is_retried(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s05-{how}"].result()
    assert scene.took_s < 20
    scene.rescued(by="first")


@streamed
def test_a_silent_provider_is_tried_exactly_once(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s06-{how}"].result()
    scene.rescued(by="second")
    assert len(scene.at) == 1


@streamed
def test_a_slow_first_token_fails_over(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s07-{how}"].result()
    scene.rescued(by="second")
    assert scene.took_s < 15


@each
def test_an_answer_that_breaks_off_is_made_whole(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s08-{how}"].result()
    scene.rescued(by="first" if scene.stream or len(scene.at) > 3 else "second")


@streamed
def test_an_answer_that_stalls_is_made_whole(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s09-{how}"].result()
    scene.rescued(by="first")
    assert scene.took_s < 45


@each
def test_an_event_that_is_no_json_costs_nothing_else(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s10-{how}"].result()
    scene.rescued(by="first")
    assert b"not JSON" not in scene.body


@each
def test_a_stream_without_its_end_mark_ends_soon(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s11-{how}"].result()
    assert scene.took_s < 8
    assert scene.status == 200
    assert scene.voice.text_of(scene.body, stream=scene.stream) == TEXT
    assert b'"error"' not in scene.body
    assert b"60" in scene.body  # the usage


@each
def test_a_prompt_that_is_too_long_is_tried_once(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s12-{how}"].result()
    scene.rescued(by="second")
    assert len(scene.at) == 1


@each
def test_refused_content_is_told_and_not_routed_around(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s13-{how}"].result()
    assert scene.status == 400
    assert b"content policy" in scene.body
    assert (len(scene.at), scene.fallback.requests) == (1, [])


@streamed
def test_a_fallback_that_takes_no_prefill_is_not_sent_one(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s14-{how}"].result()
    scene.rescued(by="first")
    assert b"prefill" not in scene.body


@each
def test_the_fallback_is_named_and_failed_attempts_cost_nothing(played: dict[str, "Future[Scene]"], how: str) -> None:
    scene = played[f"s16-{how}"].result()
    scene.rescued(by="second")
    assert scene.headers.get("x-narrowgate-model", "").endswith("second")
    assert scene.headers["x-narrowgate-provider"].endswith("-b")
