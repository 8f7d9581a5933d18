"""The environment has the last word over the file, when what it says can be used."""

import pytest

from narrowgate.config.complaint import ConfigRefused
from narrowgate.config.overrides import with_environment
from narrowgate.config.schema import Config, Custody, Listen


def test_variables_are_laid_over_the_configuration() -> None:
    environment = {
        "NARROWGATE_HOST": "0.0.0.0",
        "NARROWGATE_PORT": "8080",
        "NARROWGATE_EDGES": "2",
        "NARROWGATE_DATA": "/data",
        "NARROWGATE_CUSTODY": "merged",
    }
    config = with_environment(Config(listen=Listen(max_headers=50), drain_s=5.0), environment)
    listen = Listen(host="0.0.0.0", port=8080, max_headers=50)
    assert config == Config(listen=listen, edges=2, data="/data", custody=Custody.MERGED, drain_s=5.0)


def test_nothing_set_changes_nothing() -> None:
    config = Config(edges=3)
    assert with_environment(config, {"NARROWGATE_PORT": "", "NARROWGATE_KEY": "x"}) is config


def test_every_variable_that_cannot_be_used_is_told() -> None:
    environment = {"NARROWGATE_PORT": "65536", "NARROWGATE_EDGES": "-1", "NARROWGATE_CUSTODY": "lost"}
    with pytest.raises(ConfigRefused) as caught:
        with_environment(Config(), environment)
    assert [complaint.path for complaint in caught.value.complaints] == [
        "environment.NARROWGATE_PORT",
        "environment.NARROWGATE_EDGES",
        "environment.NARROWGATE_CUSTODY",
    ]
