import msgspec

from narrowgate.pipeline.polling import Polling
from tests.pipeline.fakes import World, settings, target_of, view


def test_call_ids_are_never_the_same() -> None:
    edge = World().edge
    assert len({edge.next_call_id() for _ in range(100)}) == 100


def test_the_demo_provider_has_a_way_of_its_own() -> None:
    world = World()
    assert world.edge.way_to(target_of("openai/m")) is world.transport
    demo = World(settings(msgspec.structs.replace(view(), is_demo=True)))
    assert demo.edge.way_to(target_of("openai/m", demo.edge.settings)) is demo.demo


def test_a_provider_that_promises_answers_is_polled() -> None:
    world = World(settings(msgspec.structs.replace(view(), profile="replicate")))
    assert isinstance(world.edge.way_to(target_of("openai/m", world.edge.settings)), Polling)
