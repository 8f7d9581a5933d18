"""Routes come to targets and fallbacks, or to complaints that say how to mend them."""

import pytest

from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.load import parse
from narrowgate.config.plan import Plan, make_plan
from narrowgate.policy.routing.settings import Hedge, Limits, RouteView, Strategy, TargetView
from tests.config.known import OTHER_NAMES, PROFILES, Catalogue

ENVIRONMENT = {"OPENAI_API_KEY": "k", "GROQ_API_KEY": "k"}
PROVIDERS = """
providers:
  openai:
    api_keys:
      - {name: a, key: env://A, models: ["gpt-*"], weight: 2, rpm: 60}
      - {name: b, key: "env://B", models: [o1]}
  groq:
"""


def plan(text: str) -> Plan:
    return make_plan(parse(PROVIDERS + text).config, ENVIRONMENT, PROFILES, OTHER_NAMES, Catalogue())


def route(text: str) -> RouteView:
    (found,) = plan(text).edge.routes.values()
    return found


def complaints(text: str) -> list[str]:
    with pytest.raises(ConfigRefused) as caught:
        plan(text)
    return [str(one) for one in caught.value.complaints]


def test_a_target_is_text_or_a_section() -> None:
    found = route("""
routes:
  smart:
    strategy: weighted
    targets:
      - openai/gpt-4o
      - {model: groq/llama, weight: 3, priority: 2, when: "stream", tags: [eu], rpm: 6, tpm: 7, max_parallel: 8}
      - llama
      - {model: gpt-4o, key: a}
    hedge: {after_ms: 500, max_usd: "0.05"}
""")
    assert found.strategy is Strategy.WEIGHTED
    assert found.targets == (
        TargetView("openai", "gpt-4o"),
        TargetView("groq", "llama", 3, 2, "stream", ("eu",), Limits(6, 7, 8)),
        TargetView("groq", "llama"),
        TargetView("openai", "gpt-4o", key="a"),
    )
    assert found.hedge == Hedge(500, 50_000_000)


def test_every_key_has_an_origin_whose_name_tells_no_secret() -> None:
    found = plan("")
    assert [(one.name, one.provider, one.key_reference, one.key_path) for one in found.origins] == [
        ("openai#a", "openai", "env://A", "providers.openai.api_keys[0].key"),
        ("openai#b", "openai", "env://B", "providers.openai.api_keys[1].key"),
        ("groq", "groq", "env://GROQ_API_KEY", "providers.groq.api_key"),
    ]
    openai, groq = found.edge.providers
    assert (openai.index, [key.origin for key in openai.keys]) == (0, [0, 1])
    assert (groq.index, [key.origin for key in groq.keys]) == (2, [2])


def test_what_a_route_leaves_out_is_as_routing_says() -> None:
    found = plan("""
routing: {retries: 4, fallbacks: [spare, groq/llama], streams: {hold_back_ms: 200}}
routes:
  smart: {targets: [openai/gpt-4o]}
  own: {targets: [openai/gpt-4o], retries: 0, fallbacks: [], streams: {}}
  spare: {targets: [groq/x]}
""").edge
    smart, own, spare = found.routes.values()
    assert (smart.retries, smart.fallbacks, smart.streams.hold_back_ms) == (4, ("spare", "groq/llama"), 200)
    assert smart.context_window_fallbacks == smart.fallbacks
    assert smart.content_policy_fallbacks == ()
    assert (own.retries, own.fallbacks, own.streams.hold_back_ms) == (0, (), 0)
    assert spare.fallbacks == ("groq/llama",)
    assert found.routing.fallbacks == ("spare", "groq/llama")


def test_fallbacks_of_fallbacks_come_behind_them_and_circles_end() -> None:
    found = plan("""
aliases: {quick: c, small: groq/llama}
routes:
  a: {targets: [openai/gpt-4o], fallbacks: [b, quick]}
  b: {targets: [openai/gpt-4o], fallbacks: [a, small]}
  c: {targets: [openai/gpt-4o], fallbacks: [b, openai/gpt-x]}
""").edge.routes
    assert found["a"].fallbacks == ("b", "c", "groq/llama", "openai/gpt-x")
    assert found["b"].fallbacks == ("a", "groq/llama", "c", "openai/gpt-x")


