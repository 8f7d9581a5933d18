"""Complaints say where, what and how to mend it, and come in the order of their lines."""

from narrowgate.config.complaint import Complaint, ConfigRefused, in_order, item_path, key_path, quoted


def test_a_complaint_is_one_sentence_with_its_place() -> None:
    complaint = Complaint("providers.openai.api_key", "is missing", "set OPENAI_API_KEY", 12)
    assert str(complaint) == "providers.openai.api_key (line 12): is missing; set OPENAI_API_KEY"
    assert str(Complaint("", "is not YAML")) == "(file): is not YAML"


def test_a_refusal_tells_every_complaint() -> None:
    refused = ConfigRefused([Complaint("a", "is wrong"), Complaint("b", "is missing")])
    assert str(refused) == "a: is wrong\nb: is missing"


def test_keys_that_are_no_words_are_quoted_in_paths() -> None:
    assert key_path("", "listen") == "listen"
    assert key_path("listen", "port") == "listen.port"
    assert key_path("aliases", "gpt-4.1*") == "aliases['gpt-4.1*']"
    assert item_path("models", 2) == "models[2]"


def test_quoted_text_cannot_steer_a_terminal_and_is_cut() -> None:
    assert quoted("a\x1b[2Jb") == "'a�[2Jb'"
    assert quoted("x" * 500) == f"'{'x' * 64}…'"


def test_a_complaint_gets_the_line_of_the_nearest_place_that_stands_in_the_file() -> None:
    lines = {"": 1, "providers": 3, "providers.openai": 5, "edges": 9}
    complaints = [
        Complaint("edges", "is wrong"),
        Complaint("providers.openai.api_key", "is missing"),
        Complaint("money.ceiling", "is wrong"),
        Complaint("aliases", "is wrong", line=4),
    ]
    assert [(one.path, one.line) for one in in_order(complaints, lines)] == [
        ("money.ceiling", 1),
        ("aliases", 4),
        ("providers.openai.api_key", 5),
        ("edges", 9),
    ]
    assert in_order([Complaint("NARROWGATE_PORT", "is wrong")], {}) == [Complaint("NARROWGATE_PORT", "is wrong")]
