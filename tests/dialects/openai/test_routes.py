import pytest

from narrowgate.dialects.openai.routes import OPERATIONS, deployment_of, is_upload, model_of
from narrowgate.model.operation import Operation
from narrowgate.providers.profile import DEFAULT_PATHS


@pytest.mark.parametrize("prefix", [b"", b"/v1", b"/openai/v1", b"/openai"])
def test_every_operation_has_its_paths(prefix: bytes) -> None:
    assert OPERATIONS[prefix + b"/chat/completions"] is Operation.CHAT
    assert {OPERATIONS[path] for path in OPERATIONS} == set(DEFAULT_PATHS)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (b"/openai/deployments/gpt-4o/chat/completions", "gpt-4o"),
        (b"/openai/deployments/openai/gpt-4o/chat/completions", "openai/gpt-4o"),
        (b"/openai/deployments/openai%2Fgpt-4o/chat/completions", "openai/gpt-4o"),
    ],
)
def test_a_deployment_names_its_model(path: bytes, model: str) -> None:
    assert deployment_of(path) == (Operation.CHAT, model)


@pytest.mark.parametrize(
    "path",
    [b"/openai/deployments//chat/completions", b"/openai/deployments/x", b"/x", b"/openai/deployments/%ff/embeddings"],
)
def test_other_paths_name_none(path: bytes) -> None:
    assert deployment_of(path) is None


def test_a_model_can_be_asked_for_by_its_path() -> None:
    assert model_of(b"/v1/models/openai%2Fgpt-4o") == "openai/gpt-4o"
    assert model_of(b"/models/a/b") == "a/b"
    assert model_of(b"/v1/models") is None
    assert model_of(b"/v1/models/%ff") is None


def test_forms_are_uploads_only_where_files_are_sent() -> None:
    assert is_upload(Operation.TRANSCRIPTIONS, b"Multipart/Form-Data; boundary=x")
    assert not is_upload(Operation.CHAT, b"multipart/form-data; boundary=x")
    assert not is_upload(Operation.IMAGE_EDITS, b"application/json")
