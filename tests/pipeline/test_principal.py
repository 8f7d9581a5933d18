import pytest

from narrowgate.pipeline.principal import Principal, Principals
from tests.pipeline.fakes import key, target_of


@pytest.mark.parametrize(
    ("models", "providers", "may"),
    [
        ([], [], True),
        (["openai/m"], [], True),
        (["m"], [], True),
        (["fast"], [], True),
        (["openai/*"], ["openai"], True),
        (["other"], [], False),
        ([], ["other"], False),
        (["openai/m"], ["other*"], False),
    ],
)
def test_allow_lists_admit_by_any_of_a_models_names(models: list[str], providers: list[str], may: bool) -> None:
    target = target_of("fast")
    principal = Principal(key(models=models, providers=providers))
    assert principal.may_use("fast", target) is may
    assert principal.may_use("fast", target) is may


def test_keys_are_found_by_digest() -> None:
    principals = Principals([key(digest="ab" * 32)])
    assert principals.find(bytes.fromhex("ab" * 32)) is not None
    assert principals.find(b"other") is None
    assert len(principals) == 1
