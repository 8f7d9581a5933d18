from narrowgate.model.operation import Operation
from narrowgate.providers.compatible.rows import CHAT, hosted, local
from narrowgate.providers.profile import StreamUsage

SOURCE = "https://docs.acme.example"


def test_a_hosted_row_needs_a_name_an_address_and_a_source() -> None:
    profile = hosted("acme-ai", "Acme", "https://api.acme.example/v1", source=SOURCE)
    assert profile.key_env == ("ACME_AI_API_KEY",)
    assert profile.base_url_env == ("ACME_AI_BASE_URL", "ACME_AI_API_BASE")
    assert profile.operations == CHAT
    assert profile.needs_key
    assert profile.stream_usage is StreamUsage.ASK


def test_the_documented_variable_is_looked_for_first() -> None:
    profile = hosted(
        "acme",
        "Acme",
        "https://api.acme.example",
        source=SOURCE,
        key="ACME_TOKEN",
        more_keys=("ACME_API_KEY",),
        more_urls=("OLD_ACME_API_BASE",),
        paths={Operation.CHAT: "/chat"},
    )
    assert profile.key_env == ("ACME_TOKEN", "ACME_API_KEY")
    assert profile.base_url_env[-1] == "OLD_ACME_API_BASE"
    assert profile.path_of(Operation.CHAT) == "/chat"


def test_a_local_server_needs_no_key_but_takes_one() -> None:
    profile = local("acme", "Acme", "http://127.0.0.1:9/v1", source=SOURCE, operations=CHAT, other_stem="HOSTED_ACME")
    assert not profile.needs_key
    assert profile.key_env == ("ACME_API_KEY", "HOSTED_ACME_API_KEY")
    assert profile.base_url_env == (
        "ACME_BASE_URL",
        "ACME_API_BASE",
        "HOSTED_ACME_BASE_URL",
        "HOSTED_ACME_API_BASE",
    )
