"""What choosing among twenty targets costs, without sockets: every strategy, in this process."""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from narrowgate.config.schema import Custody, Journal, Listen, Logging, Streams, Timeouts, UnknownPrice
from narrowgate.config.snapshot import EdgeSettings, ProviderView
from narrowgate.identity.keys import VirtualKey
from narrowgate.model.operation import Operation
from narrowgate.pipeline.ask import Ask, Circumstances
from narrowgate.pipeline.principal import Principal
from narrowgate.pipeline.router import Router
from narrowgate.pipeline.target import Targets
from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.settings import RouteView, Sticky, Strategy, TargetView
from narrowgate.policy.routing.vitals import Ward
from narrowgate.providers.profile import ReasoningCount, StreamUsage
from narrowgate.schemas.openai import read_head

_TARGETS, _ROUNDS, _CALLS = 20, 7, 20_000
_BODY = b'{"model":"r","messages":[]}'


def table() -> str:
    """Return CPU µs of one choice among twenty targets of different weights, prices and speeds."""
    lines = [f"CPU us of a choice among {_TARGETS} targets", ""]
    lines += [f"{strategy.value:20}{_us(strategy, None):6.2f}" for strategy in Strategy]
    lines.append(f"{'sticky by session':20}{_us(Strategy.WEIGHTED, Sticky()):6.2f}")
    return "\n".join(lines)


def _us(strategy: Strategy, sticky: Sticky | None) -> float:
    router = _router(strategy, sticky)
    way = router.find("r")
    assert way is not None
    for target in way.targets:
        target.load.felt(100 + target.index, 50, 0.1)
    key = VirtualKey(id="k", row=1, name="k", digest="00", hint="", created_at_s=0)
    headers = {b"x-session-id": b"7"}
    known = Circumstances(Principal(key), headers, Ask(read_head(_BODY), _BODY, headers, ()), name="r")
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time_ns()
        for _ in range(_CALLS):
            router.choose(way, known)
        best = min(best, (time.process_time_ns() - began) / _CALLS / 1_000)
    return best


def _router(strategy: Strategy, sticky: Sticky | None) -> Router:
    targets = tuple(TargetView("p", f"m{number}", weight=1 + number % 3) for number in range(_TARGETS))
    route = RouteView(name="r", strategy=strategy, targets=targets, sticky=sticky)
    provider = ProviderView(
        index=0,
        name="p",
        profile="openai",
        paths={Operation.CHAT: "/v1/chat/completions"},
        model_in_path=False,
        stream_usage=StreamUsage.ASK,
        reasoning_count=ReasoningCount.INSIDE,
        forward_headers=(),
        models=(),
        timeouts=Timeouts(),
    )
    settings = EdgeSettings(
        listen=Listen(),
        custody=Custody.SPLIT,
        providers=(provider,),
        aliases={},
        catalog={},
        prices={f"p/m{number}": Price(input=1_000 + number, output=1_000) for number in range(_TARGETS)},
        unknown_price=UnknownPrice.REFUSE,
        ceiling=Price(input=1, output=1),
        streams=Streams(),
        journal=Journal(),
        log=Logging(),
        version="",
        routes={"r": route},
    )
    now_ms = time.time_ns() // 1_000_000
    ward = Ward(settings.routing, lambda: now_ms)
    return Router(settings, Targets(settings, ward), ward, lambda: now_ms, random.random)
