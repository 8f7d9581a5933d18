"""What is made of the configuration shows no key."""

from narrowgate.config.snapshot import Origin


def test_an_origin_shows_its_name_only() -> None:
    origin = Origin(
        name="openai",
        scheme="https",
        host="api.openai.com",
        port=443,
        path_prefix="/v1/",
        headers=(("authorization", "Bearer sk-hidden"),),
        ca_file="",
        proxy="http://user:hidden@proxy",
        max_connections=1,
        connect_timeout_s=1.0,
    )
    assert repr(origin) == str(origin) == "<origin openai>"
