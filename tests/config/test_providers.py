"""One provider entry becomes an address, request targets and a way to send its key."""

import msgspec
import pytest

from narrowgate.config.cloud_schema import Google, Watsonx
from narrowgate.config.providers import Planned, Surroundings, plan_provider
from narrowgate.config.schema import Provider, Timeouts
from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS
from narrowgate.providers.registry import PROFILES as ALL_PROFILES
from tests.config.known import OTHER_NAMES, PROFILES


def planned(name: str, entry: Provider, **environment: str) -> Planned:
    found = plan_provider(name, entry, Surroundings(environment, PROFILES, OTHER_NAMES, Timeouts()))
    assert isinstance(found, Planned), [str(complaint) for complaint in found]
    return found


def problems(name: str, entry: Provider, **environment: str) -> list[str]:
    found = plan_provider(name, entry, Surroundings(environment, PROFILES, OTHER_NAMES, Timeouts()))
    assert isinstance(found, list)
    return [str(complaint) for complaint in found]


def test_a_built_in_provider_needs_only_its_key_in_the_environment() -> None:
    found = planned("openai", Provider(), OPENAI_API_KEY="sk")
    assert found.origins[0].key_reference == "env://OPENAI_API_KEY"
    assert (found.origins[0].key_header, found.origins[0].key_prefix) == ("authorization", "Bearer ")
    assert (found.origins[0].scheme, found.origins[0].host, found.origins[0].port) == ("https", "api.openai.com", 443)
    assert found.origins[0].path_prefix == "/v1/"
    assert found.view.paths == {Operation.CHAT: "/v1/chat/completions", Operation.EMBEDDINGS: "/v1/embeddings"}
    assert found.catalog_names == ("openai",)


def test_the_entrys_own_key_comes_first_then_the_usual_variables_in_order() -> None:
    both = {"OPENAI_API_KEY": "", "OPENAI_TOKEN": "t"}
    assert planned("openai", Provider(api_key="file:///k"), **both).origins[0].key_reference == "file:///k"
    assert planned("openai", Provider(), **both).origins[0].key_reference == "env://OPENAI_TOKEN"


def test_a_key_that_is_wanted_and_not_there_is_told_with_what_to_set() -> None:
    (problem,) = problems("openai", Provider())
    assert problem == (
        "providers.openai.api_key: is missing: Openai wants a key; "
        "set OPENAI_API_KEY in the environment, or write api_key: env://NAME"
    )


def test_the_address_is_the_entrys_else_the_environments_else_the_profiles() -> None:
    variables = {"OPENAI_API_KEY": "sk", "OPENAI_BASE_URL": "http://proxy.example/x/"}
    assert planned("openai", Provider(base_url="http://own.example"), **variables).origins[0].host == "own.example"
    assert planned("openai", Provider(), **variables).origins[0].path_prefix == "/x/"
    (problem,) = problems("openai", Provider(), OPENAI_API_KEY="sk", OPENAI_BASE_URL="nonsense")
    assert problem.startswith("environment.OPENAI_BASE_URL: is not an http or https URL")


def test_a_name_of_the_users_own_with_a_base_url_speaks_as_openai_does_and_needs_no_key() -> None:
    found = planned("mine", Provider(base_url="http://10.0.0.5:8000/v1"), OPENAI_API_KEY="sk")
    assert found.view.profile == "openai"
    assert set(found.view.paths) == set(DEFAULT_PATHS)
    assert found.catalog_names == ()


@pytest.mark.parametrize("kind", ["", "openai"])
def test_the_key_of_openai_is_not_sent_to_a_server_of_the_users_own(kind: str) -> None:
    entry = Provider(kind=kind, base_url="http://10.0.0.5:8000/v1")
    assert planned("mine", entry, OPENAI_API_KEY="sk").origins[0].key_reference == ""


def test_a_second_account_of_openais_is_no_server_of_the_users_own() -> None:
    entry = Provider(kind="openai", base_url="https://api.openai.com/v1")
    assert planned("second", entry, OPENAI_API_KEY="sk").origins[0].key_reference == "env://OPENAI_API_KEY"


def test_an_unknown_provider_is_answered_with_the_nearest_one() -> None:
    (problem,) = problems("opnai", Provider())
    assert problem.startswith("providers.opnai: there is no built-in provider 'opnai'; did you mean 'openai'?")
    (problem,) = problems("mine", Provider(kind="zzzz", base_url="http://x.example"))
    assert problem.startswith("providers.mine.kind: there is no built-in provider 'zzzz'; write base_url")


