import json

from narrowgate.pipeline.principal import Principal
from tests.adapters.server.fakes import Door
from tests.pipeline.fakes import key


def test_ready_says_what_is_missing() -> None:
    door = Door()
    status, _, body = door.pages.ready()
    assert (status, json.loads(body)["sandbox"]) == (200, {"landlock": 7})
    door.problems.append("the egress process is not there")
    status, _, body = door.pages.ready()
    assert (status, json.loads(body)["problems"]) == (503, ["the egress process is not there"])


def test_models_are_those_the_key_may_call() -> None:
    door = Door()
    names = [entry["id"] for entry in json.loads(door.pages.models(Principal(key()))[2])["data"]]
    assert names == ["fast", "openai/m"]
    assert json.loads(door.pages.models(Principal(key(models=["other"])))[2])["data"] == []
    assert door.pages.model(Principal(key(models=["other"])), "fast")[0] == 404


def test_the_others_are_short() -> None:
    door = Door()
    assert door.pages.live()[0] == door.pages.root()[0] == door.pages.metrics()[0] == 200
