from tests.pipeline.fakes import World, target_of, view


def test_call_ids_are_never_the_same() -> None:
    edge = World().edge
    assert len({edge.next_call_id() for _ in range(100)}) == 100


def test_the_demo_provider_has_a_way_of_its_own() -> None:
    world = World()
    target = target_of("openai/m")
    assert world.edge.way_to(target) is world.transport
    target.provider = view("demo").__class__(
        **{f: getattr(view("demo"), f) for f in view().__struct_fields__} | {"is_demo": True}
    )
    assert world.edge.way_to(target) is world.demo