def test_no_more_fallbacks_are_kept_than_may_be_tried() -> None:
    listed = ", ".join(f"groq/m{number}" for number in range(9))
    assert len(route(f"routes: {{a: {{targets: [groq/m], fallbacks: [{listed}]}}}}").fallbacks) == 5


def test_a_route_may_have_the_name_of_a_known_model() -> None:
    found = route("routes: {gpt-4o: {targets: [openai/gpt-4o, groq/gpt-4o]}}")
    assert [target.provider for target in found.targets] == ["openai", "groq"]


def test_all_that_is_wrong_is_said_at_once_with_what_to_do() -> None:
    found = complaints("""
aliases: {taken: groq/llama}
routing:
  fallbacks: [nowhere]
  backoff: {base_ms: 10_000}
routes:
  "a*": {targets: [groq/llama]}
  taken: {targets: [groq/llama]}
  groq/x: {targets: [groq/llama]}
  none: {targets: []}
  smart:
    targets:
      - taken
      - grok/llama
      - gorq/llama
      - openai/claude
      - {model: openai/gpt-4o, key: c}
      - {model: groq/llama, when: "header['x'] == 'y'"}
      - groq/llama
      - groq/llama
      - {model: groq/b, when: "stream &&"}
    sticky: {header: authorization}
    fallbacks: [smart, none, none, smrt]
    hedge: {after_ms: 10}
    content_policy_fallbacks: [x/y]
""")
    assert found == [
        "routing.backoff.base_ms: is more than max_ms, 8_000; make it less, or that more",
        "routing.fallbacks[0]: 'nowhere' is not a route or a model of a configured provider; "
        "write provider/model; configured are groq, openai",
        "routes.smart.fallbacks[0]: leads back to the route itself; remove it; `retries` tries its targets again",
        "routes.smart.fallbacks[2]: names 'none' a second time; remove one of them",
        "routes.smart.fallbacks[3]: 'smrt' is not a route or a model of a configured provider; did you mean 'smart'?",
        "routes['a*']: 'a*' is not a model's name; use neither '*' nor spaces at its ends",
        "routes.taken: is the name of an alias as well; remove one; it is in aliases.taken",
        "routes['groq/x']: would hide a model of the provider 'groq'; choose a name that does not begin with a provider's",
        "routes.none.targets: is empty; name at least one provider/model",
        'routes.smart.hedge.max_usd: is 0, so that no hedge would ever begin; write what one may cost, as in "0.05"',
        "routes.smart.sticky.header: carries the client's own key, which providers must not see; remove it",
        "routes.smart.targets[0]: 'taken' leads to a route; name provider/model; routes can be named as fallbacks",
        "routes.smart.targets[1]: 'grok/llama' is not a model of a configured provider; did you mean 'groq/llama'?",
        "routes.smart.targets[2]: 'gorq/llama' is not a model of a configured provider; did you mean 'groq/llama'?",
        "routes.smart.targets[3]: no key of 'openai' is for 'claude'; add it to the models of a key in providers.openai",
        "routes.smart.targets[4].key: 'c' is not among the api_keys of 'openai'; it has a, b",
        "routes.smart.targets[5].when: has 'header', which is not a name that is known (at character 1); "
        "did you mean 'headers'?",
        "routes.smart.targets[7]: names 'groq/llama' a second time; remove one, or give it a weight",
        "routes.smart.targets[8].when: has '&&', which means nothing here (at character 8); write 'and'",
        "routes.smart.content_policy_fallbacks[0]: 'x/y' is not a route or a model of a configured provider; "
        "write provider/model; configured are groq, openai",
    ]


@pytest.mark.parametrize("weight", ["0", "-1", "x"])
def test_a_weight_is_more_than_nothing(weight: str) -> None:
    with pytest.raises(ConfigRefused) as caught:
        parse(f"routes: {{a: {{targets: [{{model: groq/m, weight: {weight}}}]}}}}")
    assert [one.path for one in caught.value.complaints] == ["routes.a.targets[0].weight"]


def test_a_key_that_stands_in_the_list_itself_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigRefused) as caught:
        parse("providers: {openai: {api_keys: [{name: a, key: sk-123}]}}")
    assert [one.path for one in caught.value.complaints] == ["providers.openai.api_keys[0].key"]
    assert "sk-123" not in str(caught.value)