def test_other_names_of_a_provider_are_known() -> None:
    found = planned("azure_openai", Provider(base_url="https://r.openai.azure.com"), AZURE_API_KEY="k")
    assert found.view.profile == "azure"
    assert found.view.paths == {Operation.CHAT: "/openai/deployments/{model}/chat/completions?api-version=1"}
    assert (found.origins[0].key_header, found.origins[0].key_prefix) == ("api-key", "")


def test_a_provider_without_an_address_of_its_own_says_what_to_set() -> None:
    (problem,) = problems("azure", Provider(), AZURE_API_KEY="k")
    assert problem.endswith("set it, or AZURE_BASE_URL in the environment")


def test_the_users_paths_and_query_replace_the_profiles() -> None:
    entry = Provider(
        base_url="https://r.example/base",
        paths={Operation.RERANK: "/v2/rerank"},
        query="api-version=2",
        api_key="env://K",
    )
    assert planned("azure", entry).view.paths == {
        Operation.CHAT: "/base/openai/deployments/{model}/chat/completions?api-version=2",
        Operation.RERANK: "/base/v2/rerank?api-version=2",
    }


def test_a_base_that_ends_as_a_path_begins_has_said_it_already() -> None:
    entry = Provider(base_url="https://r.example/openai")
    paths = planned("azure", entry, AZURE_API_KEY="k").view.paths
    assert paths[Operation.CHAT].startswith("/openai/deployments/")


def test_headers_are_lower_case_and_the_users_win() -> None:
    found = planned("groq", Provider(headers={"x-client": "mine", "X-Title": "t"}), GROQ_API_KEY="k")
    assert found.origins[0].headers == (("x-client", "mine"), ("x-title", "t"))
    assert found.catalog_names == ("groq_cloud",)


def test_a_local_server_needs_no_key_and_has_no_catalogue_prices() -> None:
    found = planned("ollama", Provider())
    assert found.origins[0].key_reference == ""
    assert found.catalog_names == ()


