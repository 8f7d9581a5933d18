"""Several keys of a provider: what is refused, and what an edge knows of them."""

import pytest

from narrowgate.config.cloud_schema import Aws
from narrowgate.config.provider_keys import key_complaints, keys_of
from narrowgate.config.schema import ApiKey, Provider
from narrowgate.policy.routing.settings import KeyView, Limits


def test_an_entry_with_one_key_or_none_has_one_without_a_name() -> None:
    assert keys_of(Provider()) == keys_of(Provider(api_key="env://K")) == (KeyView("", 0),)


def test_each_key_has_its_models_weight_and_limits() -> None:
    keys = (ApiKey("a", "env://A", ("gpt-*",), 2, 60, 1_000, 4), ApiKey("b", "env://B"))
    assert keys_of(Provider(api_keys=keys)) == (
        KeyView("a", 0, ("gpt-*",), 2, Limits(60, 1_000, 4)),
        KeyView("b", 1),
    )


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (Provider(api_key="env://K", api_keys=(ApiKey("a", "env://A"),)), "p.api_keys"),
        (Provider(aws=Aws("eu", "env://A", "env://B"), api_keys=(ApiKey("a", "env://A"),)), "p.api_keys"),
        (Provider(api_keys=(ApiKey("a b", "env://A"),)), "p.api_keys[0].name"),
        (Provider(api_keys=(ApiKey("a", "env://A"), ApiKey("a", "env://B"))), "p.api_keys[1].name"),
        (Provider(api_keys=(ApiKey("a", ""),)), "p.api_keys[0].key"),
        (Provider(api_keys=(ApiKey("a", "env://A", ("x", "g*t")),)), "p.api_keys[0].models[1]"),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(entry: Provider, path: str) -> None:
    assert [complaint.path for complaint in key_complaints(entry, "p")] == [path]
