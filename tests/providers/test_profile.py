from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS, Profile


def profile(paths: dict[Operation, str]) -> Profile:
    return Profile(
        name="acme",
        title="Acme",
        base_url="https://api.acme.example/v1",
        key_env=("ACME_API_KEY",),
        base_url_env=("ACME_BASE_URL",),
        operations=frozenset(Operation),
        source="https://docs.acme.example",
        read="2026-11",
        paths=paths,
    )


def test_every_operation_has_a_usual_path() -> None:
    assert set(DEFAULT_PATHS) == set(Operation) - {Operation.COUNTING, Operation.PASSTHROUGH}
    assert all(path.startswith("/") for path in DEFAULT_PATHS.values())


def test_a_path_of_its_own_goes_before_the_usual_one() -> None:
    own = profile({Operation.CHAT: "/chat"})
    assert own.path_of(Operation.CHAT) == "/chat"
    assert own.path_of(Operation.EMBEDDINGS) == "/embeddings"