def test_timeouts_of_the_entry_replace_the_common_ones() -> None:
    found = planned("ollama", Provider(timeouts=Timeouts(connect_s=1.5)))
    assert found.view.timeouts.connect_s == found.origins[0].connect_timeout_s == 1.5


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"base_url": "https://user:secret@x.example"}, "base_url"),
        ({"headers": {"Authorization": "Bearer secret"}}, "headers.Authorization"),
        ({"headers": {"x-a": "secret\r\nhost: evil"}}, "headers.x-a"),
        ({"forward_headers": ("x-api-key",)}, "forward_headers[0]"),
        ({"forward_headers": ("X-A",), "headers": {"x-a": "secret"}}, "forward_headers[0]"),
        ({"paths": {Operation.CHAT: "secret"}}, "paths.chat"),
        ({"paths": {Operation.CHAT: ""}}, "paths.chat"),
        ({"query": "?secret"}, "query"),
        ({"models": ("a", " b")}, "models[1]"),
        ({"proxy": "http://user:secret@proxy.example"}, "proxy"),
        ({"proxy": "secret"}, "proxy"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place_and_without_its_value(
    changes: dict[str, object], path: str
) -> None:
    entry = msgspec.convert({**msgspec.structs.asdict(Provider(api_key="env://K")), **changes}, Provider)
    (problem,) = problems("openai", entry)
    assert problem.startswith(f"providers.openai.{path}: ")
    assert "secret" not in problem


@pytest.mark.parametrize("name", ["", "a/b", "a b", "-a", "x" * 65, "a\nb"])
def test_a_name_that_could_not_be_addressed_is_refused(name: str) -> None:
    (problem,) = problems(name, Provider(base_url="http://x.example"))
    assert "cannot be a provider's name" in problem


def test_the_name_of_the_demo_provider_is_taken() -> None:
    (problem,) = problems("demo", Provider(base_url="http://x.example"))
    assert "built-in demo provider" in problem


def test_a_proxy_may_be_a_reference() -> None:
    assert planned("ollama", Provider(proxy="env://HTTPS_PROXY")).origins[0].proxy == "env://HTTPS_PROXY"


def test_private_addresses_are_allowed_by_the_entry_alone() -> None:
    entry = Provider(base_url="http://ollama:11434/v1")
    assert not planned("mine", entry).origins[0].allow_private
    assert planned("mine", msgspec.structs.replace(entry, allow_private=True)).origins[0].allow_private


def test_watsonx_is_told_whose_budget_it_is() -> None:
    profiles = PROFILES | {"watsonx": ALL_PROFILES["watsonx"]}

    def added(entry: Provider, **environment: str) -> object:
        around = Surroundings({"WATSONX_TOKEN": "k", **environment}, profiles, OTHER_NAMES, Timeouts())
        found = plan_provider("watsonx", entry, around)
        if isinstance(found, Planned):
            assert found.view.quirks.variant is not None
            return found.view.quirks.variant.added
        return [str(complaint) for complaint in found]

    assert added(Provider()) == ()
    assert added(Provider(), WATSONX_PROJECT_ID="e") == (("project_id", "e"),)
    assert added(Provider(watsonx=Watsonx(project_id="p")), WATSONX_PROJECT_ID="e") == (("project_id", "p"),)
    assert added(Provider(watsonx=Watsonx(space_id="s")), WATSONX_PROJECT_ID="e") == (("space_id", "s"),)
    assert "one of project_id and space_id" in str(added(Provider(watsonx=Watsonx())))
    (problem,) = problems("groq", Provider(watsonx=Watsonx(project_id="p")), GROQ_API_KEY="k")
    assert "not what Groq takes" in problem


def test_azures_version_is_the_entrys_or_the_environments() -> None:
    profiles = PROFILES | {"azure": ALL_PROFILES["azure"]}

    def path(query: str = "", **environment: str) -> object:
        around = Surroundings({"AZURE_API_KEY": "k", **environment}, profiles, OTHER_NAMES, Timeouts())
        found = plan_provider("azure", Provider(base_url="https://r.openai.azure.com", query=query), around)
        if isinstance(found, Planned):
            return found.view.paths[Operation.CHAT].partition("?")[2], found.view.paths[Operation.RESPONSES].partition(
                "?"
            )[2]
        return [str(complaint) for complaint in found]

    assert path() == ("api-version=2024-10-21", "api-version=v1")
    assert path(AZURE_API_VERSION="2025-04-01-preview") == ("api-version=2025-04-01-preview", "api-version=v1")
    assert path(OPENAI_API_VERSION="2025-01-01") == ("api-version=2025-01-01", "api-version=v1")
    assert path("api-version=x", AZURE_API_VERSION="y") == ("api-version=x", "api-version=v1")
    assert "environment.AZURE_API_VERSION" in str(path(AZURE_API_VERSION="a b"))


def test_an_identity_takes_the_place_of_a_key() -> None:
    profiles = PROFILES | {name: ALL_PROFILES[name] for name in ("vertex", "bedrock", "watsonx")}

    def found(name: str, entry: Provider, **environment: str) -> Planned | list[str]:
        planned = plan_provider(name, entry, Surroundings(environment, profiles, OTHER_NAMES, Timeouts()))
        return planned if isinstance(planned, Planned) else [str(complaint) for complaint in planned]

    vertex = found("vertex", Provider(google=Google("metadata", "p")))
    assert isinstance(vertex, Planned)
    (origin,) = vertex.origins
    assert (origin.host, origin.path_prefix) == ("aiplatform.googleapis.com", "/v1/projects/p/locations/global/")
    assert (origin.key_reference, origin.identity) == ("", Google("metadata", "p", "global"))
    watsonx = found("watsonx", Provider(), WATSONX_APIKEY="k", WATSONX_PROJECT_ID="p")
    assert isinstance(watsonx, Planned)
    assert isinstance(watsonx.origins[0].identity, Watsonx)
    keyed = found("bedrock", Provider(), AWS_BEARER_TOKEN_BEDROCK="k", AWS_REGION="r", BEDROCK_BASE_URL="https://b")
    assert isinstance(keyed, Planned)
    assert keyed.origins[0].identity is None
    both = Provider(google=Google("metadata", "p"), api_key="env://K")
    assert "has an API key beside it" in str(found("vertex", both))
    assert "not what AWS Bedrock takes" in str(
        found("bedrock", Provider(google=Google("metadata", "p")), AWS_REGION="r")
    )
    twice = Provider(watsonx=Watsonx("p", iam_api_key="env://K"), api_key="env://K")
    assert "has a token in api_key beside it" in str(found("watsonx", twice))
    assert "or the section google" in str(found("vertex", Provider(base_url="https://v")))
