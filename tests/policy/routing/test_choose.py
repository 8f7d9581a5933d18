import random as stdlib_random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from narrowgate.policy.budget.price import Price
from narrowgate.policy.routing.choose import Pool, effective_price
from narrowgate.policy.routing.load import Load
from narrowgate.policy.routing.settings import Limits, Strategy

NOW = 1_700_000_000_000


@dataclass
class Option:
    name: str
    weight: float = 1.0
    index: int = 0
    load: Load = field(default_factory=lambda: Load(Limits(rpm=100)))
    price: Price | None = None


def picks(options: list[Option], strategy: Strategy, number: int = 4_000) -> dict[str, int]:
    random = stdlib_random.Random(7).random
    pool = Pool(options, strategy)
    return Counter(pool.pick(random, NOW).name for _ in range(number))


def test_weights_are_shares() -> None:
    found = picks([Option("a", 3), Option("b", 1)], Strategy.WEIGHTED)
    assert 2_850 < found["a"] < 3_150
    assert Pool([Option("a")], Strategy.WEIGHTED).pick(lambda: 1.0, NOW).name == "a"


def test_in_order_the_first_is_taken() -> None:
    assert picks([Option("a"), Option("b")], Strategy.PRIORITY) == {"a": 4_000}


def test_the_least_busy_for_its_weight_is_taken_and_equals_share() -> None:
    options = [Option("a"), Option("b", 4), Option("c")]
    for option, number in zip(options, (1, 3, 1), strict=True):
        option.load.in_flight = number
    assert picks(options, Strategy.LEAST_BUSY) == {"b": 4_000}
    assert min(picks([Option("a"), Option("b"), Option("c")], Strategy.LEAST_BUSY).values()) > 1_200


def test_of_two_the_faster_is_taken() -> None:
    options = [Option("slow"), Option("fast"), Option("middle")]
    for option, first_ms in zip(options, (900, 100, 400), strict=True):
        option.load.felt(first_ms, 50, 0)
    found = picks(options, Strategy.LOWEST_LATENCY)
    assert found.keys() == {"fast", "middle"}, "the slowest is always the slower of two"
    assert found["fast"] > found["middle"]
    options[1].load.in_flight = 50
    assert picks(options, Strategy.LOWEST_LATENCY)["fast"] == 0, "until it is too busy"


def test_what_has_most_of_its_limits_left_is_taken() -> None:
    options = [Option("used"), Option("fresh")]
    for _ in range(50):
        options[0].load.began(NOW)
    assert picks(options, Strategy.USAGE) == {"fresh": 4_000}


def test_the_cheapest_is_taken_with_what_it_has_in_its_cache() -> None:
    dear = Option("dear", price=Price(input=1_000, output=1_000, cache_read=10))
    cheap = Option("cheap", price=Price(input=800, output=1_000))
    unknown = Option("unknown")
    options = [unknown, dear, cheap]
    assert picks(options, Strategy.LOWEST_COST) == {"cheap": 4_000}
    dear.load.felt(1, 1, 0.9)
    assert effective_price(dear) < effective_price(cheap) < effective_price(unknown)
    assert picks(options, Strategy.LOWEST_COST) == {"dear": 4_000}


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("number", [1, 2, 20])
def test_every_strategy_works_for_any_number(strategy: Strategy, number: int) -> None:
    options = [Option(str(at)) for at in range(number)]
    assert sum(picks(options, strategy, 50).values()) == 50
