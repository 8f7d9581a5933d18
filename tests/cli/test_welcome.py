from narrowgate.adapters.config_file import load
from narrowgate.cli.welcome import welcome


def test_new_secrets_are_shown_once_and_old_ones_never() -> None:
    loaded = load(None, {})
    first = welcome("http://h:1", "ng-admin-x", "sk-ng-x", loaded)
    assert "ng-admin-x" in first
    assert "demo provider" in first
    later = welcome("http://h:1", None, None, loaded)
    assert "shown once" not in later
    assert "$NARROWGATE_KEY" in later


def test_the_first_call_names_a_model_that_is_served() -> None:
    text = welcome("http://h:1", None, None, load(None, {"OPENAI_API_KEY": "x"}))
    assert '"model": "openai/gpt-4o-mini"' in text
    assert "demo provider" not in text
